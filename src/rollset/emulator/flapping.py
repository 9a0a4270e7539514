"""Instances that do not answer for a while because of a fault, and answer again."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import health, imagereference
from rollset.emulator.draws import share
from rollset.emulator.faults import Flaps
from rollset.emulator.inforce import InForce
from rollset.emulator.instance import Instance

if TYPE_CHECKING:
    from rollset.emulator.world import World


def disturb(world: "World", instance: Instance, fault: int, reason: str) -> None:
    """From now on the fault of that id keeps the instance from answering."""
    instance.disturbed |= {fault}
    health.changed(world, instance, reason)


def calm(world: "World", instance: Instance, fault: int, reason: str) -> None:
    instance.disturbed -= {fault}
    health.changed(world, instance, reason)


def begin(world: "World", entry: InForce, fault: Flaps, instances: Iterable[Instance]) -> None:
    """Each instance fails for the first time at an instant of its own, within one round."""
    for instance in instances:
        wait = share(world.seed, "flaps", entry.id, instance.scale_set.key, instance.id) * (fault.up + fault.down)
        world.schedule.at(world.now + wait, partial(_fall, world, entry, fault, instance))


def _fall(world: "World", entry: InForce, fault: Flaps, instance: Instance) -> None:
    if _goes_on(world, entry, instance):
        if fault.strikes(imagereference.of_instance(instance)):
            disturb(world, instance, entry.id, "flapping")
        world.schedule.at(world.now + fault.down, partial(_rise, world, entry, fault, instance))


def _rise(world: "World", entry: InForce, fault: Flaps, instance: Instance) -> None:
    if _goes_on(world, entry, instance):
        calm(world, instance, entry.id, "flapping")
        world.schedule.at(world.now + fault.up, partial(_fall, world, entry, fault, instance))


def _goes_on(world: "World", entry: InForce, instance: Instance) -> bool:
    return world.faults.holds(entry) and instance.scale_set.instances.get(instance.id) is instance
