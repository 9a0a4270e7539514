"""What is known of instances that can be compared: one trait a function, each with the numbers of both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from rollset.core.comparing.compare import ComparedGate, Trait
from rollset.core.comparing.former import ALLOWANCE
from rollset.core.ids import InstanceId
from rollset.core.situation import Situation

FLAPPING = "flapping"
EXTENSIONS = "extension failure"
BOOT = "boot time"

NAMED_MAX = 3
"""So many extensions at most are named in a verdict."""

Numbers = Mapping[InstanceId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who is compared with whom."""

    upgraded: tuple[InstanceId, ...]
    rest: tuple[InstanceId, ...]
    failed: tuple[InstanceId, ...] = ()
    """Those that this run brought onto the image, and that run, but have not made it: few traits know of them."""


def traits(situation: Situation, both: Sides, measured: Mapping[str, Numbers]) -> Iterator[Trait]:
    """All that is known; `measured` are the numbers of gates, by gate."""
    yield flapping(situation, both)
    yield failed_extensions(situation, both)
    yield boot_time(situation, both)
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


def failed_extensions(situation: Situation, both: Sides) -> Trait:
    """Which have an extension that says it has failed; who could not be provisioned for that counts as well."""
    told = {one.id: one.failed_extensions for one in situation.fleet.instances if one.failed_extensions is not None}
    numbers = {one: float(bool(failed)) for one, failed in told.items()}
    ours = (*both.upgraded, *both.failed)
    counts = Counter(name for one in ours for name in told.get(one, ()))
    return Trait(
        name=EXTENSIONS,
        upgraded=_of(ours, numbers),
        rest=_of(both.rest, numbers),
        unknown="" if told else "they have no extensions",
        detail=", ".join(f"{name} failed on {count} upgraded" for name, count in counts.most_common(NAMED_MAX)),
    )


def boot_time(situation: Situation, both: Sides) -> Trait:
    """How long each took from the request until it was healthy: the rest when an earlier rollout upgraded them.

    A look sees only that it is over by then. So of the upgraded counts what they took at least, and of the rest what
    they took at most. Where no journal tells of the rest, nothing does: what Azure tells of an instance that is not
    upgraded yet is when it was made, which an upgrade does not move; when its last operation ended, which may have been
    one without a start; and of its power nothing but the state. What is known of the upgraded is told all the same. The
    guest itself knows better: a gate may ask it, and be compared.
    """
    took = [situation.progress.took[one] for one in both.upgraded if one in situation.progress.took]
    former = situation.progress.former
    if former is not None and former.rollout:
        return Trait(
            name=BOOT,
            upgraded=[round(one.at_least, 1) for one in took],
            rest=[round(one, 1) for one in _of(both.rest, former.took)],
            allowance=ALLOWANCE,
            detail=(
                "seconds from the request until healthy, upgrade against upgrade: the others when "
                f"{former.rollout} upgraded them; up to {ALLOWANCE:g} times as long is no worse"
            ),
        )
    known = (
        f"the upgraded took {median(one.at_most for one in took):.0f} s from the request until they were healthy; "
        if took
        else ""
    )
    why = "Azure does not tell when the others were last started" + (f", and {former.why}" if former else "")
    return Trait(name=BOOT, upgraded=(), rest=(), unknown=f"{known}{why}")


def of_gate(gate: ComparedGate, both: Sides, numbers: Numbers) -> Trait:
    """What a gate has just answered for each that was asked about; who has no number is left out."""
    return Trait(name=gate.gate, upgraded=_of(both.upgraded, numbers), rest=_of(both.rest, numbers), worse=gate.worse)


def _of(side: Collection[InstanceId], numbers: Numbers) -> tuple[float, ...]:
    return tuple(numbers[one] for one in side if one in numbers)
