"""What the next upgrade is expected to take: what nine in ten of this run took, and a stated guess before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from rollset.core.ahead.forecast import SPREAD_PRIOR
from rollset.core.outside.hooks import AROUND, Hook
from rollset.core.pace import Job
from rollset.core.progress import Progress

PRIOR_SECONDS = {"linux": (90.0, 180.0), "windows": (300.0, 600.0)}
"""What an upgrade is taken to need before any has ended, by operating system. Azure publishes no figure."""

PRIOR_SECONDS_ANY = (90.0, 600.0)

SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`upgrade` seconds until it is on the image and healthy, then `bake` seconds; drawn from `measured` upgrades.

    Of the guess before any has ended, `hooks` seconds are what those around an upgrade may take at most.
    """

    upgrade: float
    bake: float
    measured: int
    hooks: float = 0.0

    @property
    def seconds(self) -> float:
        return self.upgrade + self.bake

    def __str__(self) -> str:
        known = f"by {self.measured} of this run" if self.measured else "as long as none of this run has ended"
        known += f" and its hooks may take {_minutes(self.hooks)} of that" if self.hooks else ""
        baking = f" and {_minutes(self.bake)} to bake" if self.bake else ""
        return f"{_minutes(self.upgrade)} for an upgrade, {known}{baking}"


def expected(progress: Progress, os_type: str | None, job: Job) -> Expected:
    """What it takes from the choice until an instance holds its place no more.

    Few that have ended may all have been quick ones, so they are widened as those of a forecast are.
    """
    bake = job.pace.bake_seconds
    took = sorted(one.at_most for one in progress.took.values())
    if took:
        upgrade = took[ceil(SHARE * len(took)) - 1] * (1 + SPREAD_PRIOR / len(took) ** 0.5)
        return Expected(upgrade=upgrade, bake=bake, measured=len(took))
    _, longest = PRIOR_SECONDS.get((os_type or "").lower(), PRIOR_SECONDS_ANY)
    hooks = _at_most(job.hooks)
    return Expected(upgrade=longest * (1 + SPREAD_PRIOR) + hooks, bake=bake, measured=0, hooks=hooks)


def _at_most(hooks: Iterable[Hook]) -> float:
    """Those around an upgrade come one after another; those of the instances of a batch are called together."""
    return sum(one.deadline_seconds for one in hooks if one.moment in AROUND)


def _minutes(seconds: float) -> str:
    return f"{ceil(seconds / 60)} min"
