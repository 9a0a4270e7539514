"""Actions on the instances of a set, from the set and from the instance itself."""

from functools import partial

from rollset.emulator import choices
from rollset.emulator.api.call import Call, Handler, accepted
from rollset.emulator.api.instances import find_instance, instances_of, named
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.population import delete
from rollset.emulator.power import ACTIONS, Action, act


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
    return _delete(call, named(call))


def delete_instance(call: Call) -> Reply:
    """204 where there is no such instance; `*` takes all, as a test of the Azure CLI does."""
    scale_set, instance_id = call.scale_set, call.path["instance"]
    if instance_id == "*":
        return _delete(call, instances_of(scale_set, ["*"]))
    instance = scale_set.instances.get(instance_id)
    return Reply(204) if instance is None else _delete(call, [instance], wait=True)


def _act_on_set(action: Action, call: Call) -> Reply:
    return _act(call, action, [one for one in named(call, unnamed=["*"]) if not one.protected])


def _act_on_instance(action: Action, call: Call) -> Reply:
    return _act(call, action, [find_instance(call)])


def _act(call: Call, action: Action, instances: list[Instance]) -> Reply:
    world, scale_set = call.world, call.scale_set
    operation = world.start_operation(action.name, scale_set.location, choices.POLL_ACTION, scale_set)
    charge = sum(act(world, instance, action, operation) for instance in instances)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, charge)


def _delete(call: Call, instances: list[Instance], *, wait: bool = False) -> Reply:
    world, scale_set = call.world, call.scale_set
    leaving = [one for one in instances if one.provisioning is not Provisioning.DELETING]
    sku: Json = scale_set.document["sku"]
    scale_set.document = {**scale_set.document, "sku": {**sku, "capacity": scale_set.capacity - len(leaving)}}
    operation = world.start_operation("delete", scale_set.location, choices.POLL_ACTION, scale_set)
    for instance in leaving:
        delete(world, instance, operation)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, len(leaving), wait=wait)
