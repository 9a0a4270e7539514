"""Which instances a scale-in takes.

Zones are balanced first, then the fault domains of a zone; within them the rule decides: the highest id (Default), the
newest or the oldest. Protected instances stay; those outside any zone go before zones are looked at. Azure
documentation: "Use custom scale-in policies with Azure Virtual Machine Scale Sets".
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from rollset.emulator.documents import at
from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet

RULES: dict[str, Callable[[Instance], tuple[float, int]]] = {
    "default": lambda one: (one.number, 0),
    "newestvm": lambda one: (one.created_at, one.number),
    "oldestvm": lambda one: (-one.created_at, -one.number),
}


class Pile(NamedTuple):
    """Candidates that differ by the rule alone, the one to go last."""

    first: bool
    zone: str | None
    domain: int


def leaving(scale_set: ScaleSet, count: int) -> list[Instance]:
    """The instances that a scale-in by `count` takes, in that order."""
    staying = [one for one in scale_set.instances.values() if one.counts]
    zones = Counter(one.slot.zone for one in staying)
    domains = Counter((one.slot.zone, one.slot.fault_domain) for one in staying)
    unhealthy_first = bool(at(scale_set.properties, "scaleInPolicy", "prioritizeUnhealthyVMs"))
    rule = RULES[rule_of(scale_set)]
    piles: dict[Pile, list[Instance]] = defaultdict(list)
    for one in sorted(staying, key=rule):
        if not one.protected_from_scale_in:
            piles[Pile(unhealthy_first and not one.in_service, one.slot.zone, one.slot.fault_domain)].append(one)

    def weight(pile: Pile) -> tuple[bool, bool, int, int, tuple[float, int]]:
        outside = bool(scale_set.placement.zones) and pile.zone is None
        return (pile.first, outside, zones[pile.zone], domains[pile.zone, pile.domain], rule(piles[pile][-1]))

    chosen: list[Instance] = []
    while len(chosen) < count and piles:
        pile = max(piles, key=weight)
        chosen.append(piles[pile].pop())
        zones[pile.zone] -= 1
        domains[pile.zone, pile.domain] -= 1
        if not piles[pile]:
            del piles[pile]
    return chosen


def rule_of(scale_set: ScaleSet) -> str:
    """The first rule of the policy, which is the only one that counts."""
    rules = at(scale_set.properties, "scaleInPolicy", "rules")
    first = str(rules[0]).lower() if isinstance(rules, list) and rules else "default"
    return first if first in RULES else "default"
