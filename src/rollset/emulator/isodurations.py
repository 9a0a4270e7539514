"""Lengths of time as ARM documents write them: ISO 8601, from days down to seconds."""

import re

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
CHARACTERS_MAX = 40


def seconds_of(text: object) -> float | None:
    """The seconds of a duration, or None where the text is none.

    >>> seconds_of("PT5M"), seconds_of("P1DT0.5S"), seconds_of("5 minutes"), seconds_of("P")
    (300.0, 86400.5, None, None)
    """
    if not isinstance(text, str) or len(text) > CHARACTERS_MAX:
        return None
    found = _DURATION.fullmatch(text.strip().upper())
    parts = {} if found is None else {name: value for name, value in found.groupdict().items() if value is not None}
    return sum(float(value) * _SECONDS[name] for name, value in parts.items()) if parts else None


def duration_text(seconds: float) -> str:
    """A duration as .NET writes it in messages.

    >>> duration_text(86_400), duration_text(5_400)
    ('1.00:00:00', '01:30:00')
    """
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{days}.{clock}" if days else clock
