"""`rollingUpgradePolicy` of a scale set, as far as rollset writes it: the policy of Azure's own rolling upgrade."""

from __future__ import annotations

import re
from dataclasses import dataclass

PERCENT_MIN = 5
"""The smallest batch, and the smallest limit of unhealthy instances, that Azure takes (azure-mgmt-compute)."""

_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,6})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9}(?:\.\d+)?)S)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingPolicy:
    """Azure's defaults stand for what a set leaves out. `pause` is an ISO 8601 duration, as Azure writes it.

    `unhealthy_percent` is of all instances, `unhealthy_upgraded_percent` of those that the run has upgraded. `surge`
    makes new instances instead of upgrading the old ones.
    """

    batch_percent: int = 20
    unhealthy_percent: int = 20
    unhealthy_upgraded_percent: int = 20
    pause: str = "PT0S"
    across_zones: bool = False
    surge: bool = False

    @property
    def pause_seconds(self) -> float | None:
        """The pause in seconds; `None` where it is no duration that we know."""
        found = _DURATION.fullmatch(self.pause.strip().upper())
        if found is None:
            return None
        days, hours, minutes, seconds = (float(found[part] or 0) for part in ("days", "hours", "minutes", "seconds"))
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def same_as(self, other: RollingPolicy) -> bool:
        """Whether both say the same; a minute may be written in two ways."""
        return self._plain() == other._plain()

    def _plain(self) -> tuple[object, ...]:
        pause = self.pause_seconds
        limits = (self.batch_percent, self.unhealthy_percent, self.unhealthy_upgraded_percent)
        return (*limits, self.pause if pause is None else pause, self.across_zones, self.surge)

    def __str__(self) -> str:
        words = f"batches of {self.batch_percent}%, at most {self.unhealthy_percent}% of all and "
        words += f"{self.unhealthy_upgraded_percent}% of the upgraded unhealthy, pause {self.pause}"
        return words + (", across zones" if self.across_zones else "") + (", with surge" if self.surge else "")


def duration(seconds: float) -> str:
    """So many seconds as Azure reads them.

    >>> duration(5400), duration(0)
    ('PT1H30M', 'PT0S')
    """
    whole = round(seconds)
    parts = ((whole // 3600, "H"), (whole % 3600 // 60, "M"), (whole % 60, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")
