"""`.../networkInterfaces` of a set, and of one of its instances."""

from rollset.emulator import flexible
from rollset.emulator.api.call import Call
from rollset.emulator.api.instances import find_instance
from rollset.emulator.http import Reply
from rollset.emulator.network import interfaces_of
from rollset.emulator.refusal import entity_not_found

KIND = "Microsoft.Compute/virtualMachineScaleSets/networkInterfaces"


def list_of_set(call: Call) -> Reply:
    flexible.refuse_of(call.scale_set, KIND)
    found = [each for one in call.scale_set.instances.values() for each in interfaces_of(one)]
    return Reply.json({"value": found})


def list_of_instance(call: Call) -> Reply:
    flexible.refuse_of(call.scale_set, KIND)
    return Reply.json({"value": interfaces_of(find_instance(call))})


def get_of_instance(call: Call) -> Reply:
    flexible.refuse_of(call.scale_set, KIND)
    wanted = call.path["interface"].lower()
    found = next((one for one in interfaces_of(find_instance(call)) if one["name"].lower() == wanted), None)
    if found is None:
        raise entity_not_found()
    return Reply.json(found)
