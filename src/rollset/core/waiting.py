"""Waits, and what is said of those that somebody waits for."""

from __future__ import annotations

from collections.abc import Collection

from rollset.core.decision import Wait
from rollset.core.ids import InstanceId, together
from rollset.core.progress import Failure
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation


def barrier(situation: Situation, reason: str, waited_for: Collection[InstanceId] = ()) -> Wait:
    """A wait for all of them; where all that is left is to bake, it lasts until the last has."""
    ends = [situation.baking.get(one) for one in waited_for or situation.awaited]
    known = [end for end in ends if end is not None]
    return Wait(reason=reason, instances=situation.awaited, until=max(known) if len(known) == len(ends) else None)


def spoken_awaited(situation: Situation, aim: str = "") -> str:
    words = [f"{spoken_ids(situation.unsettled)}{aim}"] if situation.unsettled else []
    baking = [one for one in situation.baking if one not in situation.failed]
    words += [f"{spoken_ids(baking)} to bake"] if baking else []
    return " and ".join(words)


def spoken_failure(failure: Failure) -> str:
    return f"instance {failure.instance} failed: {failure.error}"


def spoken_parked(situation: Situation) -> str:
    """Who was parked and why; those of the same reason together."""
    reasons = together(situation.ever_parked.items())
    return "; ".join(f"instance {spoken_ids(ids)} parked: {why}" for why, ids in reasons.items())
