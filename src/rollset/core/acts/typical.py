"""How long an action takes until who was taken out serves again: measured where that is known, else a guess.

Azure publishes no figures. The guesses for an upgrade and a reimage are those that estimates of rollouts begin with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from rollset.core.acts.act import Action
from rollset.core.ahead.expected import PRIOR_SECONDS, PRIOR_SECONDS_ANY

SHARE = 0.9
"""Of the times measured, the one that nine in ten did not exceed."""

MINUTES_FROM_SECONDS = 120
"""Shorter times are told in seconds."""

GUESS = "as a rule; Azure publishes no figure"

POWER_SECONDS: Mapping[Action, Mapping[str, float]] = {
    Action.START: {"linux": 90.0, "windows": 180.0},
    Action.RESTART: {"linux": 90.0, "windows": 180.0},
    Action.REDEPLOY: {"linux": 300.0, "windows": 600.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasts:
    """So many seconds, and where that is known from."""

    seconds: float
    source: str

    def __str__(self) -> str:
        return f"about {spoken_time(self.seconds)}"


def lasts(action: Action, os_type: str | None, took: Sequence[float] = ()) -> Lasts:
    """`took` is how long the same action took before on this set."""
    if took:
        ordered = sorted(took)
        times = "time" if len(took) == 1 else f"{len(took)} times"
        return Lasts(seconds=ordered[ceil(SHARE * len(ordered)) - 1], source=f"measured the last {times} on this set")
    system = (os_type or "").lower()
    if action in POWER_SECONDS:
        known = POWER_SECONDS[action]
        return Lasts(seconds=known.get(system, max(known.values())), source=GUESS)
    _, longest = PRIOR_SECONDS.get(system, PRIOR_SECONDS_ANY)
    return Lasts(seconds=longest, source=GUESS)


def spoken_time(seconds: float) -> str:
    """As people say it: `40 seconds`, `5 minutes`.

    >>> [spoken_time(seconds) for seconds in (38, 120, 290, 5400)]
    ['40 seconds', '2 minutes', '5 minutes', '90 minutes']
    """
    if seconds < MINUTES_FROM_SECONDS:
        return f"{10 * max(1, ceil(seconds / 10))} seconds"
    return f"{ceil(seconds / 60)} minutes"
