"""What is known of instances that can be compared: one trait a function, each with the numbers of both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rollset.core.compare import ComparedGate, Trait
from rollset.core.ids import InstanceId
from rollset.core.situation import Situation

FLAPPING = "flapping"

Numbers = Mapping[InstanceId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who is compared with whom."""

    upgraded: tuple[InstanceId, ...]
    rest: tuple[InstanceId, ...]


def traits(situation: Situation, both: Sides, measured: Mapping[str, Numbers]) -> Iterator[Trait]:
    """All that is known; `measured` are the numbers of gates, by gate."""
    yield flapping(situation, both)
    if situation.job.compare is not None:
        for one in situation.job.compare.gates:
            yield of_gate(one, both, measured.get(one.gate, {}))


def flapping(situation: Situation, both: Sides) -> Trait:
    """How often each fell from healthy to unhealthy; who has no health at all cannot fall."""
    counts = situation.progress.flaps.counts
    judged = {one.id: float(counts.get(one.id, 0)) for one in situation.fleet.instances if one.health is not None}
    return Trait(
        name=FLAPPING,
        upgraded=_of(both.upgraded, judged),
        rest=_of(both.rest, judged),
        unknown="" if judged else "nothing judges their health",
    )


def of_gate(gate: ComparedGate, both: Sides, numbers: Numbers) -> Trait:
    """What a gate has just answered for each that was asked about; who has no number is left out."""
    return Trait(name=gate.gate, upgraded=_of(both.upgraded, numbers), rest=_of(both.rest, numbers), worse=gate.worse)


def _of(side: Collection[InstanceId], numbers: Numbers) -> tuple[float, ...]:
    return tuple(numbers[one] for one in side if one in numbers)
