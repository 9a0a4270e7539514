"""Every resource in short, of the subscription or of a group, as `az resource list` asks."""

import re
from collections.abc import Callable, Iterator

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, at
from rollset.emulator.http import Reply
from rollset.emulator.refusal import invalid_value
from rollset.emulator.regions import folded
from rollset.emulator.resourcetypes import MACHINE_TYPE, SET_TYPE
from rollset.emulator.world import World

_CLAUSE = re.compile(r"(\w+)\s+(eq|ne)\s+'([^']*)'", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
CLAUSES_MAX = 10
Fits = Callable[[Json], bool]


def list_resources(call: Call) -> Reply:
    return _listed(call, everything(call.world))


def list_resources_of_group(call: Call) -> Reply:
    group_id = call.world.group_id(call.world.find_group(call.path["group"]).name).lower()
    return _listed(call, (one for one in everything(call.world) if one["id"].lower().startswith(f"{group_id}/")))


def everything(world: World) -> Iterator[Json]:
    """Scale sets, the virtual machines of Flexible ones, images and galleries."""
    for scale_set in world.sets.values():
        document = scale_set.document
        yield {
            "id": scale_set.id,
            "name": scale_set.name,
            "type": SET_TYPE,
            "location": scale_set.location,
            "sku": document.get("sku"),
            "tags": document.get("tags") or {},
            **({"zones": document["zones"]} if document.get("zones") else {}),
        }
        for instance in scale_set.instances.values() if scale_set.flexible else ():
            yield {
                "id": instance.machine_id,
                "name": instance.name,
                "type": MACHINE_TYPE,
                "location": scale_set.location,
                "managedBy": scale_set.id,
                "tags": instance.tags,
            }
    for resource in world.resources.all():
        yield {
            "id": resource.id,
            "name": "/".join(resource.id.split("/")[8::2]),
            "type": resource.type,
            "location": resource.document.get("location"),
            "tags": resource.document.get("tags") or {},
        }


def _listed(call: Call, resources: Iterator[Json]) -> Reply:
    fits = _filter(call.request.query.get("$filter", ""))
    top = call.request.query.get("$top")
    found = [one for one in resources if fits(one)]
    return Reply.json({"value": found if top is None else found[: call.request.whole_number("$top", 1)]})


def _filter(text: str) -> Fits:
    """`name`, `location`, `resourceGroup`, `resourceType`, `tagName` and `tagValue`, joined by `and`."""
    if not text.strip():
        return lambda _: True
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in _AND.split(text, CLAUSES_MAX)]
    checked = [(clause[1].lower(), clause[2].lower(), clause[3].lower()) for clause in clauses if clause is not None]
    if len(checked) < len(clauses) or any(name not in _MEMBERS for name, _, _ in checked):
        raise invalid_value("$filter", text)
    return lambda one: all((value in _MEMBERS[name](one)) is (verb == "eq") for name, verb, value in checked)


_MEMBERS: dict[str, Callable[[Json], list[str]]] = {
    "name": lambda one: [str(one["name"]).lower()],
    "location": lambda one: [folded(str(one["location"]))],
    "resourcegroup": lambda one: [one["id"].split("/")[4].lower()],
    "resourcetype": lambda one: [one["type"].lower()],
    "tagname": lambda one: [str(name).lower() for name in at(one, "tags") or {}],
    "tagvalue": lambda one: [str(value).lower() for value in (at(one, "tags") or {}).values()],
}
