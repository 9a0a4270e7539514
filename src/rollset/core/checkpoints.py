"""Checkpoints: shares of the chosen instances beyond which nothing goes until they open.

A share counts the chosen instances that exist now, rounded down and never below one; those found on the image count as
well as those upgraded by this run, for what matters is how much of the service runs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.pace import Checkpoint
from rollset.core.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A checkpoint in numbers: `threshold` of the `chosen` instances may be on the image or on their way to it."""

    number: int
    checkpoint: Checkpoint
    threshold: int
    chosen: int

    def __str__(self) -> str:
        return f"checkpoint {self.number} ({self.checkpoint}, {self.threshold} of {self.chosen})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The next gate that has not opened."""

    gate: Gate
    room: int
    """How many more may be sent off before it."""
    reached: bool
    """So many are proven, and nothing is on its way any more."""
    opens_at: float | None
    """When it opens by itself, if it was reached by now at the latest; `None` if only an approval opens it."""


def gates(situation: Situation) -> tuple[Gate, ...]:
    """Every checkpoint of the job, numbered from 1, held against the fleet as it is now."""
    chosen = len(situation.chosen)
    return tuple(
        Gate(number=number, checkpoint=one, threshold=one.share.of(chosen), chosen=chosen)
        for number, one in enumerate(situation.job.pace.checkpoints, start=1)
    )


def shut(situation: Situation, now: float) -> list[Gate]:
    """Those that have not opened, the nearest first.

    A set that grows may put a share beyond a number that was larger: the nearest holds, whatever its number.
    """
    closed = (gate for gate in gates(situation) if not _open(gate, situation, now))
    return sorted(closed, key=lambda one: (one.threshold, one.number))


def next_closed(situation: Situation, now: float) -> Closed | None:
    """What holds next, if anything does; `situation` is that at `now`."""
    ahead = shut(situation, now)
    if not ahead:
        return None
    gate = ahead[0]
    return Closed(
        gate=gate,
        room=max(0, gate.threshold - situation.going),
        reached=situation.proven >= gate.threshold and not situation.awaited,
        opens_at=_opens_at(gate, situation, now),
    )


def _open(gate: Gate, situation: Situation, now: float) -> bool:
    if gate.number in situation.control.approved:
        return True
    opens_at = _opens_at(gate, situation, now)
    return gate.number in situation.progress.reached and opens_at is not None and opens_at <= now


def _opens_at(gate: Gate, situation: Situation, now: float) -> float | None:
    seconds = gate.checkpoint.wait_seconds
    return None if seconds is None else situation.progress.reached.get(gate.number, now) + seconds
