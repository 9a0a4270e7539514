"""The rolling passes of a set: which writes begin one, what waits for one, what ends one. `rollingengine.py` runs it.

Azure documentation: "Configure rolling upgrades on Virtual Machine Scale Sets", "Automatic OS image upgrades".
"""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import rollingengine, rollingerrors
from rollset.emulator.operations import Operation
from rollset.emulator.rollingpass import Code, RollingPass
from rollset.emulator.rollingpolicy import RollingPolicy
from rollset.emulator.rollingwork import ModelWork
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


def running_pass(scale_set: ScaleSet) -> RollingPass | None:
    """The pass that is under way."""
    last = scale_set.rolling
    return last if last is not None and last.running else None


def refuse_during(scale_set: ScaleSet, operation: str) -> None:
    """Refuses what a pass does not let happen beside it."""
    if running_pass(scale_set) is not None:
        raise rollingerrors.in_progress(operation, scale_set)


def follow_write(world: "World", scale_set: ScaleSet, operation: Operation, *, changed: bool) -> None:
    """A write has landed on a set in Rolling mode: a pass over the model, which the write's operation waits for.

    One that is under way is preempted by a write that changes the model or the policy, and goes on after any other; a
    pass of the OS or of extensions is waited for.
    """
    current = running_pass(scale_set)
    if current is None:
        _begin_over_model(world, scale_set, operation)
    elif not isinstance(current.work, ModelWork):
        operation.hold()
        current.operation.on_end.append(partial(_after_another, world, scale_set, operation))
    elif changed:
        supersede(world, scale_set)
        _begin_over_model(world, scale_set, operation)
    else:
        operation.hold()
        current.operation.on_end.append(partial(_end_with, world, operation))


def supersede(world: "World", scale_set: ScaleSet) -> None:
    """A pass over the model that is under way ends, for there is another model or policy now."""
    current = running_pass(scale_set)
    if current is not None and isinstance(current.work, ModelWork):
        rollingengine.end(world, current, Code.CANCELLED, preempted=True)


def cancel(world: "World", scale_set: ScaleSet) -> None:
    """Stops the pass that is under way. That the batch in progress is upgraded to its end is a choice of ours."""
    current = running_pass(scale_set)
    if current is None:
        raise rollingerrors.nothing_to_cancel()
    rollingengine.end(world, current, Code.CANCELLED)


def _begin_over_model(world: "World", scale_set: ScaleSet, operation: Operation) -> None:
    policy = RollingPolicy.of(scale_set)
    rollingengine.begin(
        world,
        RollingPass(scale_set=scale_set, work=ModelWork(), policy=policy, operation=operation, started_at=world.now),
    )


def _after_another(world: "World", scale_set: ScaleSet, operation: Operation, _ended: Operation) -> None:
    if scale_set.mode == "Rolling":
        follow_write(world, scale_set, operation, changed=False)
    operation.release(world.now)


def _end_with(world: "World", operation: Operation, ended: Operation) -> None:
    """The write ends as the pass does that was under way."""
    operation.release(world.now, ended.error)
