"""Checkpoints: shares of the chosen instances beyond which nothing goes until they open.

A share counts the chosen instances that exist now, rounded down and never below one; those found on the image count as
well as those upgraded by this run, for what matters is how much of the service runs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.pace import Checkpoint
from rollset.core.situation import UNSETTLED, Situation
from rollset.core.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A checkpoint that is closed now: no upgrade may bring more than `threshold` of `chosen` onto the image."""

    number: int
    checkpoint: Checkpoint
    threshold: int
    chosen: int
    going: int
    """How many of the chosen are on the image already, or on their way."""
    reached: bool
    """So many are proven, and nothing is on its way any more."""
    opens_at: float | None
    """When it opens by itself, if it was reached by now at the latest; `None` if only an approval opens it."""

    @property
    def room(self) -> int:
        """How many more may be sent off before it."""
        return max(0, self.threshold - self.going)

    def __str__(self) -> str:
        return f"checkpoint {self.number} ({self.checkpoint}, {self.threshold} of {self.chosen})"


def next_closed(situation: Situation, now: float) -> Closed | None:
    """The first checkpoint on the way that has not opened, if any; `situation` is that at `now`."""
    reached_at, approved = situation.progress.reached, situation.control.approved
    stands = [situation.standings[one.id] for one in situation.chosen]
    proven = stands.count(Standing.PROVEN)
    closed: list[Closed] = []
    for number, one in enumerate(situation.job.pace.checkpoints, start=1):
        opens_at = None if one.wait_seconds is None else reached_at.get(number, now) + one.wait_seconds
        if number in approved or (number in reached_at and opens_at is not None and opens_at <= now):
            continue
        threshold = one.share.of(len(stands))
        closed.append(
            Closed(
                number=number,
                checkpoint=one,
                threshold=threshold,
                chosen=len(stands),
                going=proven + sum(stand in UNSETTLED for stand in stands),
                reached=proven >= threshold and not situation.awaited,
                opens_at=opens_at,
            )
        )
    return min(closed, key=lambda one: (one.threshold, one.number), default=None)
