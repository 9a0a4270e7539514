"""Faults come into force and are cleared: what that does to the instances they name."""

from typing import TYPE_CHECKING

from rollset.emulator import health
from rollset.emulator.errors import EmulatorError
from rollset.emulator.faults import (
    AnyFault,
    BootsUnhealthy,
    ExpireOperations,
    InForce,
    InstanceFault,
    Recover,
    UnhealthyNow,
)
from rollset.emulator.instance import Instance

if TYPE_CHECKING:
    from rollset.emulator.world import World

NAME_SHOWN_MAX = 80


def add(world: "World", fault: AnyFault) -> InForce:
    """A fault comes into force; one of a moment happens now.

    Raises:
        EmulatorError: it names a set or an instance that is not there, most likely by mistake.
    """
    if isinstance(fault, InstanceFault):
        _check_named(world, fault)
    entry = world.faults.add(fault)
    match fault:
        case UnhealthyNow():
            _make(world, fault, sick=True)
        case Recover():
            _make(world, fault, sick=False)
        case ExpireOperations(which="known"):
            world.operations.clear()
        case _:
            pass
    return entry


def clear(world: "World", number: int | None = None) -> int:
    """Clears one fault, or all; instances that one of them kept unhealthy recover. Answers how many there were."""
    gone = world.faults.remove(number)
    for fault in gone:
        if isinstance(fault, BootsUnhealthy):
            _make(world, fault, sick=False)
    return len(gone)


def _make(world: "World", fault: InstanceFault, *, sick: bool) -> None:
    for instance in _named(world, fault):
        instance.application.sick = sick
        health.changed(world, instance, "unhealthy" if sick else "recovered")


def _check_named(world: "World", fault: InstanceFault) -> None:
    scale_set = world.sets.get(fault.set.lower())
    if scale_set is None:
        raise EmulatorError(f"set: there is no scale set '{fault.set[:NAME_SHOWN_MAX]}'; write it as GROUP/NAME")
    for named in () if fault.instances == "all" else fault.instances:
        if named not in scale_set.instances:
            raise EmulatorError(f"instances: {fault.set} has no instance '{named[:NAME_SHOWN_MAX]}'")


def _named(world: "World", fault: InstanceFault) -> list[Instance]:
    scale_set = world.sets.get(fault.set.lower())
    return [] if scale_set is None else [one for one in scale_set.instances.values() if fault.names(one)]
