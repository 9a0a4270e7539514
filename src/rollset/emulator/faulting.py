"""Faults come into force and are cleared: what that does to the instances, operations and tokens they name."""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import flapping, health
from rollset.emulator.changerules import ZONES
from rollset.emulator.errors import EmulatorError
from rollset.emulator.faults import (
    AnyFault,
    BadImage,
    BootsUnhealthy,
    ExpireOperations,
    ExpireTokens,
    ExtensionFails,
    Flaps,
    InstanceFault,
    PlaceFault,
    Recover,
    RequestFault,
    ShortTokens,
    StaleLists,
    UnhealthyNow,
    ZoneDown,
)
from rollset.emulator.identity import LIFETIME_SECONDS
from rollset.emulator.inforce import InForce
from rollset.emulator.instance import Instance
from rollset.emulator.past import Past

if TYPE_CHECKING:
    from rollset.emulator.world import World

NAME_SHOWN_MAX = 80
METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")


def add(world: "World", fault: AnyFault) -> InForce:
    """A fault comes into force; one of a moment happens now.

    Raises:
        EmulatorError: it names a set or an instance that is not there, most likely by mistake.
    """
    _check(world, fault)
    entry = world.faults.add(fault)
    if fault.lasts is not None:
        world.schedule.at(world.now + fault.lasts, partial(_run_out, world, entry.id))
    _strike(world, entry, fault)
    return entry


def _strike(world: "World", entry: InForce, fault: AnyFault) -> None:
    match fault:
        case UnhealthyNow():
            _make(world, _named(world, fault), sick=True)
        case Recover():
            _make(world, _named(world, fault), sick=False)
        case Flaps():
            flapping.begin(world, entry, fault, _named(world, fault))
        case ZoneDown():
            for instance in _covered(world, fault):
                flapping.disturb(world, instance, entry.id, "zone down")
        case ExpireOperations(which="known"):
            world.operations.clear()
        case ExpireTokens():
            world.tokens.expire()
        case StaleLists() | ShortTokens():
            _settle(world)
        case ExtensionFails():
            _show(world, _covered(world, fault), "extension failed")
        case _:
            pass


def clear(world: "World", number: int | None = None) -> int:
    """Clears one fault, or all; what one of them kept from working recovers. Answers how many there were."""
    gone = world.faults.remove(number)
    for entry in gone:
        _recover(world, entry)
        for operation in entry.held:
            operation.release(world.now)
    return len(gone)


def _recover(world: "World", entry: InForce) -> None:
    match entry.fault:
        case BootsUnhealthy() as fault:
            _make(world, _named(world, fault), sick=False)
        case BadImage() as fault:
            struck = (one for one in _covered(world, fault) if fault.strikes(one, one.applied, world.seed))
            _make(world, [one for one in struck if one.application.sick], sick=False)
        case ExtensionFails() as fault:
            _show(world, _covered(world, fault), "extension recovered")
        case Flaps() | ZoneDown():
            for instance in _everybody(world):
                if entry.id in instance.disturbed:
                    flapping.calm(world, instance, entry.id, "recovered")
        case StaleLists() | ShortTokens():
            _settle(world)
        case _:
            pass


def _run_out(world: "World", number: int) -> None:
    clear(world, number)


def _settle(world: "World") -> None:
    """What follows from all the faults in force together."""
    world.tokens.lifetime = world.faults.token_seconds or LIFETIME_SECONDS
    for key, scale_set in world.sets.items():
        seconds = world.faults.stale_seconds(scale_set)
        if seconds == 0:
            world.past.pop(key, None)
        elif key not in world.past or world.past[key].seconds != seconds:
            world.past[key] = Past.since(scale_set, seconds, world.now)


def _make(world: "World", instances: list[Instance], *, sick: bool) -> None:
    for instance in instances:
        instance.application.sick = sick
        health.changed(world, instance, "unhealthy" if sick else "recovered")


def _show(world: "World", instances: list[Instance], reason: str) -> None:
    for instance in instances:
        health.changed(world, instance, reason)


def _check(world: "World", fault: AnyFault) -> None:
    if fault.momentary and fault.lasts is not None:
        raise EmulatorError("lasts: this fault happens once, when it is added")
    if isinstance(fault, PlaceFault) and fault.zone is not None and fault.zone not in ZONES:
        raise EmulatorError(f"zone: expected 1, 2 or 3, got '{fault.zone[:NAME_SHOWN_MAX]}'")
    if isinstance(fault, RequestFault) and fault.method is not None and fault.method.upper() not in METHODS:
        expected = ", ".join(METHODS)
        raise EmulatorError(f"method: expected one of {expected}, got '{fault.method[:NAME_SHOWN_MAX]}'")
    if isinstance(fault, InstanceFault | PlaceFault) and fault.set is not None:
        scale_set = world.sets.get(fault.set.lower())
        if scale_set is None:
            raise EmulatorError(f"set: there is no scale set '{fault.set[:NAME_SHOWN_MAX]}'; write it as GROUP/NAME")
        named = fault.instances if isinstance(fault, InstanceFault) and fault.instances != "all" else ()
        for one in named:
            if one not in scale_set.instances:
                raise EmulatorError(f"instances: {fault.set} has no instance '{one[:NAME_SHOWN_MAX]}'")


def _named(world: "World", fault: InstanceFault) -> list[Instance]:
    scale_set = world.sets.get(fault.set.lower())
    return [] if scale_set is None else [one for one in scale_set.instances.values() if fault.names(one)]


def _covered(world: "World", fault: PlaceFault) -> list[Instance]:
    return [one for one in _everybody(world) if fault.covers(one)]


def _everybody(world: "World") -> list[Instance]:
    return [one for scale_set in world.sets.values() for one in scale_set.instances.values()]
