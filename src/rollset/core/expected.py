"""What the next upgrade is expected to take: what nine in ten of this run took, and a stated guess before."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from rollset.core.forecast import SPREAD_PRIOR
from rollset.core.progress import Progress

PRIOR_SECONDS = {"linux": (90.0, 180.0), "windows": (300.0, 600.0)}
"""What an upgrade is taken to need before any has ended, by operating system. Azure publishes no figure."""

PRIOR_SECONDS_ANY = (90.0, 600.0)

SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`upgrade` seconds until it is on the image and healthy, then `bake` seconds; drawn from `measured` upgrades."""

    upgrade: float
    bake: float
    measured: int

    @property
    def seconds(self) -> float:
        return self.upgrade + self.bake

    def __str__(self) -> str:
        known = f"by {self.measured} of this run" if self.measured else "as long as none of this run has ended"
        baking = f" and {_minutes(self.bake)} to bake" if self.bake else ""
        return f"{_minutes(self.upgrade)} for an upgrade, {known}{baking}"


def expected(progress: Progress, os_type: str | None, bake_seconds: float) -> Expected:
    """What it takes from the request until an instance holds its place no more.

    Few that have ended may all have been quick ones, so they are widened as those of a forecast are.
    """
    took = sorted(one.at_most for one in progress.took.values())
    if took:
        upgrade = took[ceil(SHARE * len(took)) - 1] * (1 + SPREAD_PRIOR / len(took) ** 0.5)
    else:
        _, longest = PRIOR_SECONDS.get((os_type or "").lower(), PRIOR_SECONDS_ANY)
        upgrade = longest * (1 + SPREAD_PRIOR)
    return Expected(upgrade=upgrade, bake=bake_seconds, measured=len(took))


def _minutes(seconds: float) -> str:
    return f"{ceil(seconds / 60)} min"
