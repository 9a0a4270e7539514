"""Scale sets: create, read, change, delete, list, instance view."""

from functools import partial

from rollset.emulator import choices, flexible, quota
from rollset.emulator.api.call import Call, accepted, written
from rollset.emulator.changerules import SET_NAME
from rollset.emulator.dialect import check_members
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.model import Model
from rollset.emulator.modelwrite import create_set, write_set
from rollset.emulator.operations import Operation
from rollset.emulator.paging import page_of_sets
from rollset.emulator.population import delete, remove
from rollset.emulator.refusal import (
    bad_request,
    etag_mismatch,
    invalid_value,
    precondition_failed,
    property_change_not_allowed,
)
from rollset.emulator.regions import folded
from rollset.emulator.render import in_upper_case_group, set_document
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.views import set_view
from rollset.emulator.world import World

NO_MODEL = Model("", {})
ZONES_GROW_SINCE = "2023-03-01"


def get_set(call: Call) -> Reply:
    """`$expand=userData` is the only one; without it nobody sees the user data."""
    expanded = call.request.query.get("$expand", "")
    if expanded.lower() not in ("", "userdata"):
        raise invalid_value("$expand", expanded)
    document = set_document(call.scale_set, call.dialect, user_data=bool(expanded))
    return _with_etag(call, call.scale_set, Reply.json(document))


def put_set(call: Call) -> Reply:
    world, group, name = call.world, call.path["group"], call.path["name"]
    asked = call.request.document()
    existing = world.sets.get(f"{world.find_group(group, to_write=True).name}/{name}".lower())
    _check_preconditions(call, existing)
    if existing is None:
        check_members(asked, call.request.api_version)
        if not SET_NAME.fullmatch(name):
            raise invalid_value("vmScaleSetName", name)
        _check_sets(call, asked)
        scale_set, operation = create_set(world, world.find_group(group).name, name, asked)
        status, charge = 201, len(scale_set.instances)
    else:
        scale_set = existing
        _check_writable(call, scale_set, asked)
        operation, charge = write_set(world, scale_set, asked)
        status = 200
    document = set_document(scale_set, call.dialect)
    return _with_etag(call, scale_set, written(call, document, operation, status, charge))


def patch_set(call: Call) -> Reply:
    scale_set = call.scale_set
    asked = call.request.document()
    _check_preconditions(call, scale_set)
    _check_writable(call, scale_set, asked)
    operation, charge = write_set(call.world, scale_set, asked)
    return _with_etag(call, scale_set, written(call, set_document(scale_set, call.dialect), operation, 200, charge))


def delete_set(call: Call) -> Reply:
    """202 with both addresses; 204 where there is no such set."""
    world = call.world
    world.find_group(call.path["group"])
    scale_set = world.sets.get(f"{call.path['group']}/{call.path['name']}".lower())
    if scale_set is None:
        return Reply(204)
    charge = len(scale_set.instances)
    earlier = next((one for one in scale_set.operations if one.kind == "delete-set"), None)
    operation = world.start_operation("delete-set", scale_set.location, choices.POLL_DELETE, scale_set)
    if earlier is not None:  # Whoever asks again is told of the same end.
        earlier.on_end.append(partial(_end_with, world, operation))
        return accepted(call, operation, 0, wait=True)
    for instance in list(scale_set.instances.values()):
        delete(world, instance, operation, force=call.forced)
    operation.on_end.append(partial(_forget, world, scale_set))
    operation.release(world.now)
    return accepted(call, operation, charge, wait=True)


def get_set_view(call: Call) -> Reply:
    flexible.refuse_of(call.scale_set, "VirtualMachineScaleSets.instanceView.GET")
    return Reply.json(call.dialect.known(set_view(call.scale_set)))


def list_sets_of_group(call: Call) -> Reply:
    group = call.world.find_group(call.path["group"]).name.lower()
    return _listed(call, [one for one in call.world.sets.values() if one.group.lower() == group])


def list_sets(call: Call) -> Reply:
    """Those of the subscription, whose ids have the group in upper case up to a certain version."""
    shouts = call.request.api_version < choices.SUBSCRIPTION_LIST_SHOUTS_BEFORE
    return _listed(call, list(call.world.sets.values()), shouts=shouts)


def list_sets_of_location(call: Call) -> Reply:
    location = folded(call.path["location"])
    return _listed(call, [one for one in call.world.sets.values() if folded(one.location) == location])


def _listed(call: Call, scale_sets: list[ScaleSet], *, shouts: bool = False) -> Reply:
    page, next_link = page_of_sets(call.request, scale_sets)
    body: Json = {"value": [set_document(one, call.dialect) for one in page]}
    for document in body["value"] if shouts else ():
        document["id"] = in_upper_case_group(document["id"])
    if next_link is not None:
        body["nextLink"] = next_link
    return Reply.json(body)


def _forget(world: World, scale_set: ScaleSet, _ended: Operation) -> None:
    for instance in list(scale_set.instances.values()):
        remove(instance)
    world.sets.pop(scale_set.key, None)
    world.locks.remove_under(scale_set.id)


def _end_with(world: World, operation: Operation, ended: Operation) -> None:
    operation.release(world.now, ended.error)


def _check_preconditions(call: Call, scale_set: ScaleSet | None) -> None:
    """`If-Match` and `If-None-Match`, as the resource provider contract has them.

    Azure/azure-resource-manager-rpc, v1.0/Addendum.md.
    """
    wanted = call.request.headers.get("if-match")
    unwanted = call.request.headers.get("if-none-match")
    if unwanted is not None:
        if unwanted.strip() != "*":
            raise bad_request("The If-None-Match header accepts '*' only.")
        if scale_set is not None:
            raise precondition_failed("The resource already exists, and If-None-Match is '*'.")
    if wanted is None:
        return
    if scale_set is None:
        raise precondition_failed("The If-Match header was given, and the resource does not exist.")
    if wanted.strip() != "*" and wanted.strip().removeprefix("W/") != scale_set.etag_text:
        raise etag_mismatch(wanted, scale_set.etag_text)


def _check_sets(call: Call, asked: Json) -> None:
    """There may be so many sets at a location."""
    if isinstance(location := asked.get("location"), str):
        quota.check(call.world, folded(location), NO_MODEL, 0, sets=1)


def _check_writable(call: Call, scale_set: ScaleSet, asked: Json) -> None:
    """Zones can be added since 2023-03-01 (Azure documentation, "Create scale sets that use availability zones")."""
    check_members(asked, call.request.api_version)
    zones = asked.get("zones")
    if call.request.api_version < ZONES_GROW_SINCE and zones and zones != list(scale_set.placement.zones):
        raise property_change_not_allowed("zones")


def _with_etag(call: Call, scale_set: ScaleSet, reply: Reply) -> Reply:
    if call.dialect.set_etag:
        reply.headers["ETag"] = scale_set.etag_text
    return reply
