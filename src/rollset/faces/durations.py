"""Lengths of time as people write and read them."""

from __future__ import annotations

import re

from rollset.core.errors import UsageError

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_FORM = re.compile(r"(?P<number>[0-9]{1,7})(?P<unit>[smh]?)")
SECONDS_MAX = 30 * 24 * 3600
"""Longer than any rollout should wait for anything; beyond it lies a slip of the finger."""


def parse_duration(text: str) -> float:
    """Reads `30s`, `10m`, `1h`, or `90` for seconds.

    Raises:
        UsageError: it is none of these, or longer than 30 days.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"cannot read {text!r} as a length of time; write it such as 30s, 10m, 1h, or 90 for seconds")
    seconds = int(found["number"]) * SECONDS[found["unit"]]
    if seconds > SECONDS_MAX:
        raise UsageError(f"{text.strip()} is longer than 30 days, which nothing here should wait for")
    return float(seconds)


def parse_bound(text: str) -> float:
    """Reads the same, for a bound on waiting, which cannot be nothing.

    Raises:
        UsageError: it is zero, or no duration.
    """
    seconds = parse_duration(text)
    if not seconds:
        raise UsageError(f"a bound of {text.strip()} leaves no time at all; write 1s or more")
    return seconds


def duration_text(seconds: float) -> str:
    """What `parse_duration` reads as so many whole seconds.

    >>> [duration_text(n) for n in (0, 90, 600, 5400, 7200)]
    ['0s', '90s', '10m', '90m', '2h']
    """
    whole = round(seconds)
    size, unit = next((size, unit) for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if not whole % size)
    return f"{whole // size}{unit}" if whole else "0s"


def spoken_duration(seconds: float) -> str:
    """How long, in two units at most.

    >>> [spoken_duration(n) for n in (0.44, 41.7, 80, 600, 5400, 90000)]
    ['0.4 s', '42 s', '1 min 20 s', '10 min', '1 h 30 min', '25 h']
    """
    if seconds < 10:  # noqa: PLR2004 (only short times are worth a decimal)
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def clock(seconds: float) -> str:
    """Time elapsed, in a form that does not jump about while it is watched: `0:41`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
