"""Time zones by their IANA names, and moments as people in them read their clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rollset.core.errors import UsageError

NEAR = 0.8
"""How much a name has to be like another one to be taken for it."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        UsageError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # Not EST for CEST: short names differ in letters less than in hours.
        places = [one for one in available_timezones() if "/" in one or one == "UTC"]
        near = get_close_matches(name, places, n=1, cutoff=NEAR)
        advice = f"did you mean {near[0]}?" if near else "write an IANA name such as Europe/Berlin, or UTC"
        raise UsageError(f"there is no time zone {name!r}; {advice}") from error


def spoken_moment(at: float, zone: str) -> str:
    """A moment by the clocks of a zone, and by UTC.

    >>> spoken_moment(1_793_055_600.0, "Europe/Berlin")
    'Tue 27 Oct 2026 00:00 Europe/Berlin (Mon 23:00 UTC)'
    """
    local, world = datetime.fromtimestamp(at, zone_of(zone)), datetime.fromtimestamp(at, UTC)
    words = f"{local:%a} {local.day} {local:%b %Y %H:%M} {zone}"
    if local.utcoffset() == world.utcoffset():
        return words
    return f"{words} ({world:%H:%M} UTC)" if local.date() == world.date() else f"{words} ({world:%a %H:%M} UTC)"
