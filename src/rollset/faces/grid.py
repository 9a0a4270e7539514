"""Where instances stand, as grids: update domains down, fault domains across, one grid a zone or placement group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollset.core.fleet import Instance, Place
from rollset.core.ids import InstanceId, natural

GROUP_CHARACTERS = 8
"""Placement groups are named by GUIDs; so much of one tells it from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`cells` holds the instances of one zone and placement group by row and column, in the order of their ids."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[InstanceId, ...]]

    def cell(self, row: str, column: str) -> tuple[InstanceId, ...]:
        return self.cells.get((row, column), ())


Placed = tuple[InstanceId, Place]


def places_of(instances: Iterable[Instance]) -> dict[InstanceId, Place]:
    """Where each of them stands."""
    return {one.id: one.place for one in instances}


def grids_of(places: Mapping[InstanceId, Place]) -> tuple[Grid, ...]:
    """One grid for each zone and placement group, ordered by zone, then by the lowest instance."""
    groups: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one, place in sorted(places.items(), key=lambda item: natural(item[0])):
        groups[place.zone or "", place.placement_group or ""].append((one, place))
    _take_in_the_groupless(groups)
    titles = _titles(groups)
    ordered = sorted(groups.items(), key=lambda item: natural(InstanceId(item[0][0])))
    return tuple(_grid(titles[key], members) for key, members in ordered)


def _take_in_the_groupless(groups: dict[tuple[str, str], list[Placed]]) -> None:
    """A deallocated instance has no placement group; where its zone has just one, it is drawn there."""
    for zone, group in list(groups):
        others = [key for key in groups if key[0] == zone and key[1]]
        if not group and len(others) == 1:
            groups[others[0]] += groups.pop((zone, group))
            groups[others[0]].sort(key=lambda one: natural(one[0]))


def _grid(title: str, members: Sequence[Placed]) -> Grid:
    cells: dict[tuple[str, str], list[InstanceId]] = defaultdict(list)
    for one, place in members:
        cells[_row(place), _column(place)].append(one)
    return Grid(
        title=title,
        rows=_labels("UD", (place.update_domain for _, place in members)),
        columns=_labels("FD", (place.fault_domain for _, place in members)),
        cells={place: tuple(ids) for place, ids in cells.items()},
    )


def _titles(groups: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """As little as tells them apart: nothing for a single group without a zone."""
    keys = list(groups)
    zones = [zone for zone, _ in keys]
    titles = {}
    for zone, group in keys:
        words = [f"zone {zone}"] if zone else []
        if zones.count(zone) > 1:
            words.append(f"group {group[:GROUP_CHARACTERS]}" if group else "no group")
        titles[zone, group] = ", ".join(words)
    return titles


def _labels(word: str, numbers: Iterable[int | None]) -> tuple[str, ...]:
    """`UD 0`, `UD 1`, ...; instances of which Azure tells none come last, under an empty label."""
    known = set(numbers)
    return tuple(_label(word, number) for number in sorted(known - {None}, key=lambda one: one or 0)) + (
        ("",) if None in known else ()
    )


def _label(word: str, number: int | None) -> str:
    return "" if number is None else f"{word} {number}"


def _row(place: Place) -> str:
    return _label("UD", place.update_domain)


def _column(place: Place) -> str:
    return _label("FD", place.fault_domain)
