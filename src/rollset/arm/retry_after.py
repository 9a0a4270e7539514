"""How long Azure asks to wait, as its answers say it: in seconds, as a date, or in milliseconds."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_SECONDS = "Retry-After"
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


def seconds_told(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait; `None` where the headers say nothing that can be read, or no time at all.

    >>> seconds_told({"Retry-After": "17"}), seconds_told({"Retry-After": "soon"}), seconds_told({})
    (17.0, None, None)
    """
    if told := headers.get(_SECONDS):
        seconds = _number(told)
        return _sound(_until(told) if seconds is None else seconds)
    for name in _MILLISECONDS:
        if (milliseconds := _number(headers.get(name, ""))) is not None:
            return _sound(milliseconds / 1000)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _sound(seconds: float) -> float | None:
    return seconds if 0 < seconds < math.inf else None
