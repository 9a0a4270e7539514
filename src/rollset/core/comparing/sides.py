"""When a rollout compares the instances that it has upgraded with the rest, who is on which side, and what is compared.

Who bakes has not shown yet what it is worth, and is on no side. That goes by the moment when it was first seen on the
new image: one that flaps bakes for ever. Those that were ill before their upgrade are on no side either: they go first,
so the upgraded would have more than their share of machines that fall ill on any image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rollset.core.comparing.compare import Compare, Comparison, compared
from rollset.core.comparing.traits import Numbers, Sides, traits
from rollset.core.fleet import Power
from rollset.core.ids import InstanceId, natural
from rollset.core.image import same_image
from rollset.core.outside.gates import Gate
from rollset.core.progress import sights_of
from rollset.core.situation import Situation
from rollset.core.standing import OUTDATED, Standing

REST = frozenset({*OUTDATED, Standing.HELD})

ASKED_MAX = 40
"""Of so many on each side at most is a gate asked: more would find smaller differences, and cost more questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A gate whose number is wanted of an instance; only what was measured after `since` tells of its image."""

    gate: Gate
    instance: InstanceId
    since: float


def is_due(situation: Situation) -> bool:
    """Whether a look at all instances is worth a comparison now."""
    policy = situation.job.compare
    return policy is not None and _stage(situation, policy, sides(situation)) > 0


def to_measure(situation: Situation) -> tuple[Measure, ...]:
    """Whose numbers are wanted for the comparison that is due; both sides in turns, so that both are asked together."""
    policy = situation.job.compare
    if policy is None or not policy.gates:
        return ()
    both, shown = sides(situation), situation.progress.flaps.shown
    # Turn by turn: each side's at the same place in its own line.
    some = [(place, one) for side in (both.upgraded, both.rest) for place, one in enumerate(_spread(side))]
    wanted = {one.gate for one in policy.gates}
    return tuple(
        Measure(gate=gate, instance=one, since=shown.get(one, 0.0))
        for gate in situation.job.gates
        if gate.name in wanted
        for _, one in sorted(some, key=lambda each: each[0])
    )


def comparison(situation: Situation, measured: Mapping[str, Numbers] | None = None) -> Comparison | None:
    """What comes of it, where one is due; the fleet of the situation must have been looked at as a whole.

    `measured` has the numbers of the gates that are compared, by gate.
    """
    policy = situation.job.compare
    if policy is None:
        return None
    both = sides(situation)
    stage = _stage(situation, policy, both)
    return compared(policy, stage, tuple(traits(situation, both, measured or {}))) if stage else None


def sides(situation: Situation) -> Sides:
    """The upgraded of this run, and those that are not on the image yet and run, chosen or not."""
    progress, fleet, gone = situation.progress, situation.fleet, situation.progress.surge.gone
    sights = sights_of(fleet, situation.job, progress)
    shown_by = situation.now - situation.job.pace.bake_seconds
    return Sides(
        upgraded=tuple(
            one
            for one, since in progress.flaps.shown.items()
            if since <= shown_by
            and one in fleet.by_id
            and one not in progress.asked
            and one not in gone
            and one not in progress.flaps.restless
        ),
        rest=tuple(
            one.id
            for one in fleet.instances
            if situation.standings[one.id] in REST
            and one.power is Power.RUNNING
            and one.id not in gone
            and not sights[one.id].on_target
        ),
        failed=tuple(
            one
            for one in situation.failed
            if (seen := fleet.by_id.get(one)) is not None
            and seen.power is Power.RUNNING
            and same_image(seen.image, situation.job.image)
            and one not in progress.flaps.shown
            and one not in gone
        ),
    )


def _spread(side: tuple[InstanceId, ...]) -> tuple[InstanceId, ...]:
    """So many of them as are asked about, from everywhere in the set alike."""
    line = sorted(side, key=natural)
    many = min(len(line), ASKED_MAX)
    return tuple(line[place * len(line) // many] for place in range(many))


def _stage(situation: Situation, policy: Compare, both: Sides) -> int:
    """Which comparison is to be made now; 0 where none is."""
    stage = policy.stage(len(both.upgraded))
    made = max((one.stage for one in situation.progress.compared), default=0)
    return stage if stage > made and len(both.rest) >= policy.min_instances else 0
