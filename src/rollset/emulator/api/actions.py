"""Actions on the instances of a set, from the set and from the instance itself."""

from functools import partial

from rollset.emulator import choices, flexible, imagereference, quota
from rollset.emulator.api.call import Call, Handler, accepted
from rollset.emulator.api.instances import find_instance, instances_of, named
from rollset.emulator.documents import Json, section
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.population import delete
from rollset.emulator.power import ACTIONS, FAST_POWER_OFF, Action, act
from rollset.emulator.refusal import bad_request, invalid_value, operation_not_allowed
from rollset.emulator.scaleset import ScaleSet

# Recorded with 2015-06-15.
LAST_MAY_GO_SINCE = "2016-03-30"
HIBERNATES = "Hibernate deallocate is supported only on VMs of Flexible scale sets with hibernation enabled."


def on_set(name: str) -> Handler:
    """An action of the set: on the named instances, or on all where none is named; protected ones are skipped."""
    return partial(_act_on_set, ACTIONS[name])


def on_instance(name: str) -> Handler:
    """The same action of one instance, which protection does not stop.

    Azure documentation: "Instance Protection for Azure Virtual Machine Scale Set instances".
    """
    return partial(_act_on_instance, ACTIONS[name])


def delete_instances(call: Call) -> Reply:
    """The set's `delete`: takes the named instances away and lowers the capacity."""
    return _delete(call, call.scale_set, named(call))


def delete_instance(call: Call) -> Reply:
    """204 where there is no such instance; `*` takes all, as a test of the Azure CLI does."""
    scale_set, instance_id = call.scale_set, call.path["instance"]
    if instance_id == "*":
        return _delete(call, scale_set, instances_of(scale_set, ["*"]))
    instance = scale_set.find(instance_id)
    if call.request.api_version < LAST_MAY_GO_SINCE and instance is not None and len(scale_set.instances) == 1:
        raise bad_request(
            f"VirtualMachineScaleSet VM instance '{instance_id}' cannot be deleted because it is the last remaining "
            f"instance. Delete VirtualMachineScaleSet '{scale_set.name}' instead."
        )
    return Reply(204) if instance is None else _delete(call, scale_set, [instance], wait=True)


def delete_machine(call: Call) -> Reply:
    """The member of a Flexible set as a virtual machine; the set's capacity goes down with it."""
    instance = find_instance(call)
    return _delete(call, instance.scale_set, [instance], wait=True)


def _act_on_set(action: Action, call: Call) -> Reply:
    scale_set = call.scale_set
    if action.name == "reimageall" or not choices.FLEXIBLE_ACTS_BY_NAME:
        flexible.refuse_of(scale_set, f"VirtualMachineScaleSets.{action.name}.POST")
    return _act(call, action, scale_set, [one for one in named(call, unnamed=["*"]) if not one.protected])


def _act_on_instance(action: Action, call: Call) -> Reply:
    instance = find_instance(call)
    return _act(call, action, instance.scale_set, [instance])


def _act(call: Call, action: Action, scale_set: ScaleSet, instances: list[Instance]) -> Reply:
    world, query = call.world, call.request.query
    if action.name == "poweroff" and query.get("skipshutdown", "").lower() == "true":
        action = FAST_POWER_OFF
    if action.name == "start":
        quota.check_start(world, scale_set.location, instances)
    images = _images(call, instances) if action.name == "reimage" else {}
    hibernates = action.name == "deallocate" and query.get("hibernate", "").lower() == "true"
    if hibernates and not all(_may_hibernate(one) for one in instances):
        raise operation_not_allowed(HIBERNATES)
    operation = world.start_operation(action.name, scale_set.location, choices.POLL_ACTION, scale_set)
    charge = sum(act(world, instance, action, operation, images.get(instance.id)) for instance in instances)
    for instance in instances:
        instance.hibernated = hibernates
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, charge)


def _images(call: Call, instances: list[Instance]) -> dict[str, Json]:
    """What each instance gets on its new disk where `exactVersion` names a version of the image that it has."""
    version = call.request.document().get("exactVersion")
    if version is None:
        return {}
    if not isinstance(version, str):
        raise invalid_value("exactVersion", version)
    return {one.id: imagereference.at_version(call.world, one, version) for one in instances}


def _may_hibernate(instance: Instance) -> bool:
    capabilities = section(instance.scale_set.properties, "additionalCapabilities")
    return instance.vm_name is not None and bool(capabilities.get("hibernationEnabled"))


def _delete(call: Call, scale_set: ScaleSet, instances: list[Instance], *, wait: bool = False) -> Reply:
    world = call.world
    leaving = [one for one in instances if one.provisioning is not Provisioning.DELETING]
    scale_set.change_capacity(-sum(one.counts for one in leaving))
    operation = world.start_operation("delete", scale_set.location, choices.POLL_ACTION, scale_set)
    for instance in leaving:
        delete(world, instance, operation, force=call.forced)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, len(leaving), wait=wait)
