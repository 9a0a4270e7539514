"""Resource groups: write, read, list, delete."""

import re
from functools import partial

from rollset.emulator import choices
from rollset.emulator.api.call import Call
from rollset.emulator.clock import retry_after
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.operations import Operation
from rollset.emulator.population import delete, remove
from rollset.emulator.refusal import entity_not_found, invalid_value, location_required, refuse
from rollset.emulator.regions import folded
from rollset.emulator.tags import tags_of
from rollset.emulator.world import ResourceGroup, World

_BY_TAG = re.compile(r"tagName eq '([^']*)'(?:\s+and\s+tagValue eq '([^']*)')?", re.IGNORECASE)


def list_groups(call: Call) -> Reply:
    """`$filter` by a tag, and `$top`."""
    groups = list(call.world.groups.values())
    if text := call.request.query.get("$filter", "").strip():
        wanted = _BY_TAG.fullmatch(text)
        if wanted is None:
            raise invalid_value("$filter", text)
        groups = [one for one in groups if wanted[1] in one.tags and wanted[2] in (None, one.tags[wanted[1]])]
    groups = groups[: call.request.whole_number("$top", len(groups) or 1)]
    return Reply.json({"value": [_document(call.world, one) for one in groups]})


def get_group(call: Call) -> Reply:
    return Reply.json(_document(call.world, call.world.find_group(call.path["group"])))


def head_group(call: Call) -> Reply:
    known = call.path["group"].lower() in call.world.groups
    return Reply(204 if known else 404)


def put_group(call: Call) -> Reply:
    asked = call.request.document()
    existing = call.world.groups.get(call.path["group"].lower())
    location = asked.get("location")
    if existing is None and not isinstance(location, str):
        raise location_required()
    if existing is not None:
        call.world.find_group(existing.name, to_write=True)
        if isinstance(location, str) and folded(location) != folded(existing.location):
            raise refuse(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{location[:40]}'. The Resource group already exists in location "
                f"'{existing.location}'.",
            )
    group = call.world.add_group(call.path["group"], folded(str(location)))
    _tag(group, asked)
    return Reply.json(_document(call.world, group), 201 if existing is None else 200)


def patch_group(call: Call) -> Reply:
    group = call.world.find_group(call.path["group"], to_write=True)
    _tag(group, call.request.document())
    return Reply.json(_document(call.world, group))


def delete_group(call: Call) -> Reply:
    """202 and an address that answers 202 until everything in the group is gone."""
    world = call.world
    group = world.find_group(call.path["group"])
    group.being_deleted = True
    operation = world.start_operation("delete-group", group.location, choices.POLL_DELETE)
    for scale_set in [one for one in world.sets.values() if one.group.lower() == group.name.lower()]:
        for instance in list(scale_set.instances.values()):
            delete(world, instance, operation)
    operation.on_end.append(partial(_forget, world, group))
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    reply = Reply(202)
    return _waiting(call, operation, reply)


def get_operation_result(call: Call) -> Reply:
    """How the deletion of a group stands."""
    operation = call.world.operations.get(call.path["operation"].lower())
    if operation is None:
        raise entity_not_found("")
    return _waiting(call, operation, Reply(202)) if operation.running else Reply(200)


def _waiting(call: Call, operation: Operation, reply: Reply) -> Reply:
    world = call.world
    place = f"/subscriptions/{world.subscription_id}/operationresults/{operation.id}"
    reply.headers["Location"] = f"{call.request.base_url}{place}?api-version={call.request.api_version}"
    reply.headers["Retry-After"] = retry_after(world.clock, operation.next_pause())
    return reply


def _forget(world: World, group: ResourceGroup, _ended: Operation) -> None:
    name = group.name.lower()
    for scale_set in [one for one in world.sets.values() if one.group.lower() == name]:
        for instance in list(scale_set.instances.values()):
            remove(instance)
        del world.sets[scale_set.key]
    world.resources.remove(world.group_id(group.name))
    world.locks.remove_under(world.group_id(group.name))
    world.groups.pop(name, None)


def _tag(group: ResourceGroup, asked: Json) -> None:
    tags = tags_of(asked)
    group.tags = group.tags if tags is None else tags


def _document(world: World, group: ResourceGroup) -> Json:
    return {
        "id": world.group_id(group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Deleting" if group.being_deleted else "Succeeded"},
    }
