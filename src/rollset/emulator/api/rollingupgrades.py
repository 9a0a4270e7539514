"""What can be read of rolling passes, and their end on demand. Starting one on demand is not emulated yet."""

from rollset.emulator import choices, rolling
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.defaults import ROLLING_POLICY
from rollset.emulator.documents import Json, section
from rollset.emulator.http import Reply
from rollset.emulator.refusal import entity_not_found, operation_not_allowed
from rollset.emulator.render import SET_TYPE
from rollset.emulator.timestamps import azure_time


def get_latest(call: Call) -> Reply:
    """The last pass, without `id` and `name`; 404 where there was none."""
    scale_set = call.scale_set
    last = scale_set.rolling
    if last is None:
        raise entity_not_found("")
    policy = {**ROLLING_POLICY, **section(scale_set.properties, "upgradePolicy", "rollingUpgradePolicy")}
    cancelled = last.code == rolling.CANCELLED
    properties: Json = {
        "policy": policy,
        "runningStatus": {
            "code": last.code,
            "startTime": azure_time(last.started_at),
            "lastAction": "Cancel" if cancelled else "Start",
            "lastActionTime": azure_time(last.changed_at if cancelled else last.started_at),
        },
        "progress": last.progress(),
    }
    if last.error is not None:
        properties["error"] = last.error.document()
    body: Json = {"type": f"{SET_TYPE}/rollingUpgrades", "location": scale_set.location, "properties": properties}
    return Reply.json(call.dialect.known(body))


def cancel(call: Call) -> Reply:
    world, scale_set = call.world, call.scale_set
    if not rolling.cancel(world, scale_set):
        raise operation_not_allowed("There is no ongoing Rolling Upgrade to cancel.")
    operation = world.start_operation("cancel", scale_set.location, choices.POLL_ACTION, scale_set)
    operation.release(world.now)
    return accepted(call, operation, 0)


def get_os_upgrade_history(call: Call) -> Reply:
    """No automatic OS upgrade is emulated yet, so there was none."""
    call.world.find_set(call.path["group"], call.path["name"])
    return Reply.json({"value": []})
