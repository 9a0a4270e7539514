"""The small heatmap of a set on the fleet page: one row an update domain, a shape and a colour for each state.

Where a row has more instances than room, a cell stands for several, and shows the worst of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from rollset.core.fleet import Health, Power, Provisioning
from rollset.core.image import Image, same_image
from rollset.faces.marks import Mark
from rollset.fleet.heat import Cell, Heat

ROW_MAX = 20
"""So many cells fit into a row."""

ROWS_MAX = 6
"""More update domains or zones than that are told by the counts alone."""

PITCH = 5
"""From one cell to the next, in units of the picture; a cell is 4 wide."""

SHAPES: Mapping[Mark, str] = {
    Mark.FAILED: "m0 0l4 4m0-4l-4 4",
    Mark.UNHEALTHY: "m2 0l2 2l-2 2l-2-2z",
    Mark.OUT: "m2 0l2 4h-4z",
    Mark.STOPPED: "m0 1.5h4v1h-4z",
    Mark.OUTDATED: "m.6 .6h2.8v2.8h-2.8z",
    Mark.DONE: "h4v4h-4z",
}
"""From the worst to the best; each drawn from the upper left corner of its cell."""

WORST_FIRST = tuple(SHAPES)

AT_WORK = (Provisioning.UPDATING, Provisioning.CREATING, Provisioning.MIGRATING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """All cells of one state, as one path of the picture."""

    name: str
    drawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Miniature:
    """The picture, and the same in words."""

    width: int
    height: int
    paths: tuple[Path, ...]
    words: str


def miniature(heat: Heat, exact: Image | None) -> Miniature:
    """The small heatmap of a set whose model means `exact`."""
    marked = [(cell, mark_of(cell, exact)) for cell in heat]
    rows = [_squeezed(row) for row in _rows(marked)]
    drawn: dict[Mark, list[str]] = defaultdict(list)
    for down, row in enumerate(rows):
        for across, mark in enumerate(row):
            drawn[mark].append(f"M{across * PITCH} {down * PITCH}{SHAPES[mark]}")
    return Miniature(
        width=max(map(len, rows), default=0) * PITCH,
        height=len(rows) * PITCH,
        paths=tuple(Path(name=mark.name.lower(), drawn="".join(cells)) for mark, cells in drawn.items()),
        words=_words(mark for _, mark in marked),
    )


def mark_of(cell: Cell, exact: Image | None) -> Mark:
    """How an instance stands, from what the inventory keeps of it."""
    if cell.provisioning is Provisioning.FAILED:
        return Mark.FAILED
    if cell.provisioning in AT_WORK:
        return Mark.OUT
    if cell.power is not Power.RUNNING:
        return Mark.STOPPED
    if cell.health in (Health.UNHEALTHY, Health.UNKNOWN):
        return Mark.UNHEALTHY
    if exact is not None and not same_image(cell.image, exact):
        return Mark.OUTDATED
    return Mark.DONE


def _rows(marked: Sequence[tuple[Cell, Mark]]) -> list[list[Mark]]:
    """By update domain, or by zone where there are none; else as many rows as the instances fill."""
    by_domain: dict[str, list[Mark]] = defaultdict(list)
    for cell, mark in marked:
        domain = cell.place.update_domain
        by_domain[cell.place.zone or "" if domain is None else str(domain)].append(mark)
    rows = [by_domain[name] for name in sorted(by_domain)]
    if len(rows) == 1:
        alone = rows[0]
        return [alone[start : start + ROW_MAX] for start in range(0, min(len(alone), ROW_MAX * ROWS_MAX), ROW_MAX)]
    return rows[:ROWS_MAX]


def _squeezed(row: Sequence[Mark]) -> list[Mark]:
    each = max(1, ceil(len(row) / ROW_MAX))
    return [min(row[start : start + each], key=WORST_FIRST.index) for start in range(0, len(row), each)]


def _words(marks: Iterable[Mark]) -> str:
    counts = Counter(marks)
    return ", ".join(f"{counts[mark]} {mark.words}" for mark in WORST_FIRST if counts[mark]) or "no instances"
