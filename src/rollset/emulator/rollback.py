"""Instances that a rolling pass has upgraded in vain are put back onto what they ran before."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.operations import Operation
from rollset.emulator.rollingpass import RollingPass
from rollset.emulator.upgrade import move, running

if TYPE_CHECKING:
    from rollset.emulator.world import World


def to_put_back(rolling: RollingPass) -> list[Instance]:
    """Those that failed, are still there, and run something else than before the pass took them."""
    there = rolling.present(rolling.failed)
    return [one for one in there if rolling.before.get(one, running(one)) != running(one)]


def put_back(world: "World", rolling: RollingPass, instances: list[Instance], then: Callable[[], None]) -> None:
    """Restores the instances, counts how that went, and goes on where the pass was not cancelled meanwhile."""
    step = world.start_operation("batch", rolling.scale_set.location, choices.POLL_UPDATE)
    step.on_end.append(partial(_ended, rolling, instances, then))
    for instance in instances:
        move(world, instance, rolling.before[instance], step)
    step.release(world.now)


def _ended(rolling: RollingPass, instances: list[Instance], then: Callable[[], None], _step: Operation) -> None:
    well = sum(1 for one in instances if one.provisioning is Provisioning.SUCCEEDED)
    rolling.rollback.succeeded += well
    rolling.rollback.failed += len(instances) - well
    if rolling.running:
        then()
