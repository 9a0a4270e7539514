"""When a profile of an autoscale setting is in force: between two dates, or from a time of some days of the week on.

A profile with dates outranks one that recurs, which outranks the one that has neither; one that recurs is in force
until another one that recurs begins. Azure documentation: "Autoscale with multiple profiles".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rollset.emulator.documents import Json, section
from rollset.emulator.refusal import invalid_value

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS, MINUTES = range(24), range(60)
# Azure names time zones as Windows does; these are the most used ones. IANA names are taken too.
TIME_ZONES = {
    "utc": "UTC",
    "pacific standard time": "America/Los_Angeles",
    "mountain standard time": "America/Denver",
    "central standard time": "America/Chicago",
    "eastern standard time": "America/New_York",
    "gmt standard time": "Europe/London",
    "romance standard time": "Europe/Paris",
    "w. europe standard time": "Europe/Berlin",
    "india standard time": "Asia/Kolkata",
    "china standard time": "Asia/Shanghai",
    "tokyo standard time": "Asia/Tokyo",
    "aus eastern standard time": "Australia/Sydney",
}


@dataclass(frozen=True, slots=True)
class Dates:
    """From one instant to another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Weekly:
    """At the same time of some days of the week."""

    zone: ZoneInfo
    days: frozenset[int]
    hour: int
    minute: int

    def last_start(self, now: datetime) -> datetime:
        """When it began last, at or before now."""
        local = now.astimezone(self.zone)
        for back in range(8):
            day = local - timedelta(days=back)
            start = day.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
            if start.weekday() in self.days and start <= local:
                return start
        raise AssertionError("a week has each of its days")


Calendar = Dates | Weekly


class Timed(Protocol):
    """What may be in force for some of the time."""

    @property
    def calendar(self) -> Calendar | None: ...


AnyTimed = TypeVar("AnyTimed", bound=Timed)


def in_force(profiles: Sequence[AnyTimed], at: float) -> AnyTimed | None:
    """The profile that counts at an instant; None between the dates of the only ones."""
    now = datetime.fromtimestamp(at, UTC)
    recurring: list[tuple[datetime, AnyTimed]] = []
    for profile in profiles:
        match profile.calendar:
            case Dates(start, end) if start <= now < end:
                return profile
            case Weekly() as weekly:
                recurring.append((weekly.last_start(now), profile))
            case _:
                pass
    if recurring:
        return max(recurring, key=lambda one: one[0])[1]
    return next((one for one in profiles if one.calendar is None), None)


def calendar_of(document: Json, path: str) -> Calendar | None:
    """The times of a profile, or None where it is for all of the time."""
    fixed, recurrence = section(document, "fixedDate"), section(document, "recurrence")
    if fixed:
        where = f"{path}.fixedDate"
        zone = _zone(fixed.get("timeZone", "UTC"), f"{where}.timeZone")
        start, end = (_instant(fixed.get(name), zone, f"{where}.{name}") for name in ("start", "end"))
        if end <= start:
            raise invalid_value(f"{where}.end", fixed.get("end"))
        return Dates(start, end)
    if recurrence:
        return _weekly(recurrence, f"{path}.recurrence")
    return None


def _weekly(recurrence: Json, path: str) -> Weekly:
    if str(recurrence.get("frequency")).lower() != "week":
        raise invalid_value(f"{path}.frequency", recurrence.get("frequency"))
    schedule, where = section(recurrence, "schedule"), f"{path}.schedule"
    days = schedule.get("days")
    names = [str(one).lower() for one in days] if isinstance(days, list) else []
    if not names or not set(names) <= set(DAYS):
        raise invalid_value(f"{where}.days", days)
    return Weekly(
        zone=_zone(schedule.get("timeZone", "UTC"), f"{where}.timeZone"),
        days=frozenset(DAYS.index(one) for one in names),
        hour=_only(schedule.get("hours"), HOURS, f"{where}.hours"),
        minute=_only(schedule.get("minutes"), MINUTES, f"{where}.minutes"),
    )


def _only(values: Any, allowed: range, path: str) -> int:
    """The one number of a list: Azure takes lists and only lists of one."""
    match values:
        case [int(value)] if value in allowed and not isinstance(value, bool):
            return value
        case _:
            raise invalid_value(path, values)


def _zone(name: Any, path: str) -> ZoneInfo:
    try:
        return ZoneInfo(TIME_ZONES.get(str(name).lower(), str(name)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid_value(path, name) from error


def _instant(value: Any, zone: ZoneInfo, path: str) -> datetime:
    """A date without an offset is meant in the zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise invalid_value(path, value) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
