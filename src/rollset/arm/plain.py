"""Values that ARM writes in several ways: regions, numbers as text, lengths of time and moments as ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_CHARACTERS_MAX = 40
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def folded(location: str) -> str:
    """Regions are written `West US 2` or `westus2`."""
    return location.replace(" ", "").lower()


def number_of(value: Any) -> float | None:
    """A number, also where it was written as text; settings of extensions are whatever somebody typed.

    >>> number_of(5), number_of("5"), number_of(True), number_of("soon"), number_of("nan")
    (5.0, 5.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e9 else None  # noqa: PLR2004 (beyond thirty years, or no number at all)


def seconds_of(text: str | None) -> float | None:
    """The seconds of an ISO 8601 duration, from days down.

    >>> seconds_of("PT30M"), seconds_of("P1DT0.5S"), seconds_of("soon"), seconds_of(None)
    (1800.0, 86400.5, None, None)
    """
    found = None if text is None or len(text) > _CHARACTERS_MAX else _DURATION.fullmatch(text.strip())
    given = {} if found is None else {name: value for name, value in found.groupdict().items() if value is not None}
    return sum(float(value) * _SECONDS[name] for name, value in given.items()) if given else None


def moment_of(text: str | None) -> float | None:
    """A moment in seconds since the epoch; Azure means UTC where it names no zone.

    >>> moment_of("1970-01-02T00:00:00+00:00"), moment_of("1970-01-01T00:00:00.1234567Z"), moment_of("soon")
    (86400.0, 0.123456, None)
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
