"""A first rolling pass: batches of the Rolling upgrade policy, each begun when the one before is healthy.

The full engine of Azure (pre-checks, unhealthy shares, pauses, zones, rollback, surge) is not emulated yet; this pass
stops at the first instance that fails or does not become healthy in time.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.documents import Json, at, section
from rollset.emulator.instance import Instance
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import ArmError
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.upgrade import may_upgrade, upgrade

if TYPE_CHECKING:
    from rollset.emulator.world import World

RUNNING, COMPLETED, CANCELLED, FAULTED = "RollingForward", "Completed", "Cancelled", "Faulted"


@dataclass(slots=True, eq=False)
class RollingPass:
    """One pass over a set, and how far it has come."""

    scale_set: ScaleSet
    operation: Operation
    started_at: float
    code: str = RUNNING
    changed_at: float = 0.0
    batch: list[Instance] = field(default_factory=list)
    done: int = 0
    failed: int = 0
    error: ArmError | None = None

    def progress(self) -> Json:
        pending = sum(1 for one in self.scale_set.instances.values() if may_upgrade(one) and one not in self.batch)
        return {
            "successfulInstanceCount": self.done,
            "failedInstanceCount": self.failed,
            "inProgressInstanceCount": len(self.batch),
            "pendingInstanceCount": pending if self.code == RUNNING else 0,
        }


def batch_size(capacity: int, percent: int) -> int:
    """Rounded down, at least one: a choice, for the documentation only calls the percentage a maximum."""
    return max(1, capacity * percent // 100)


def start(world: "World", scale_set: ScaleSet, operation: Operation) -> None:
    """Starts a pass that the operation waits for; one that runs goes on and picks up the new model by itself."""
    operation.hold()
    if scale_set.rolling is not None and scale_set.rolling.code == RUNNING:
        world.schedule.at(world.now, partial(_follow, world, scale_set.rolling, operation))
        return
    scale_set.rolling = RollingPass(scale_set, operation, world.now, changed_at=world.now)
    _next_batch(world, scale_set.rolling)


def cancel(world: "World", scale_set: ScaleSet) -> bool:
    """Stops a pass and says whether there was one. That the batch in progress finishes is a choice of ours."""
    rolling = scale_set.rolling
    if rolling is None or rolling.code != RUNNING:
        return False
    _end(world, rolling, CANCELLED)
    return True


def _next_batch(world: "World", rolling: RollingPass) -> None:
    scale_set = rolling.scale_set
    behind = [one for one in scale_set.instances.values() if may_upgrade(one) and one.activity is None]
    if not behind:
        _end(world, rolling, COMPLETED)
        return
    percent = at(section(scale_set.properties, "upgradePolicy", "rollingUpgradePolicy"), "maxBatchInstancePercent")
    size = batch_size(len(scale_set.instances), percent if isinstance(percent, int) else choices.ROLLING_BATCH_PERCENT)
    rolling.batch = sorted(behind, key=lambda one: (one.slot.update_domain, one.number))[:size]
    step = world.start_operation("batch", scale_set.location, choices.POLL_UPDATE)
    for instance in rolling.batch:
        upgrade(world, instance, step)
    step.on_end.append(lambda ended: _wait_for_health(world, rolling, ended, world.now))
    step.release(world.now)


def _wait_for_health(world: "World", rolling: RollingPass, step: Operation, since: float) -> None:
    if rolling.code != RUNNING:
        return
    sick = [one for one in rolling.batch if not one.in_service]
    late = world.now - since >= choices.ROLLING_HEALTH_WAIT_SECONDS
    if step.error is None and sick and not late:
        world.schedule.at(world.now + choices.PROBE_SECONDS, lambda: _wait_for_health(world, rolling, step, since))
        return
    rolling.failed += len(sick)
    rolling.done += len(rolling.batch) - len(sick)
    rolling.batch = []
    if step.error is not None or sick:
        _end(world, rolling, FAULTED, step.error or _unhealthy(sick[0]))
    else:
        _next_batch(world, rolling)


def _unhealthy(first: Instance) -> ArmError:
    return ArmError(
        "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade",
        "Rolling Upgrade failed after exceeding the MaxUnhealthyUpgradedInstancePercent value defined in the "
        "RollingUpgradePolicy. The most impactful error is: Instance found to be unhealthy or unreachable. "
        f"First failed instance ID is: {first.id}.",
    )


def _end(world: "World", rolling: RollingPass, code: str, error: ArmError | None = None) -> None:
    rolling.code = code
    rolling.changed_at = world.now
    rolling.error = error
    rolling.batch = []
    rolling.operation.release(world.now, error)


def _follow(world: "World", rolling: RollingPass, operation: Operation) -> None:
    """A later write's operation lasts until the pass that was already running ends."""
    if rolling.code == RUNNING:
        rolling.operation.on_end.append(lambda ended: operation.release(world.now, ended.error))
    else:
        operation.release(world.now, rolling.error)
