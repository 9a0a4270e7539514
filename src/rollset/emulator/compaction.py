"""Keeps a state file short: from time to time the world as it stands takes the place of all that led to it.

The file then grows again by a line for each change, to at most twice its size; below `REWRITE_BYTES_MIN` it is let be.
"""

import base64
import itertools
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollset import __version__
from rollset.emulator import snapshot
from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.journal import FORMAT, Journal

if TYPE_CHECKING:
    from rollset.emulator.world import World

# Of the world in one line, before it is written in letters.
PART_BYTES = 3 * 1024 * 1024

log = logging.getLogger("rollset.emulator")


def head(seed: int, start: float) -> Json:
    """The first record, without what the world begins with: a fleet, or so many parts of a snapshot."""
    return {"format": FORMAT, "version": __version__, "seed": seed, "start": start}


def shorten(world: "World", journal: Journal) -> None:
    """Writes the file anew where it has grown long; a file that cannot be is left as it is, and goes on growing."""
    if not journal.is_long:
        return
    begun = time.perf_counter()
    before = journal.size
    try:
        journal.rewrite(_records(world, journal))
    except EmulatorError as error:
        log.warning("%s: it stays as long as it is", error)
        return
    took = time.perf_counter() - begun
    log.info("%s: %d bytes were %d before, written in %.2f s", journal.path, journal.size, before, took)


def restore(world: "World", records: Iterator[Json], parts: int) -> None:
    """Makes the world what the next so many records say.

    Raises:
        EmulatorError: they are no world.
    """
    texts = [str(one.get("part", "")) for one in itertools.islice(records, parts)]
    try:
        data = b"".join(map(base64.b64decode, texts))
    except ValueError as error:
        raise EmulatorError(f"the world that it holds cannot be read: {error}") from error
    snapshot.restore(world, data)


def _records(world: "World", journal: Journal) -> Iterator[Json]:
    data = snapshot.taken(world)
    parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    yield {**head(world.seed, world.now), "parts": len(parts)}
    for part in parts:
        yield {"part": base64.b64encode(part).decode()}
    yield {"clock": journal.clock}
