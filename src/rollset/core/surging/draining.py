"""Who is drained before a surge deletes it, and who is deleted after it: time has passed, so all is asked again.

An old instance that was drained and is not deleted is parked: nobody knows whether it serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollset.core.ids import InstanceId
from rollset.core.progress import sights_of
from rollset.core.readied import readied
from rollset.core.situation import Situation

NOT_REPLACED = "its hooks ran, and then no new instance served in its place any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Who is deleted; and who is not, and why."""

    go: tuple[InstanceId, ...]
    parked: Mapping[InstanceId, str]


def to_drain(situation: Situation, instances: Sequence[InstanceId]) -> tuple[InstanceId, ...]:
    """Those that may serve: a new instance that never served, or does not now, has nothing to be drained of."""
    ours, served = situation.progress.surge.standing_in, situation.progress.took
    sights = sights_of(situation.fleet, situation.job, situation.progress)
    serving = {one for one in served if one in sights and sights[one].in_service}
    return tuple(one for one in instances if one not in ours or one in serving)


def drained(situation: Situation, instances: Sequence[InstanceId]) -> Drained:
    """Old ones whose hooks have run, in a fresh view: as many go as have another in their place still.

    Whoever is gone by now, or was brought onto the image by others, is in neither.
    """
    now = readied(situation.fleet, situation.job, situation.progress, instances)
    go, left = now.go[: situation.ready], now.go[situation.ready :]
    return Drained(go=go, parked={**now.parked, **dict.fromkeys(left, NOT_REPLACED)})
