"""When batches may start from here on, moment by moment: the calendar as a forecast asks for it, thousands of times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from math import inf

from rollset.core.when.calendar import HORIZON_SECONDS, Calendar, Spell

TOLD_SECONDS = 30 * 86400.0
"""What is open for so long is taken as it is, so that one that never closes comes to an end."""


class Openings:
    """Of a calendar, for batches that take so many seconds, from a moment on. What has been looked up is kept."""

    def __init__(self, calendar: Calendar, seconds: float, since: float) -> None:
        self._seconds = seconds
        self._ahead = _together(calendar.spells(since, since + HORIZON_SECONDS, enough=seconds + 86400.0))
        self._first: list[float] = []
        self._last: list[float] = []
        """Until when a batch may start in each stretch."""

    def next(self, at: float) -> float:
        """The first moment from `at` on; infinity where there is none."""
        while not self._last or self._last[-1] < at:
            if (found := next((one for one in self._ahead if one.lasts(self._seconds)), None)) is None:
                return inf
            self._first.append(found.opens)
            self._last.append(found.closes - self._seconds)
        return max(at, self._first[bisect_left(self._last, at)])


def _together(spells: Iterator[Spell]) -> Iterator[Spell]:
    """Those that were told in parts, whole again; what never closes is told as it comes."""
    before: Spell | None = None
    for one in spells:
        if before is not None and (one.opens > before.closes or before.lasts(TOLD_SECONDS)):
            yield before
            before = None
        before = one if before is None else Spell(opens=before.opens, closes=one.closes, window=one.window)
    if before is not None:
        yield before
