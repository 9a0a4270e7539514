"""Extensions as resources: of a set, where a change is a change of the model, and of one instance alone."""

from collections.abc import Sequence

from rollset.emulator import choices, health
from rollset.emulator.api.call import Call, accepted, written
from rollset.emulator.api.instances import find_instance
from rollset.emulator.defaults import scrubbed
from rollset.emulator.documents import Json, merged, section, without
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.modelwrite import write_set
from rollset.emulator.refusal import entity_not_found, invalid_value
from rollset.emulator.resourcetypes import SET_TYPE
from rollset.emulator.scaleset import ScaleSet

INSTANCE_TYPE = f"{SET_TYPE}/virtualMachines/extensions"
MACHINE_TYPE = "Microsoft.Compute/virtualMachines/extensions"
READ_ONLY = ("id", "type", "name")


def list_of_set(call: Call) -> Reply:
    scale_set = call.scale_set
    return Reply.json({"value": [_of_set(scale_set, one) for one in scale_set.model.extensions]})


def get_of_set(call: Call) -> Reply:
    return Reply.json(_of_set(call.scale_set, _find(call, call.scale_set.model.extensions)))


def write_of_set(call: Call) -> Reply:
    """PUT and PATCH change the model; the instances follow as the upgrade policy says."""
    scale_set = call.scale_set
    existing = _lookup(call, scale_set.model.extensions)
    extension = _asked(call, existing)
    others = [one for one in scale_set.model.extensions if one is not existing]
    operation, charge = write_set(call.world, scale_set, _profile([*others, extension]))
    status, state = (201, "Creating") if existing is None else (200, "Updating")
    document = _of_set(scale_set, extension)
    document["properties"] = {"provisioningState": state, **without(document["properties"], "provisioningState")}
    return written(call, document, operation, status, charge)


def delete_of_set(call: Call) -> Reply:
    scale_set = call.scale_set
    existing = _lookup(call, scale_set.model.extensions)
    if existing is None:
        return Reply(204)
    others = [one for one in scale_set.model.extensions if one is not existing]
    operation, charge = write_set(call.world, scale_set, _profile(others))
    return accepted(call, operation, charge)


def list_of_instance(call: Call) -> Reply:
    instance = find_instance(call)
    return Reply.json({"value": [_of_instance(call, instance, one) for one in instance.all_extensions]})


def get_of_instance(call: Call) -> Reply:
    instance = find_instance(call)
    return Reply.json(_of_instance(call, instance, _find(call, instance.all_extensions)))


def write_of_instance(call: Call) -> Reply:
    """On this instance alone; from then on it is one that its set's model does not describe wholly."""
    instance = find_instance(call)
    existing = _lookup(call, instance.extensions)
    extension = _asked(call, existing)
    others = [one for one in instance.extensions if one is not existing]
    _keep(call, instance, [*others, extension])
    world = call.world
    operation = world.start_operation("instance", instance.scale_set.location, choices.POLL_UPDATE)
    world.release_after(operation, choices.RUN_COMMAND_SECONDS)
    status = 201 if existing is None else 200
    return written(call, _of_instance(call, instance, extension), operation, status, 1)


def delete_of_instance(call: Call) -> Reply:
    instance = find_instance(call)
    existing = _lookup(call, instance.extensions)
    if existing is None:
        return Reply(204)
    _keep(call, instance, [one for one in instance.extensions if one is not existing])
    world = call.world
    operation = world.start_operation("instance", instance.scale_set.location, choices.POLL_DELETE)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, 1)


def _keep(call: Call, instance: Instance, extensions: list[Json]) -> None:
    instance.extensions = tuple(extensions)
    health.changed(call.world, instance, "extensions")


def _asked(call: Call, existing: Json | None) -> Json:
    """The extension that the request makes of the one that is there; PATCH needs one."""
    if existing is None and call.request.method == "PATCH":
        raise entity_not_found()
    properties = call.request.document().get("properties", {})
    if not isinstance(properties, dict):
        raise invalid_value("properties")
    wanted = scrubbed(without(properties, "provisioningState", "instanceView"))
    before = section(existing or {}, "properties") if call.request.method == "PATCH" else {}
    name = call.path["extension"] if existing is None else existing["name"]
    extension: Json = {"name": name, "properties": merged(before, wanted)}
    for member in ("publisher", "type", "typeHandlerVersion"):
        if not isinstance(extension["properties"].get(member), str):
            raise invalid_value(f"extension.properties.{member}", extension["properties"].get(member))
    return extension


def _profile(extensions: list[Json]) -> Json:
    return {"properties": {"virtualMachineProfile": {"extensionProfile": {"extensions": extensions}}}}


def _lookup(call: Call, extensions: Sequence[Json]) -> Json | None:
    wanted = call.path["extension"].lower()
    return next((one for one in extensions if str(one.get("name", "")).lower() == wanted), None)


def _find(call: Call, extensions: Sequence[Json]) -> Json:
    found = _lookup(call, extensions)
    if found is None:
        raise entity_not_found()
    return found


def _of_set(scale_set: ScaleSet, extension: Json) -> Json:
    return {
        "name": extension.get("name"),
        "id": f"{scale_set.id}/extensions/{extension.get('name')}",
        "type": f"{SET_TYPE}/extensions",
        "properties": {"provisioningState": "Succeeded", **section(extension, "properties")},
    }


def _of_instance(call: Call, instance: Instance, extension: Json) -> Json:
    of_machine = "machine" in call.path
    owner_id = instance.machine_id if of_machine else instance.resource_id
    return {
        "name": extension.get("name"),
        "id": f"{owner_id}/extensions/{extension.get('name')}",
        "type": MACHINE_TYPE if of_machine else INSTANCE_TYPE,
        "location": instance.scale_set.location,
        "properties": {"provisioningState": instance.provisioning.value, **section(extension, "properties")},
    }
