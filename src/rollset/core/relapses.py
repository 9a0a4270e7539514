"""Relapses: an upgraded instance that falls ill before it has baked. It may do so once, for a rollout has to end.

Who falls ill bakes anew when it is well again. Whoever does so faster than it bakes never has baked: nobody follows it,
and nobody would be told. So a *spell* counts from the moment when it was first well on the image, or, had it baked by
then, from when it fell ill; in that time it has to bake:

    spell = bake + health deadline

    bake 120 s, health deadline 600 s, well at 0
    ill at 119, well at 718                 it bakes until 838: whoever is well when the spell is over may finish
    ill at 30, 90, 150, ..., 690, 750       at 750 it has failed: ill after more than 720 s
    ill at 30, 9000 (nobody looked)         it bakes: falling ill once is always put up with

It has baked when it is seen well after a bake in which it was never seen ill.

Without a bake nobody is waited for to stay well, and a fleet that is never well as a whole would hold a rollout for
ever all the same. So whoever falls ill then has a spell too, in which it has to stay well for a health deadline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId
from rollset.core.pace import Job
from rollset.core.standing import OUTDATED, Standing

ILL = frozenset({Standing.SETTLING, Standing.MOVING})
"""These are waited for. Whom others stop, or delete, nobody waits for."""

RELAPSES_MAX = 1
"""Who falls ill so often has done so within bake and health deadline, or the health deadline has ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Since when an upgraded instance has had to bake, for how long, and how often it has fallen ill since."""

    since: float
    bake: float
    relapses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """For how long whoever was upgraded must be well without a break; where nobody `waits`, only who fell must."""

    seconds: float
    waits: bool


def bake_of(fleet: Fleet, job: Job, standings: Mapping[InstanceId, Standing]) -> Bake:
    """The last bake comes when nobody else is to go."""
    to_go = any(standings[one.id] in OUTDATED and job.selection.matches(one) for one in fleet.instances)
    seconds = job.pace.bake_seconds if to_go else job.pace.bake_longest
    return Bake(seconds=seconds or job.deadlines.health, waits=seconds > 0)


def spells_after(
    spells: Mapping[InstanceId, Spell],
    upgraded: Mapping[InstanceId, Standing],
    was_well: Mapping[InstanceId, float],
    bake: Bake,
    now: float,
) -> dict[InstanceId, Spell]:
    """The same after one more look, in which the upgraded stood like this; `was_well` are since when they had been."""
    here: dict[InstanceId, Spell] = {}
    for one, stands in upgraded.items():
        well_since, known = was_well.get(one), spells.get(one)
        if known is not None and bake.seconds < known.bake:
            known = None  # It may have been well for that long.
        spell = Spell(since=now, bake=bake.seconds) if known is None else replace(known, bake=bake.seconds)
        if stands in ILL:
            fell = known is None or well_since is not None
            here[one] = replace(spell, relapses=spell.relapses + 1) if fell else spell
        elif stands is Standing.PROVEN and _goes_on(known, well_since, bake, now):
            here[one] = spell
    return here


def _goes_on(known: Spell | None, well_since: float | None, bake: Bake, now: float) -> bool:
    """Whether whoever is well has to stay so: after a fall, or where that is waited for since it came up."""
    if known is None:
        return bake.waits and well_since is None
    return well_since is None or now < well_since + bake.seconds


def overdue(
    spells: Mapping[InstanceId, Spell], ill: Collection[InstanceId], job: Job, now: float
) -> Iterator[tuple[InstanceId, str]]:
    """Who has failed for that, and what is said of it."""
    for one, spell in spells.items():
        seconds = spell.bake + job.deadlines.health
        if one in ill and spell.relapses > RELAPSES_MAX and now - spell.since > seconds:
            aim = f"to stay well for {spell.bake:.0f} s without a break"
            yield one, f"it had {seconds:.0f} s {aim}, and fell ill {spell.relapses} times"
