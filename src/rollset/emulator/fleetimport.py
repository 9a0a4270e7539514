"""A fleet comes into a world that runs: all of it, or where anything is wrong nothing."""

from typing import TYPE_CHECKING

from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import Fleet
from rollset.emulator.fleetsetup import set_up

if TYPE_CHECKING:
    from rollset.emulator.world import World


def bring_in(world: "World", fleet: Fleet) -> None:
    """Adds the fleet's images, sets and faults to what is there.

    Raises:
        EmulatorError: something in it cannot stand here; the world is as it was.
    """
    groups, sets = dict(world.groups), dict(world.sets)
    images, resources = world.images.copy(), world.resources.copy()
    faults = {entry.id for entry in world.faults}
    try:
        set_up(world, fleet)
    except EmulatorError:
        for entry in [one for one in world.faults if one.id not in faults]:
            world.faults.remove(entry.id)
        world.groups, world.sets, world.images, world.resources = groups, sets, images, resources
        raise
