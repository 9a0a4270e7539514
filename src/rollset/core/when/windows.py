"""Maintenance windows: when batches may start. Each opens by a cron expression in a time zone, and lasts for a time.

Where clocks change, a window opens as cron would: at a time that never comes, it opens when the clocks have jumped; at
one that comes twice, the first time. Cron expressions that are finer than an hour (`*` for the minute or the hour)
follow the clocks through both. However they change while a window is open, it lasts as long as it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cronsim import CronSim, CronSimError

from rollset.core.errors import UsageError
from rollset.core.when.zones import zone_of

WINDOW_SECONDS_MIN = 300.0
"""A shorter one holds no upgrade of an instance."""

WINDOW_SECONDS_MAX = 30 * 24 * 3600.0

CRON_FIELDS = 5

REPEATED_SECONDS_MAX = 3 * 3600.0
"""No hour that comes twice is repeated later than so; cron itself heeds no larger change of the clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Opens when the clocks of `zone` match `cron`, and stays open for `seconds`."""

    cron: str
    seconds: float
    zone: str
    name: str | None = None

    @classmethod
    def checked(cls, *, cron: str, seconds: float, zone: str, name: str | None = None) -> Self:
        """The window.

        Raises:
            UsageError: there is no such time zone, no such time, or it is open for too short or too long.
        """
        zone_of(zone)
        check_cron(cron)
        check_length(seconds)
        return cls(cron=" ".join(cron.split()), seconds=seconds, zone=zone, name=name)

    @property
    def called(self) -> str:
        """How sentences name it."""
        return f"window {self.name}" if self.name else f"window '{self.cron}'"

    def opened(self, at: float) -> float | None:
        """When it opened for the last time, `at` included; perhaps it has closed since."""
        local = datetime.fromtimestamp(at, zone_of(self.zone))
        # In an hour that comes twice, what the wall clock showed later may have been earlier.
        since = at + (REPEATED_SECONDS_MAX if local.fold else 0.0) + 1.0
        openings = CronSim(self.cron, datetime.fromtimestamp(since, zone_of(self.zone)), reverse=True)
        return next((moment for one in openings if (moment := one.timestamp()) <= at), None)

    def opens_after(self, at: float) -> float | None:
        """When it opens next, `at` excluded; `None` if it never does."""
        openings = CronSim(self.cron, datetime.fromtimestamp(at, zone_of(self.zone)))
        return next((moment for one in openings if (moment := one.timestamp()) > at), None)


def check_cron(cron: str) -> None:
    """Reads a cron expression.

    Raises:
        UsageError: it is none.
    """
    fields = cron.split()
    if len(fields) != CRON_FIELDS:
        raise UsageError(
            f"cannot read {cron!r} as the time when a window opens: it has "
            f"{len(fields)} field{'' if len(fields) == 1 else 's'} and not {CRON_FIELDS}; "
            "write it as cron does, minute hour day month weekday, such as '0 22 * * 1-5'"
        )
    try:
        CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 (any moment will do)
    except CronSimError as error:
        fault = str(error).lower().replace("bad ", "the ", 1)
        raise UsageError(
            f"cannot read {cron!r} as the time when a window opens: {fault} cannot be read; write it as cron does, "
            "minute hour day month weekday, such as '0 22 * * 1-5'"
        ) from error


def check_length(seconds: float) -> None:
    """Looks at how long a window is open.

    Raises:
        UsageError: too short, or too long.
    """
    if not WINDOW_SECONDS_MIN <= seconds <= WINDOW_SECONDS_MAX:
        raise UsageError(
            f"a window that is open for {seconds:.0f} s is of no use; give it {WINDOW_SECONDS_MIN / 60:.0f} minutes to "
            f"{WINDOW_SECONDS_MAX / 86400:.0f} days"
        )
