"""Max surge: new instances are made first, and old ones deleted when those are healthy.

Azure documentation: "MaxSurge for Virtual Machine Scale Sets". Where there is no room for them, a pass upgrades in
place and says nothing about it.
"""

from typing import TYPE_CHECKING

from rollset.emulator import choices, quota
from rollset.emulator.changerules import capacity_limit
from rollset.emulator.instance import Instance
from rollset.emulator.operations import Operation
from rollset.emulator.population import add_instance, create, delete
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


def has_room(world: "World", scale_set: ScaleSet, count: int) -> bool:
    """Whether the set may hold so many more for a while, and the quota has them."""
    limit = capacity_limit(scale_set.document, scale_set.model)
    if len(scale_set.instances) + count > limit or world.faults.for_growth(scale_set) is not None:
        return False
    return quota.allows(world, scale_set.location, scale_set.model, count)


def add(world: "World", scale_set: ScaleSet, count: int, operation: Operation) -> list[Instance]:
    """New instances on the set's model, beyond its capacity for now."""
    new = [add_instance(world, scale_set) for _ in range(count)]
    for instance in new:
        instance.surplus = True
        create(world, instance, operation)
    return new


def give_up(world: "World", newcomers: list[Instance]) -> None:
    """A pass ends while they come up: they have taken nobody's place, and go."""
    for instance in newcomers:
        step = world.start_operation("batch", instance.scale_set.location, choices.POLL_UPDATE)
        delete(world, instance, step)
        step.release(world.now)


def settle(
    world: "World", well: list[Instance], replaced: list[Instance], sick: list[Instance], operation: Operation
) -> None:
    """The healthy ones stay in place of those that they replace; the others were surplus and go."""
    for instance in well:
        instance.surplus = False
    for instance in (*replaced, *sick):
        delete(world, instance, operation)
