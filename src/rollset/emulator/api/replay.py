"""A world out of its state file: made as it was made first, and asked again what it was asked since.

A file that has become long holds the world itself, and only what was asked since. Time stands still in between: each
request is asked at the emulated time at which it was asked first, and what was due before it is played before it. When
all is done the clock goes on, as if the emulator had never stopped.
"""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rollset import __version__
from rollset.emulator import choices, compaction, records
from rollset.emulator.api.call import Call
from rollset.emulator.api.routes import ARM, OWN
from rollset.emulator.clock import ScaledClock
from rollset.emulator.compaction import shorten
from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import Fleet, default_fleet
from rollset.emulator.journal import FORMAT, Journal
from rollset.emulator.refusal import Refusal
from rollset.emulator.world import World

log = logging.getLogger("rollset.emulator")


class StillClock:
    """Stands at the time of the record that is replayed."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


def open_world(
    path: Path, *, fleet: Fleet | None = None, seed: int = 0, time_scale: float = 1.0, throttle: bool = True
) -> World:
    """The world that the file keeps, or a new one that it keeps from now on.

    Raises:
        EmulatorError: the file cannot be used, or has a fleet of its own beside the one that is given.
    """
    journal = Journal(path)
    try:
        world, anchor = _restored(journal, fleet, seed, throttle=throttle)
        # Emulated time has gone on meanwhile, as Azure's would have; but nobody waits for years to be played.
        last = max(world.now, anchor["emulated"])
        gone_on = anchor["emulated"] + (time.time() - anchor["real"]) * anchor["scale"]
        now = max(last, min(gone_on, last + choices.ABSENCE_SECONDS_MAX))
        world.clock = ScaledClock(time_scale, start=now)
        journal.clock = {"real": time.time(), "emulated": now, "scale": time_scale}
        journal.append({"clock": journal.clock})
        shorten(world, journal)
    except BaseException:
        journal.close()
        raise
    world.tokens.clock = time.time
    world.journal = journal
    return world


def _restored(journal: Journal, fleet: Fleet | None, seed: int, *, throttle: bool) -> tuple[World, Json]:
    """The world as the last record left it, and when its clock last started."""
    found = journal.records()
    head = next(found, None)
    if head is None:
        now = time.time()
        own_fleet = msgspec.to_builtins(fleet if fleet is not None else default_fleet())
        head = compaction.head(seed, now) | {"fleet": own_fleet}
        journal.append(head)
    elif fleet is not None:
        raise EmulatorError(f"{journal.path}: it holds a fleet already; leave --fleet out, or name another state file")
    _check(journal, head)
    clock = StillClock(head["start"])
    world = World(clock, head["seed"], msgspec.convert(head.get("fleet", {}), Fleet), throttle=throttle)
    if "parts" in head:
        _restore(journal, world, found, head["parts"])
    anchor: Json = {"real": time.time(), "emulated": head["start"], "scale": 1.0}
    for record in found:
        if "clock" in record:
            anchor = record["clock"]
        else:
            clock.at = max(clock.at, record["at"])
            world.advance()
            _again(world, record)
    world.faults.used.clear()
    return world, anchor


def _restore(journal: Journal, world: World, found: Iterator[Json], parts: int) -> None:
    try:
        compaction.restore(world, found, parts)
    except EmulatorError as error:
        raise EmulatorError(f"{journal.path}: {error}") from error


def _check(journal: Journal, head: Json) -> None:
    complete = {"version", "seed", "start"} <= set(head) and ("fleet" in head or "parts" in head)
    if head.get("format") != FORMAT or not complete:
        raise EmulatorError(f"{journal.path}: this is no state file that this emulator can read")
    if head["version"] != __version__:
        raise EmulatorError(
            f"{journal.path}: rollset {head['version']} wrote it, and this is {__version__}, which might not come to "
            "the same; export the fleet with that one, and import it with this"
        )


def _again(world: World, record: Json) -> None:
    if "visit" in record:
        _count_visit(world, record)
    elif "faults" in record:
        left = {number: rest for number, *rest in record["faults"]}
        for entry in world.faults:
            if entry.id in left:
                entry.left, entry.skip, entry.asked = left[entry.id]
    else:
        _ask(world, record)


def _ask(world: World, record: Json) -> None:
    """Does again what a request did; a refusal is as good as it was."""
    request = records.request_of(record)
    world.tokens.clock = lambda: float(record["real"])
    path = f"/{request.path.lstrip('/')}"
    router = OWN if path.lower().startswith("/emulator") else ARM
    found = router.find(request.method, path if router is OWN else request.path)
    if found is None:
        return
    try:
        found.route.handler(Call(world, request, found.variables))
    except Refusal:
        pass
    except Exception as error:
        # A bug can raise anything. One that the request met when it was asked first had come to the same; any other
        # would leave a world that is not the one that was told of.
        if "failed" not in record:
            raise EmulatorError(
                f"the state file holds {request.method} {request.path}, which was answered then and fails now: "
                f"{error!r:.200}; please report it"
            ) from error
        log.warning("the emulator failed again on %s %s: %r", request.method, request.path, error)


def _count_visit(world: World, record: Json) -> None:
    scale_set = world.sets.get(record["visit"])
    if scale_set is None:
        return
    balancer = scale_set.balancer
    balancer.turn, balancer.served, balancer.failed = record["set"]
    if "instance" in record:
        number, served, failed = record["instance"]
        if (instance := scale_set.instances.get(number)) is not None:
            instance.served, instance.failed = served, failed
