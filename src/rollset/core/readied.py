"""Instances that are ready to be upgraded, held against a fresh view: while hooks ran for them, time has passed.

They hold their places in the budget since they were chosen; what is asked here is only whether each is still what was
chosen. What others have taken out meanwhile does not keep a drained instance waiting: it serves nobody as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId
from rollset.core.pace import Job
from rollset.core.progress import Progress, sights_of
from rollset.core.standing import OUTDATED, Standing, standing

PROTECTED = "it was protected from scale set actions while its hooks ran"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readied:
    """Who goes; who is given back, because it is gone or was stopped; who is parked, and why."""

    go: tuple[InstanceId, ...]
    given_back: tuple[InstanceId, ...]
    parked: Mapping[InstanceId, str]


def readied(
    fleet: Fleet, job: Job, progress: Progress, instances: Collection[InstanceId], *, reimage: bool = False
) -> Readied:
    """Whoever is on the image by now, or on the way to it, is in none of the three: it is waited for as ever.

    Who is to be reimaged is on the image, and not well there.
    """
    due = (*OUTDATED, Standing.SETTLING) if reimage else OUTDATED
    sights = sights_of(fleet, job, progress)
    stands = {one: standing(replace(sights[one], asked=False)) for one in instances if one in sights}
    gone = (None, Standing.LEAVING, Standing.PARKED)
    return Readied(
        go=tuple(one for one in instances if stands.get(one) in due),
        given_back=tuple(one for one in instances if stands.get(one) in gone),
        parked={one: PROTECTED for one, state in stands.items() if state is Standing.HELD},
    )
