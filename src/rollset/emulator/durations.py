"""How long things take: drawn from a seeded distribution, the same for the same question in any order."""

import math
from dataclasses import dataclass
from random import Random

from rollset.emulator import choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """A spread of durations around a median, cut off at both ends.

    >>> Durations(median=420, spread=0.0).draw("seed", "rg/web", 3)
    420.0
    """

    median: float
    spread: float = choices.UPGRADE_SPREAD
    shortest: float = choices.UPGRADE_SHORTEST
    longest: float = choices.UPGRADE_LONGEST

    def draw(self, *key: object) -> float:
        """The duration for `key`, in seconds to three places; another key gives an independent draw."""
        noise = Random("/".join(str(part) for part in key)).gauss(0.0, self.spread)  # noqa: S311  Repeatable, and keeps no secret.
        factor = min(self.longest, max(self.shortest, math.exp(noise)))
        return round(self.median * factor, 3)


WINDOWS_UPGRADE = Durations(median=choices.UPGRADE_MEDIAN_WINDOWS)
LINUX_UPGRADE = Durations(median=choices.UPGRADE_MEDIAN_LINUX)
WINDOWS_CREATE = Durations(median=choices.CREATE_SECONDS_WINDOWS, spread=choices.CREATE_SPREAD)
LINUX_CREATE = Durations(median=choices.CREATE_SECONDS_LINUX, spread=choices.CREATE_SPREAD)
