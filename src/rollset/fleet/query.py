"""Which rows of the fleet somebody wants to see: filters, an order, a window. Fast enough to ask at each key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import TypeAlias

from rollset.core.errors import UsageError
from rollset.core.image import version_key
from rollset.fleet.offered import version_of
from rollset.fleet.row import Row, State

WINDOW_MAX = 1000
"""Rows of one answer; who wants more asks again with another offset."""

TAGS_MAX = 200
"""Tags that are told as choices, the most used first; people write ids and dates into tags too."""


class Column(StrEnum):
    """What rows are sorted by."""

    NAME = "name"
    GROUP = "group"
    SUBSCRIPTION = "subscription"
    LOCATION = "location"
    IMAGE = "image"
    BEHIND = "behind"
    POLICY = "policy"
    ORCHESTRATION = "orchestration"
    VM_SIZE = "vm_size"
    CAPACITY = "capacity"
    OUTDATED = "outdated"
    UNHEALTHY = "unhealthy"
    RUNNING = "running"
    ROLLOUT = "rollout"
    AGE = "age"
    """Of the look at its instances, the oldest first where it goes down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Rows must meet every filter that is given; of the values of one filter, one is enough, but of tags each.

    `text` is looked for word by word in names, tags, image, region and size. `images` are families without a version
    (`publisher:offer:sku`, or the id of a gallery image), or those with one. A tag with the value `None` need only be
    there.
    """

    text: str = ""
    subscriptions: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    tags: Mapping[str, str | None] = field(default_factory=dict)
    states: frozenset[State] = frozenset()
    sort: Column = Column.NAME
    down: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The rows from `offset` on; `matched` of `total` rows meet the query."""

    rows: tuple[Row, ...]
    offset: int
    matched: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to filter by, and how many rows each would show."""

    subscriptions: Mapping[str, int]
    regions: Mapping[str, int]
    images: Mapping[str, int]
    tags: Mapping[str, int]
    """As `name=value`."""
    states: Mapping[State, int]


def parse_tag(text: str) -> tuple[str, str | None]:
    """Reads `name=value`, or `name` alone.

    Raises:
        UsageError: there is no name.
    """
    name, given, value = text.partition("=")
    if not name.strip():
        raise UsageError(f"cannot read {text!r} as a tag; write NAME=VALUE, or NAME alone")
    return name.strip(), value.strip() if given else None


def select(rows: Sequence[Row], query: Query) -> Window:
    """The window of `rows` that the query asks for; equal rows come in the order of their names."""
    matched = [row for row in rows if all(meets(row) for meets in tests)] if (tests := _tests(query)) else list(rows)
    matched.sort(key=_by_name)
    key = _KEYS[query.sort]
    keyed = [(key(row), row) for row in matched]
    # What is not known comes last, whichever way the rest is sorted.
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=itemgetter(0), reverse=query.down)
    ordered = [row for _, row in known] + [row for told, row in keyed if told is None]
    limit = max(0, min(query.limit, WINDOW_MAX))
    offset = max(0, query.offset)
    return Window(rows=tuple(ordered[offset : offset + limit]), offset=offset, matched=len(matched), total=len(rows))


def choices_of(rows: Iterable[Row]) -> Choices:
    """What filters can be set to, each in the order of their names, and tags as often as they are used."""
    rows = list(rows)
    subscriptions = Counter(row.id.subscription for row in rows)
    regions = Counter(row.scale_set.location for row in rows)
    images = Counter(row.image for row in rows if row.image is not None)
    tags = Counter(tag for row in rows for tag in row.scale_set.tags.items())
    states = Counter(state for row in rows for state in row.states)
    return Choices(
        subscriptions=_folded(subscriptions),
        regions=dict(sorted(regions.items())),
        images=dict(sorted(images.items())),
        tags={f"{name}={value}": times for (name, value), times in tags.most_common(TAGS_MAX)},
        states={one: states[one] for one in State if states[one]},
    )


def _folded(counted: Counter[str]) -> dict[str, int]:
    """Subscriptions are written in either case."""
    found = Counter[str]()
    for name, times in counted.items():
        found[name.lower()] += times
    return dict(sorted(found.items()))


Test: TypeAlias = Callable[[Row], bool]


def _tests(query: Query) -> list[Test]:
    """One test for each filter that is given, the cheapest first."""
    tests: list[Test] = []
    if query.states:
        tests.append(lambda row, wanted=query.states: not wanted.isdisjoint(row.states))  # type: ignore[misc]
    if regions := {one.replace(" ", "").lower() for one in query.regions}:
        tests.append(lambda row: row.scale_set.location in regions)
    if subscriptions := {one.lower() for one in query.subscriptions}:
        tests.append(lambda row: row.id.subscription.lower() in subscriptions)
    tests += [_tagged(name, value) for name, value in query.tags.items()]
    tests += [_says(word) for word in query.text.lower().split()]
    if images := {one.lower() for one in query.images}:
        tests.append(lambda row: row.image in images or str(row.scale_set.image).lower() in images)
    return tests


def _says(word: str) -> Test:
    return lambda row: word in row.words


def _tagged(name: str, value: str | None) -> Test:
    """Azure compares names of tags without regard to case, and values with."""
    lowered = name.lower()

    def meets(row: Row) -> bool:
        tags = row.scale_set.tags
        if name in tags:
            return value is None or tags[name] == value
        return any(one.lower() == lowered and (value is None or told == value) for one, told in tags.items())

    return meets


Key: TypeAlias = Callable[[Row], str | float | tuple[object, ...] | None]


def _rollout(row: Row) -> float | None:
    """Those that run first, then those that failed; the others last, whichever way it is sorted."""
    note = row.rollout
    return None if note is None else (2.0 if note.running else 1.0 if note.failed else 0.0)


def _name(row: Row) -> str:
    return row.scale_set.id.name.lower()


def _image(row: Row) -> tuple[str, tuple[tuple[int, int, str], ...]] | None:
    return None if row.image is None else (row.image, version_key(version_of(row.scale_set.image) or ""))


_KEYS: Mapping[Column, Key] = {
    Column.NAME: _name,
    Column.GROUP: lambda row: row.id.resource_group.lower(),
    Column.SUBSCRIPTION: lambda row: row.id.subscription.lower(),
    Column.LOCATION: lambda row: row.scale_set.location,
    Column.IMAGE: _image,
    Column.BEHIND: lambda row: row.oldest_behind,
    Column.POLICY: lambda row: row.scale_set.upgrade_mode.value,
    Column.ORCHESTRATION: lambda row: row.scale_set.orchestration.value,
    Column.VM_SIZE: lambda row: row.scale_set.vm_size.lower(),
    Column.CAPACITY: lambda row: row.scale_set.capacity,
    Column.OUTDATED: lambda row: row.outdated,
    Column.UNHEALTHY: lambda row: None if row.look is None else row.look.counts.unhealthy,
    Column.RUNNING: lambda row: None if row.look is None else row.look.counts.running,
    Column.ROLLOUT: _rollout,
    Column.AGE: lambda row: None if row.look is None else -row.look.at,
}


def _by_name(row: Row) -> tuple[str, str, str]:
    one = row.scale_set.id
    return (one.name.lower(), one.resource_group.lower(), one.subscription.lower())
