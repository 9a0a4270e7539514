"""Sharing a gallery with subscriptions and tenants, or with everybody."""

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, section
from rollset.emulator.http import Reply
from rollset.emulator.refusal import invalid_value, operation_not_allowed, resource_not_found
from rollset.emulator.resources import Resource

KINDS = ("Subscriptions", "AADTenants")
OPERATIONS = {"add": "Groups", "remove": "Groups", "enablecommunity": "Community"}


def share(call: Call) -> Reply:
    """`Add` and `Remove` change the groups of a gallery that may be shared with groups; `Reset` makes it private."""
    gallery, asked = _gallery(call), call.request.document()
    operation = str(asked.get("operationType", "")).lower()
    profile = section(gallery.properties, "sharingProfile")
    if operation == "reset":
        profile = {**profile, "permissions": "Private", "groups": []}
    elif operation not in OPERATIONS:
        raise invalid_value("operationType", asked.get("operationType"))
    elif profile.get("permissions") != OPERATIONS[operation]:
        raise operation_not_allowed(
            f"The operation '{asked['operationType']}' is not allowed on gallery '{gallery.name}', whose sharing "
            f"permissions are '{profile.get('permissions', 'Private')}'."
        )
    elif operation != "enablecommunity":
        profile = {**profile, "groups": _groups(profile, asked, adds=operation == "add")}
    gallery.document = {**gallery.document, "properties": {**gallery.properties, "sharingProfile": profile}}
    return Reply.json({"operationType": asked["operationType"], "groups": profile.get("groups", [])})


def _groups(profile: Json, asked: Json, *, adds: bool) -> list[Json]:
    """The groups after the change: of each kind the ids, each once."""
    ids = {kind: dict.fromkeys(_ids(profile.get("groups") or [], kind)) for kind in KINDS}
    wanted = asked.get("groups") or []
    if not isinstance(wanted, list) or not all(isinstance(one, dict) and one.get("type") in KINDS for one in wanted):
        raise invalid_value("groups")
    for kind in KINDS:
        for one in _ids(wanted, kind):
            if adds:
                ids[kind][one] = None
            else:
                ids[kind].pop(one, None)
    return [{"type": kind, "ids": list(known)} for kind, known in ids.items() if known]


def _ids(groups: list[Json], kind: str) -> list[str]:
    return [str(one) for group in groups if group.get("type") == kind for one in group.get("ids") or ()]


def _gallery(call: Call) -> Resource:
    group = call.world.find_group(call.path["group"], to_write=True)
    name = call.path["gallery"]
    found = call.world.resources.get(f"{call.world.group_id(group.name)}/providers/Microsoft.Compute/galleries/{name}")
    if found is None:
        raise resource_not_found("galleries", name, group.name)
    return found
