"""Freezes: stretches of the calendar in which nothing starts, whatever window is open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from rollset.core.errors import UsageError
from rollset.core.when.zones import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """From `begins` until `ends`, as the clocks of `zone` show them: `2026-12-18T18:00`."""

    begins: str
    ends: str
    zone: str
    name: str | None = None
    reason: str | None = None

    @classmethod
    def checked(cls, *, begins: str, ends: str, zone: str, name: str | None = None, reason: str | None = None) -> Self:
        """The freeze. A date without a time means all of that day, also as the end.

        Raises:
            UsageError: there is no such time zone or moment, or it ends before it begins.
        """
        zone_of(zone)
        first, last = _wall_clock(begins, day_after=False), _wall_clock(ends, day_after=True)
        if last <= first:
            raise UsageError(f"a freeze from {begins} until {ends} ends before it begins; swap them")
        return cls(
            begins=first.isoformat(timespec="minutes"),
            ends=last.isoformat(timespec="minutes"),
            zone=zone,
            name=name,
            reason=reason,
        )

    @classmethod
    def of_day(cls, day: str, *, zone: str, name: str | None = None, reason: str | None = None) -> Self:
        """One day, from midnight to midnight.

        Raises:
            UsageError: there is no such time zone or day.
        """
        return cls.checked(begins=day, ends=day, zone=zone, name=name, reason=reason)

    @property
    def called(self) -> str:
        """How sentences name it."""
        words = f"freeze {self.name}" if self.name else f"the freeze from {self.begins} until {self.ends}"
        return words + (f" ({self.reason})" if self.reason else "")

    @property
    def begins_at(self) -> float:
        """Where the clocks show that moment twice, or jump over it, the freeze is the longer for it."""
        return min(_moments(self.begins, self.zone))

    @property
    def ends_at(self) -> float:
        return max(_moments(self.ends, self.zone))


def check_moment(text: str) -> None:
    """Reads a date, or a moment by the clocks of some zone.

    Raises:
        UsageError: it is neither.
    """
    _wall_clock(text, day_after=False)


_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-].*)?)?")
"""Python reads more than that, such as weeks, which few would recognise."""


def _wall_clock(text: str, *, day_after: bool) -> datetime:
    try:
        moment = _moment(text, day_after=day_after)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"cannot read {text!r} as a moment; write it such as 2026-12-18, or 2026-12-18T18:00"
        ) from error
    if moment.tzinfo is not None:
        raise UsageError(f"{text!r} has an offset of its own; leave it out, for the time zone stands beside it")
    return moment


def _moment(text: str, *, day_after: bool) -> datetime:
    if _FORM.fullmatch(text) is None:
        raise ValueError(text)
    if len(text) == len("2026-12-18"):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=day_after), datetime.min.time())
    return datetime.fromisoformat(text)


def _moments(wall_clock: str, zone: str) -> tuple[float, float]:
    moment = datetime.fromisoformat(wall_clock)
    return tuple(moment.replace(tzinfo=zone_of(zone), fold=fold).timestamp() for fold in (0, 1))  # type: ignore[return-value]
