"""Rolling upgrades: how the last one went, the history of those of the OS, their start and their end on demand."""

from rollset.emulator import choices, osupgrade, rolling, rollingengine
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.documents import Json, without
from rollset.emulator.http import Reply
from rollset.emulator.refusal import entity_not_found
from rollset.emulator.resourcetypes import SET_TYPE
from rollset.emulator.rollingpass import Code, RollingPass
from rollset.emulator.rollingpolicy import RollingPolicy
from rollset.emulator.rollingwork import ExtensionWork, OsWork
from rollset.emulator.timestamps import azure_time

# Answers up to this version name the end of an attempt `completedTime` (recorded); the models of later ones, `endTime`.
LAST_WITH_COMPLETED_TIME = "2020-06-01"


def get_latest(call: Call) -> Reply:
    """The last pass of any kind, without `id` and `name`; 404 where there was none."""
    scale_set = call.scale_set
    last = scale_set.rolling
    if last is None:
        raise entity_not_found("")
    cancelled = last.code is Code.CANCELLED
    action_at = last.changed_at if cancelled else last.started_at - choices.ACTION_BEFORE_START_SECONDS
    properties: Json = {
        "policy": last.policy.document,
        "runningStatus": {
            "code": last.code.value,
            "startTime": azure_time(last.started_at),
            "lastAction": "Cancel" if cancelled else "Start",
            "lastActionTime": azure_time(action_at),
        },
        "progress": last.progress(),
    }
    if last.error is not None:
        properties["error"] = last.error.document()
    body: Json = {"type": f"{SET_TYPE}/rollingUpgrades", "location": scale_set.location, "properties": properties}
    return Reply.json(call.dialect.known(body))


def get_os_upgrade_history(call: Call) -> Reply:
    """The last attempts to upgrade the OS; never more than fit on a page."""
    attempts = osupgrade.remembered(call.scale_set, call.world.now)
    return Reply.json({"value": [_attempt(call, one) for one in attempts]})


def start_os_upgrade(call: Call) -> Reply:
    world, scale_set = call.world, call.scale_set
    osupgrade.check_may_start(scale_set)
    operation = world.start_operation("os-upgrade", scale_set.location, choices.POLL_ACTION, scale_set)
    osupgrade.start(world, scale_set, operation)
    operation.release(world.now)
    return accepted(call, operation, 0)


def start_extension_upgrade(call: Call) -> Reply:
    world, scale_set = call.world, call.scale_set
    rolling.refuse_during(scale_set, "extensionRollingUpgrade")
    operation = world.start_operation("extension-upgrade", scale_set.location, choices.POLL_ACTION, scale_set)
    rollingengine.begin(
        world,
        RollingPass(
            scale_set=scale_set,
            work=ExtensionWork(),
            policy=RollingPolicy.of(scale_set),
            operation=operation,
            started_at=world.now,
        ),
    )
    operation.release(world.now)
    return accepted(call, operation, 0)


def cancel(call: Call) -> Reply:
    world, scale_set = call.world, call.scale_set
    rolling.cancel(world, scale_set)
    operation = world.start_operation("cancel", scale_set.location, choices.POLL_ACTION, scale_set)
    operation.release(world.now)
    return accepted(call, operation, 0)


def _attempt(call: Call, attempt: RollingPass) -> Json:
    """One attempt; like `rollingUpgrades/latest` without `id` and `name`."""
    status: Json = {"code": attempt.code.value, "startTime": azure_time(attempt.started_at)}
    if attempt.ended_at is not None:
        old = call.request.api_version < LAST_WITH_COMPLETED_TIME
        status["completedTime" if old else "endTime"] = azure_time(attempt.ended_at)
    properties: Json = {"runningStatus": status, "progress": attempt.progress()}
    if attempt.error is not None:
        properties["error"] = attempt.error.document()
    properties |= {
        "startedBy": attempt.started_by.value,
        "targetImageReference": _target(attempt),
        "rollbackInfo": {
            "successfullyRolledbackInstanceCount": attempt.rollback.succeeded,
            "failedRolledbackInstanceCount": attempt.rollback.failed,
        },
    }
    return {"type": f"{SET_TYPE}/rollingUpgrades", "location": attempt.scale_set.location, "properties": properties}


def _target(attempt: RollingPass) -> Json:
    """The image that instances were to run: a platform image with its concrete version, as recorded."""
    image = attempt.work.image if isinstance(attempt.work, OsWork) else {}
    exact = image.get("exactVersion")
    return {**without(image, "exactVersion"), "version": exact} if "publisher" in image else image
