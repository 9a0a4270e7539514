"""Virtual machines: the members of Flexible sets under their own paths."""

import re

from rollset.emulator import choices, health
from rollset.emulator.api.call import Call, written
from rollset.emulator.api.instances import find_instance
from rollset.emulator.documents import Json, at
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.machines import attach, machine_document
from rollset.emulator.paging import page_of_machines
from rollset.emulator.refusal import (
    bad_request,
    invalid_parameter,
    invalid_value,
    location_required,
    marked_for_deletion,
    property_change_not_allowed,
    resource_not_found,
)
from rollset.emulator.regions import folded
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.tags import tags_of
from rollset.emulator.views import instance_view

_OF_SET = re.compile(r"'?virtualMachineScaleSet/id'?\s+eq\s+'([^']+)'", re.IGNORECASE)
MACHINE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?")
EXPANDED = ("", "instanceview", "userdata")


def list_machines(call: Call) -> Reply:
    """The subscription's; `statusOnly=true` answers each with its run-time status, and little else."""
    return _listed(call, [one for scale_set in call.world.sets.values() for one in _members(scale_set)])


def list_machines_of_group(call: Call) -> Reply:
    group = call.world.find_group(call.path["group"]).name.lower()
    sets = [one for one in call.world.sets.values() if one.group.lower() == group]
    return _listed(call, [one for scale_set in sets for one in _members(scale_set)])


def list_machines_of_location(call: Call) -> Reply:
    location = folded(call.path["location"])
    sets = [one for one in call.world.sets.values() if folded(one.location) == location]
    return _listed(call, [one for scale_set in sets for one in _members(scale_set)])


def get_machine(call: Call) -> Reply:
    machine = find_instance(call)
    document = machine_document(machine, call.dialect, with_view=_expansion(call) == "instanceview")
    return Reply.json(document)


def get_machine_view(call: Call) -> Reply:
    return Reply.json(instance_view(find_instance(call)))


def put_machine(call: Call) -> Reply:
    """A new one must name the Flexible set that it is attached to; of an existing one the tags change."""
    world, name = call.world, call.path["machine"]
    group = world.find_group(call.path["group"], to_write=True)
    asked = call.request.document()
    existing = next((one for one in _machines_of(call, group.name) if one.name.lower() == name.lower()), None)
    if existing is not None:
        return _change(call, existing, asked)
    if not MACHINE_NAME.fullmatch(name):
        raise invalid_value("vmName", name)
    scale_set = _set_to_join(call, asked)
    machine, operation = attach(world, scale_set, name, asked)
    return written(call, machine_document(machine, call.dialect), operation, 201, 1)


def patch_machine(call: Call) -> Reply:
    return _change(call, find_instance(call), call.request.document())


def _machines_of(call: Call, group: str) -> list[Instance]:
    sets = [one for one in call.world.sets.values() if one.group.lower() == group.lower()]
    return [one for scale_set in sets for one in _members(scale_set)]


def _members(scale_set: ScaleSet) -> list[Instance]:
    return list(scale_set.instances.values()) if scale_set.flexible else []


def _listed(call: Call, machines: list[Instance]) -> Reply:
    wanted, expansion = _wanted_set(call), _expansion(call)
    status_only = call.request.query.get("statusonly", "").lower() == "true"
    if expansion == "instanceview" and wanted is None and not status_only:
        raise bad_request("$expand=instanceView is supported only together with $filter by virtualMachineScaleSet/id.")
    if wanted is not None:
        machines = [one for one in machines if one.scale_set.id.lower() == wanted]
    page, next_link = page_of_machines(call.request, machines)
    with_view = status_only or expansion == "instanceview"
    body: Json = {"value": [machine_document(one, call.dialect, with_view=with_view) for one in page]}
    if next_link is not None:
        body["nextLink"] = next_link
    return Reply.json(body)


def _wanted_set(call: Call) -> str | None:
    """The one filter that Compute knows here: by the id of the scale set."""
    text = call.request.query.get("$filter", "").strip()
    if not text:
        return None
    found = _OF_SET.fullmatch(text)
    if found is None:
        raise invalid_value("$filter", text)
    return found[1].lower()


def _expansion(call: Call) -> str:
    expansion = call.request.query.get("$expand", "")
    if expansion.lower() not in EXPANDED:
        raise invalid_value("$expand", expansion)
    return expansion.lower()


def _set_to_join(call: Call, asked: Json) -> ScaleSet:
    if not isinstance(asked.get("location"), str):
        raise location_required()
    set_id = at(asked, "properties", "virtualMachineScaleSet", "id")
    if not isinstance(set_id, str):
        raise bad_request(
            "This emulator has no virtual machines but those of scale sets: properties.virtualMachineScaleSet.id must "
            "name a scale set with orchestrationMode 'Flexible'."
        )
    scale_set = next((one for one in call.world.sets.values() if one.id.lower() == set_id.lower()), None)
    if scale_set is None or scale_set.group.lower() != call.path["group"].lower():
        raise resource_not_found("virtualMachineScaleSets", set_id.rpartition("/")[2][:80], call.path["group"])
    if scale_set.provisioning_state == "Deleting":
        raise marked_for_deletion(scale_set.name)
    if not scale_set.flexible:
        raise invalid_parameter(
            "virtualMachineScaleSet", f"Scale set '{scale_set.name}' is not of orchestrationMode 'Flexible'."
        )
    if folded(asked["location"]) != scale_set.location:
        raise invalid_value("location", asked["location"])
    return scale_set


def _change(call: Call, machine: Instance, asked: Json) -> Reply:
    """Tags change; what would need the machine to be made anew does not."""
    world = call.world
    size = at(asked, "properties", "hardwareProfile", "vmSize")
    if size is not None and size != machine.applied.size:
        raise property_change_not_allowed("hardwareProfile.vmSize")
    if (tags := tags_of(asked)) is not None:
        machine.tags = tags
    health.changed(world, machine, "written")
    operation = world.start_operation("instance", machine.scale_set.location, choices.POLL_MODEL_WRITE)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    document = machine_document(machine, call.dialect)
    document["properties"]["provisioningState"] = "Updating"
    return written(call, document, operation, 200, 1)
