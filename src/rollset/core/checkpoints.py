"""Checkpoints: shares of the chosen instances beyond which nothing goes until they open.

A share counts the chosen instances that exist now, rounded down and never below one; those found on the image count as
well as those upgraded by this run, for what matters is how much of the service runs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.pace import Checkpoint
from rollset.core.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A checkpoint in numbers: `instances` of the `chosen` may be on the image or on their way to it."""

    number: int
    checkpoint: Checkpoint
    instances: int
    chosen: int

    def __str__(self) -> str:
        return f"checkpoint {self.number} ({self.checkpoint}, {self.instances} of {self.chosen})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The next threshold that has not opened."""

    threshold: Threshold
    room: int
    """How many more may be sent off before it."""
    reached: bool
    """So many are on the image, and nothing is on its way any more: all are proven, but for failed ones put up with."""
    opens_at: float | None
    """When it opens by itself, if it was reached by now at the latest; `None` if only an approval opens it."""


def thresholds(situation: Situation) -> tuple[Threshold, ...]:
    """Every checkpoint of the job, numbered from 1, held against the fleet as it is now."""
    chosen = situation.size
    return tuple(
        Threshold(number=number, checkpoint=one, instances=one.share.of(chosen), chosen=chosen)
        for number, one in enumerate(situation.job.pace.checkpoints, start=1)
    )


def shut(situation: Situation, now: float) -> list[Threshold]:
    """Those that have not opened, the nearest first.

    A set that grows may put a share beyond a number that was larger: the nearest holds, whatever its number.
    """
    closed = (threshold for threshold in thresholds(situation) if not _open(threshold, situation, now))
    return sorted(closed, key=lambda one: (one.instances, one.number))


def next_closed(situation: Situation, now: float) -> Closed | None:
    """What holds next, if anything does; `situation` is that at `now`."""
    ahead = shut(situation, now)
    if not ahead:
        return None
    threshold = ahead[0]
    return Closed(
        threshold=threshold,
        room=max(0, threshold.instances - situation.going),
        reached=situation.going >= threshold.instances and not situation.awaited,
        opens_at=_opens_at(threshold, situation, now),
    )


def _open(threshold: Threshold, situation: Situation, now: float) -> bool:
    if threshold.number in situation.control.approved:
        return True
    opens_at = _opens_at(threshold, situation, now)
    return threshold.number in situation.progress.reached and opens_at is not None and opens_at <= now


def _opens_at(threshold: Threshold, situation: Situation, now: float) -> float | None:
    seconds = threshold.checkpoint.wait_seconds
    return None if seconds is None else situation.progress.reached.get(threshold.number, now) + seconds
