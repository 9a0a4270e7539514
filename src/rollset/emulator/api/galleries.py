"""Managed images and galleries: write, read, list, delete."""

from functools import partial

from rollset.emulator import choices, osschedule
from rollset.emulator.api.call import Call, Handler, accepted, written
from rollset.emulator.api.galleryfill import FILLS
from rollset.emulator.documents import Json, merged, section, without
from rollset.emulator.http import Reply
from rollset.emulator.refusal import location_required, operation_not_allowed, resource_not_found
from rollset.emulator.regions import folded
from rollset.emulator.resources import Resource
from rollset.emulator.tags import tags_of

_READ_ONLY = ("id", "name", "type", "etag")


def write(kind: str) -> Handler:
    """PUT and PATCH of a resource of that kind: 201 for a new one, 200 for one that exists."""

    def handle(call: Call) -> Reply:
        world = call.world
        group = world.find_group(call.path["group"], to_write=True)
        resource_id = f"{world.group_id(group.name)}/providers/Microsoft.Compute/{_place(kind, call)}"
        parent_id = resource_id.rpartition("/")[0].rpartition("/")[0]
        if "galleries/" in kind and world.resources.get(parent_id) is None:
            parents = kind.rpartition("/")[0]
            raise _missing(parents, _place(parents, call), group.name)
        existing = world.resources.get(resource_id)
        asked = without(call.request.document(), *_READ_ONLY)
        if existing is None and call.request.method == "PATCH":
            raise _missing(kind, _place(kind, call), group.name)
        document = asked if existing is None else merged(existing.document, asked)
        location = document.get("location")
        if not isinstance(location, str):
            raise location_required()
        properties = FILLS[kind](call, section(document, "properties"))
        takes = choices.REPLICATION_SECONDS if kind.endswith("versions") else choices.MODEL_WRITE_SECONDS
        tags = tags_of(asked)
        if tags is None:
            tags = {} if existing is None else existing.document.get("tags") or {}
        whole = {**document, "tags": tags, "properties": properties}
        resource = Resource(resource_id, whole, world.now + takes, updated=existing is not None)
        world.resources.put(resource)
        operation = world.start_operation("resource", folded(location), choices.POLL_UPDATE)
        world.release_after(operation, takes)
        if kind.endswith("versions"):
            world.schedule.at(world.now + takes, partial(osschedule.foresee_all, world))
        body = _document(call, resource)
        return written(call, body, operation, 201 if existing is None else 200, None)

    return handle


def read(kind: str) -> Handler:
    def handle(call: Call) -> Reply:
        return Reply.json(_document(call, _find(kind, call)))

    return handle


def list_under(kind: str) -> Handler:
    """The resources of a kind under the group, or under the gallery or gallery image of the path."""

    def handle(call: Call) -> Reply:
        group = call.world.find_group(call.path["group"])
        place = _collection(kind, call)
        collection = f"{call.world.group_id(group.name)}/providers/Microsoft.Compute/{place}"
        return _listed(call, call.world.resources.under(collection))

    return handle


def list_all(kind: str) -> Handler:
    """The resources of a kind in the subscription."""

    def handle(call: Call) -> Reply:
        depth = f"/providers/microsoft.compute/{kind}/"
        return _listed(call, [one for one in call.world.resources.of_kind(kind) if depth in one.id.lower()])

    return handle


def delete(kind: str) -> Handler:
    def handle(call: Call) -> Reply:
        world = call.world
        world.find_group(call.path["group"])
        resource = world.resources.get(_id(kind, call))
        if resource is None:
            return Reply(204)
        for scale_set in world.sets.values():
            if str(scale_set.model.image_reference.get("id", "")).lower() == resource.id.lower():
                raise operation_not_allowed(
                    f"Resource {resource.id} cannot be deleted while scale set '{scale_set.name}' uses it."
                )
        world.resources.remove(resource.id)
        operation = world.start_operation("resource", str(resource.document["location"]), choices.POLL_DELETE)
        world.release_after(operation, choices.MODEL_WRITE_SECONDS)
        return accepted(call, operation, 0, wait=True)

    return handle


def _document(call: Call, resource: Resource) -> Json:
    now = call.world.now
    unsettled = "Updating" if resource.updated else "Creating"
    state = "Succeeded" if resource.settled_at <= now else unsettled
    properties = {**resource.properties, "provisioningState": state}
    if "replicationstatus" in call.request.query.get("$expand", "").lower() and "/versions/" in resource.id:
        properties["replicationStatus"] = _replication(resource, now)
    return {
        "name": resource.name,
        "id": resource.id,
        "type": resource.type,
        **without(resource.document, "properties"),
        "tags": resource.document.get("tags") or {},
        "properties": properties,
    }


def _replication(resource: Resource, now: float) -> Json:
    left = max(0.0, resource.settled_at - now)
    progress = round(100 * (1 - min(1.0, left / choices.REPLICATION_SECONDS)))
    state = "Completed" if left == 0 else "Replicating"
    return {
        "aggregatedState": "Completed" if left == 0 else "InProgress",
        "summary": [{"region": one.get("name"), "state": state, "progress": progress} for one in resource.regions],
    }


def _listed(call: Call, resources: list[Resource]) -> Reply:
    return Reply.json({"value": [_document(call, one) for one in resources]})


def _find(kind: str, call: Call) -> Resource:
    group = call.world.find_group(call.path["group"])
    resource = call.world.resources.get(_id(kind, call))
    if resource is None:
        raise _missing(kind, _place(kind, call), group.name)
    return resource


def _missing(kind: str, place: str, group: str) -> Exception:
    names = "/".join(place.split("/")[1::2])
    return resource_not_found(kind, names, group)


def _id(kind: str, call: Call) -> str:
    return f"{call.world.group_id(call.path['group'])}/providers/Microsoft.Compute/{_place(kind, call)}"


def _place(kind: str, call: Call) -> str:
    """`galleries/images` and the path's variables as `galleries/g/images/i`."""
    names = {"images": "image", "versions": "version", "galleries": "gallery"}
    return "/".join(f"{segment}/{call.path[names[segment]]}" for segment in kind.split("/"))


def _collection(kind: str, call: Call) -> str:
    parents, _, last = kind.rpartition("/")
    return f"{_place(parents, call)}/{last}" if parents else last
