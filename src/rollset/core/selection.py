"""Which instances the user means. Facets combine with "and"; one left out leaves the choice open.

An empty or unreadable list is an error, never "all": `az vmss reimage --instance-id` once reimaged whole sets that way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rollset.core.errors import Misnamed, UsageError
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import InstanceId, natural

_NUMBER = re.compile(r"[0-9]{1,9}")
_NAME = re.compile(r"[0-9]{1,9}|(?=.{1,90}$)\w*[^\W\d][\w.-]*")
"""A number, or the name of a virtual machine, which has a letter or underscore in it."""

SHOWN_MAX = 60
"""How much of a word that cannot be read is shown again."""

RANGE_MAX = 10_000
"""No set is larger (1,000 today), so a longer range is a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`None` in a facet means that it was not given."""

    instances: frozenset[InstanceId] | None = None
    update_domains: frozenset[int] | None = None
    fault_domains: frozenset[int] | None = None
    zones: frozenset[str] | None = None
    placement_groups: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether no facet was given."""
        return self == Selection()

    def matches(self, instance: Instance) -> bool:
        """Whether the instance lies in every facet given."""
        place = instance.place
        return (
            (self.instances is None or instance.id in self.instances)
            and (self.update_domains is None or place.update_domain in self.update_domains)
            and (self.fault_domains is None or place.fault_domain in self.fault_domains)
            and (self.zones is None or place.zone in self.zones)
            and (self.placement_groups is None or (place.placement_group or "").lower() in self.placement_groups)
        )

    def check(self, fleet: Fleet) -> None:
        """Makes sure that every name given exists in the fleet, and that together they match something.

        Raises:
            UsageError: a name is unknown, or nothing matches.
        """
        self.check_names(fleet)
        if not fleet.instances:
            raise UsageError(
                f"{fleet.scale_set.id} has no instances, so nothing can be done to them; scale it out first, or edit "
                "its model alone: its next instances are made from that"
            )
        if not any(map(self.matches, fleet.instances)):
            raise UsageError(
                f"no instance of {fleet.scale_set.id} matches {self}; nothing was changed (look with: rollset show "
                f"{fleet.scale_set.id})"
            )

    def check_names(self, fleet: Fleet) -> None:
        """Makes sure that every name given exists in the fleet.

        Raises:
            Misnamed: one does not.
        """
        place_facets: tuple[tuple[str, frozenset[object] | None, Callable[[Instance], object]], ...] = (
            ("instances", _objects(self.instances), lambda seen: seen.id),
            ("update domains", _objects(self.update_domains), lambda seen: seen.place.update_domain),
            ("fault domains", _objects(self.fault_domains), lambda seen: seen.place.fault_domain),
            ("zones", _objects(self.zones), lambda seen: seen.place.zone),
            (
                "placement groups",
                _objects(self.placement_groups),
                lambda seen: seen.place.placement_group and seen.place.placement_group.lower(),
            ),
        )
        for words, wanted, read in place_facets:
            if wanted is not None:
                _check_known(words, wanted, {read(instance) for instance in fleet.instances} - {None}, fleet)

    def __str__(self) -> str:
        facets = (
            ("instance" if len(self.instances or ()) == 1 else "instances", self.instances),
            ("update domain", self.update_domains),
            ("fault domain", self.fault_domains),
            ("zone", self.zones),
            ("placement group", self.placement_groups),
        )
        given = [f"{word} {_spoken(wanted)}" for word, wanted in facets if wanted is not None]
        return " and ".join(given) or "every instance"


def parse_instances(text: str) -> frozenset[InstanceId]:
    """Reads `1,4,7-12`, in whatever order.

    Raises:
        UsageError: as `parse_line` does.
    """
    return frozenset(parse_line(text))


def parse_line(text: str) -> tuple[InstanceId, ...]:
    """Reads `7,3,12-15` in this order; a name with a hyphen is a range only where both ends are numbers.

    Raises:
        UsageError: the list is empty, has an empty item, or a range runs backwards or is absurdly long.
    """
    found: dict[InstanceId, None] = {}
    for item in _items(text, "instances", "1,4,7-12"):
        first, dash, last = item.partition("-")
        if dash and _NUMBER.fullmatch(first) and _NUMBER.fullmatch(last):
            if int(last) < int(first):
                raise UsageError(
                    f"cannot read {_clipped(item)!r} as a range of instances; write it upwards, such as 7-12"
                )
            if int(last) - int(first) >= RANGE_MAX:
                raise UsageError(
                    f"cannot read {_clipped(item)!r} as a range of instances: it has more than {RANGE_MAX}; name fewer"
                )
            found.update((InstanceId(str(number)), None) for number in range(int(first), int(last) + 1))
        elif _NAME.fullmatch(item):
            found[InstanceId(str(int(item)) if item.isdecimal() else item)] = None
        else:
            raise UsageError(f"cannot read {_clipped(item)!r} as an instance id; write ids and ranges such as 1,4,7-12")
    return tuple(found)


def parse_domains(text: str, word: str) -> frozenset[int]:
    """Reads `0,2`.

    Raises:
        UsageError: the list is empty or an item is no number.
    """
    items = _items(text, word, "0,2")
    if bad := [item for item in items if not _NUMBER.fullmatch(item)]:
        raise UsageError(f"cannot read {_clipped(bad[0])!r} as a number: name {word}s such as 0,2")
    return frozenset(map(int, items))


def parse_names(text: str, word: str) -> frozenset[str]:
    """Reads `1,3` or names; lower-cased, because Azure compares them without regard to case."""
    return frozenset(item.lower() for item in _items(text, word, "1,3"))


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."


def _items(text: str, word: str, example: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise UsageError(
            f"cannot read {_clipped(text)!r} as a list of {word} values: an item is empty, and empty never means all; "
            f"write it such as {example}"
        )
    return items


def _objects(facet: Iterable[object] | None) -> frozenset[object] | None:
    return None if facet is None else frozenset(facet)


def _check_known(words: str, wanted: frozenset[object], known: set[object], fleet: Fleet) -> None:
    if unknown := wanted - known:
        where = f"{fleet.scale_set.id} has {_spoken(known)}" if known else f"{fleet.scale_set.id} has none"
        named = words if len(unknown) > 1 else words.removesuffix("s")
        raise Misnamed(f"there is no {named} {_spoken(unknown)}: {where}", f"select.{words.replace(' ', '_')}")


def _spoken(values: Iterable[object]) -> str:
    ordered = sorted((InstanceId(str(value)) for value in values), key=natural)
    return spoken_ids(ordered)


def spoken_ids(ids: Iterable[InstanceId], most: int = 24) -> str:
    """Ids as people write them: runs drawn together, the rest of a long list counted.

    >>> spoken_ids([InstanceId(n) for n in ("0", "1", "2", "5", "7", "8")])
    '0-2, 5, 7, 8'
    """
    runs: list[list[InstanceId]] = []
    for one in sorted(ids, key=natural):
        if runs and one.isdecimal() and runs[-1][-1].isdecimal() and int(one) == int(runs[-1][-1]) + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    words: list[str] = []
    for run in runs:
        words += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else list(run)  # noqa: PLR2004 (two ids are shorter apart)
    shown, left = words[:most], len(words) - most
    return ", ".join(shown) + (f" and {left} more" if left > 0 else "")
