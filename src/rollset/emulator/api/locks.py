"""Management locks as resources, of a subscription, a group or one resource."""

import re

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, section
from rollset.emulator.http import Reply
from rollset.emulator.locks import LEVELS, NAME_MAX_CHARACTERS, Lock
from rollset.emulator.refusal import invalid_value, refuse

_SCOPE = re.compile(r"(?P<scope>.*)/providers/Microsoft\.Authorization/locks(/.*)?", re.IGNORECASE)
_GROUPS = re.compile(r"/resourcegroups/", re.IGNORECASE)


def list_locks(call: Call) -> Reply:
    """Those of the scope, of what is above it and of what is below it; `$filter=atScope()` leaves the last out."""
    scope = _scope(call)
    found = list(call.world.locks.seen_from(scope))
    if call.request.query.get("$filter", "").replace(" ", "").lower() == "atscope()":
        found = [lock for lock in found if lock.holds(scope)]
    return Reply.json({"value": [lock.document() for lock in found]})


def get_lock(call: Call) -> Reply:
    lock = call.world.locks.get(_scope(call), call.path["lock"])
    if lock is None:
        raise refuse(404, "LockNotFound", f"The lock '{call.path['lock'][:100]}' could not be found.")
    return Reply.json(lock.document())


def put_lock(call: Call) -> Reply:
    properties = section(call.request.document(), "properties")
    level, name = properties.get("level"), call.path["lock"]
    proper = next((one for one in LEVELS if one.lower() == str(level).lower()), None)
    if proper is None:
        raise invalid_value("properties.level", level)
    if len(name) > NAME_MAX_CHARACTERS:
        raise invalid_value("lockName", name)
    lock = Lock(_scope(call), name, proper, _notes(properties))
    is_new = call.world.locks.put(lock)
    return Reply.json(lock.document(), 201 if is_new else 200)


def delete_lock(call: Call) -> Reply:
    """204 where there is no such lock."""
    gone = call.world.locks.remove(_scope(call), call.path["lock"])
    return Reply(204 if gone is None else 200)


def _notes(properties: Json) -> str | None:
    notes = properties.get("notes")
    if notes is not None and not isinstance(notes, str):
        raise invalid_value("properties.notes")
    return notes


def _scope(call: Call) -> str:
    """What the lock is on, from the path; the group must be there."""
    if "group" in call.path:
        call.world.find_group(call.path["group"])
    found = _SCOPE.fullmatch("/" + call.request.path.strip("/"))
    return _GROUPS.sub("/resourceGroups/", found["scope"] if found is not None else "")
