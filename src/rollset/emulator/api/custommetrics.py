"""`/emulator/sets/RG/NAME/custom-metrics`: what the applications of instances tell rolling upgrades."""

import msgspec

from rollset.emulator import health
from rollset.emulator.api.call import Call
from rollset.emulator.custommetrics import CustomMetrics
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.refusal import bad_request


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one instance shall report."""

    phase: int | None = None
    skip_upgrade: bool = False


def get_custom_metrics(call: Call) -> Reply:
    told = {one.id: one.custom_metrics for one in call.scale_set.instances.values() if one.custom_metrics is not None}
    return Reply.json({key: {"phase": one.phase, "skip_upgrade": one.skip_upgrade} for key, one in told.items()})


def set_custom_metrics(call: Call) -> Reply:
    """By instance id; null takes back what one reports."""
    try:
        asked = msgspec.json.decode(call.request.body, type=dict[str, Told | None])
    except msgspec.MsgspecError as error:
        raise bad_request(f"not custom metrics: {error}") from error
    for instance, told in [(_instance(call, key), told) for key, told in asked.items()]:
        instance.custom_metrics = None if told is None else CustomMetrics(told.phase, told.skip_upgrade)
        health.changed(call.world, instance, "custom metrics")
    return get_custom_metrics(call)


def _instance(call: Call, instance_id: str) -> Instance:
    found = call.scale_set.find(instance_id)
    if found is None:
        raise bad_request(f"there is no instance '{instance_id[:80]}'")
    return found
