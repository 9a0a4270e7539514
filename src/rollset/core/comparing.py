"""When a rollout compares the instances that it has upgraded with the rest, who is on which side, and what is compared.

Who bakes has not shown yet what it is worth, and is on no side. That goes by the moment when it was first seen on the
new image: one that flaps bakes for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.compare import Compare, Comparison, Trait, compared
from rollset.core.fleet import Power
from rollset.core.ids import InstanceId
from rollset.core.progress import sights_of
from rollset.core.situation import OUTDATED, Situation
from rollset.core.standing import Standing

REST = frozenset({*OUTDATED, Standing.HELD})
FLAPPING = "flapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who is compared with whom."""

    upgraded: tuple[InstanceId, ...]
    rest: tuple[InstanceId, ...]


def is_due(situation: Situation) -> bool:
    """Whether a look at all instances is worth a comparison now."""
    policy = situation.job.compare
    return policy is not None and _stage(situation, policy, sides(situation)) > 0


def comparison(situation: Situation) -> Comparison | None:
    """What comes of it, where one is due; the fleet of the situation must have been looked at as a whole."""
    policy = situation.job.compare
    if policy is None:
        return None
    both = sides(situation)
    stage = _stage(situation, policy, both)
    if stage == 0:
        return None
    found = compared(policy, traits(situation), both.upgraded, both.rest)
    return Comparison(stage=stage, differences=tuple(found))


def sides(situation: Situation) -> Sides:
    """The upgraded of this run, and those that are not on the image yet and run, chosen or not."""
    progress, fleet, gone = situation.progress, situation.fleet, situation.progress.surge.gone
    sights = sights_of(fleet, situation.job, progress)
    shown_by = situation.now - situation.job.pace.bake_seconds
    return Sides(
        upgraded=tuple(
            one
            for one, since in progress.flaps.shown.items()
            if since <= shown_by and one in fleet.by_id and one not in progress.asked and one not in gone
        ),
        rest=tuple(
            one.id
            for one in fleet.instances
            if situation.standings[one.id] in REST
            and one.power is Power.RUNNING
            and one.id not in gone
            and not sights[one.id].on_target
        ),
    )


def traits(situation: Situation) -> tuple[Trait, ...]:
    """All that is known of every instance without asking anybody; who has no health at all cannot flap."""
    counts = situation.progress.flaps.counts
    judged = [one.id for one in situation.fleet.instances if one.health is not None]
    return (Trait(name=FLAPPING, numbers={one: float(counts.get(one, 0)) for one in judged}),)


def _stage(situation: Situation, policy: Compare, both: Sides) -> int:
    """Which comparison is to be made now; 0 where none is."""
    stage = policy.stage(len(both.upgraded))
    made = max((one.stage for one in situation.progress.compared), default=0)
    return stage if stage > made and len(both.rest) >= policy.min_instances else 0
