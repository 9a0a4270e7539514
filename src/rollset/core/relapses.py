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


def bake_of(fleet: Fleet, job: Job, standings: Mapping[InstanceId, Standing]) -> float:
    """For how long whoever was upgraded must be well without a break; the last bake comes when nobody else is to go."""
    to_go = any(standings[one.id] in OUTDATED and job.selection.matches(one) for one in fleet.instances)
    return job.pace.bake_seconds if to_go else job.pace.bake_longest


def spells_after(
    spells: Mapping[InstanceId, Spell],
    upgraded: Mapping[InstanceId, Standing],
    was_well: Mapping[InstanceId, float],
    bake: float,
    now: float,
) -> dict[InstanceId, Spell]:
    """The same after one more look, in which the upgraded stood like this; `was_well` are since when they had been."""
    if not bake:
        return {}
    here: dict[InstanceId, Spell] = {}
    for one, stands in upgraded.items():
        well_since, known = was_well.get(one), spells.get(one)
        spell = Spell(since=now, bake=bake) if known is None else replace(known, bake=bake)
        if stands in ILL:
            fell = known is None or well_since is not None
            here[one] = replace(spell, relapses=spell.relapses + 1) if fell else spell
        elif stands is Standing.PROVEN and (well_since is None or (known is not None and now < well_since + bake)):
            here[one] = spell
    return here


def overdue(
    spells: Mapping[InstanceId, Spell], ill: Collection[InstanceId], job: Job, now: float
) -> Iterator[tuple[InstanceId, str]]:
    """Who has failed for that, and what is said of it."""
    for one, spell in spells.items():
        seconds = spell.bake + job.deadlines.health
        if one in ill and spell.relapses > RELAPSES_MAX and now - spell.since > seconds:
            aim = f"to stay well for {spell.bake:.0f} s without a break"
            yield one, f"it had {seconds:.0f} s {aim}, and fell ill {spell.relapses} times"
