"""When to look next: timed by what upgrades have taken so far, not by a fixed tick.

A look costs requests, and a late look costs time in which a finished instance holds a place that the next could have.
Both are weighed in one unit: seconds of an idle place. The next look is due when the places expected to have fallen
idle since the last one add up to what a look is worth.

What an upgrade takes is known from those that have ended; until the first has, all that is known is how long it has
taken already, and looks grow apart with that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

POINTS_MAX = 24
"""An empirical distribution is thinned to so many equally likely durations: enough for timing, cheap to sum over."""

GROWTH_BLIND = 0.07
"""While nothing is known, the next look comes after this share of the time that it has taken already."""

GROWTH_OVERDUE = 0.03
"""The same for an instance that takes longer than any before it."""

SPREAD_PRIOR = 0.25
"""How far durations are taken to lie around a single one seen; halves with every fourfold of what is known."""

BARRIER_SHARE = 0.012
"""Where everything waits for the last one, a look may be late by this share of a typical duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Bounds for looks, in seconds; `look_price` is what one is worth, in places idle for a typical duration."""

    seconds_min: float = 1.0
    seconds_max: float = 60.0
    look_price: float = 0.36


@dataclass(frozen=True, slots=True)
class Durations:
    """A thinned, sorted sample of what upgrades take, in seconds."""

    points: tuple[float, ...]

    @classmethod
    def of(cls, seen: Iterable[float]) -> Durations:
        """Spreads what was seen, the wider the less of it there is, and thins it."""
        ordered = sorted(seen)
        if not ordered:
            return cls(())
        spread = SPREAD_PRIOR / len(ordered) ** 0.5
        kernel = (-spread, -spread / 3, spread / 3, spread)
        widened = sorted(one * (1 + shift) for one in ordered for shift in kernel)
        step = max(1, len(widened) // POINTS_MAX)
        thinned = widened[step // 2 :: step]
        return cls(tuple(thinned))

    @property
    def typical(self) -> float:
        return self.points[len(self.points) // 2]

    def idle(self, age_seen: float, age: float) -> float:
        """Seconds that a place is expected to have been idle at `age`, if its instance was still out at `age_seen`."""
        first = bisect_right(self.points, age_seen)
        left = self.points[first:]
        if not left:
            # Older than anything known: as likely to end soon as it has been to take this long.
            return max(0.0, age - age_seen) ** 2 / (2 * max(age_seen, 1e-9) * GROWTH_OVERDUE * 8)
        return sum(age - point for point in left if point < age) / len(left)


def next_look(*, started: Sequence[float], seen: Iterable[float], now: float, barrier: bool, tempo: Tempo) -> float:
    """Seconds from `now` until the next look is due.

    Args:
        started: when each instance in flight was asked for.
        seen: the durations of upgrades that have ended, in seconds.
        now: the time of the last look, at which all of `started` were still out.
        barrier: whether nothing can start until all of them are done.
        tempo: the bounds.
    """
    if not started:
        return tempo.seconds_max
    durations = Durations.of(seen)
    if not durations.points:
        oldest = now - min(started)
        return _bounded(oldest * GROWTH_BLIND, tempo)
    groups = Counter(round(now - one, 3) for one in started)
    due = _barrier_due if barrier else _window_due
    return _bounded(due(durations, groups, tempo), tempo)


def _window_due(durations: Durations, groups: Counter[float], tempo: Tempo) -> float:
    price = tempo.look_price * durations.typical

    def owed(wait: float) -> float:
        return sum(count * durations.idle(age, age + wait) for age, count in groups.items())

    # A single place idle need not wait for a whole look's worth: two handfuls of instances have a price of their own.
    return _solve(lambda wait: owed(wait) >= min(price, sum(groups.values()) * durations.typical * 0.04), tempo)


def _barrier_due(durations: Durations, groups: Counter[float], tempo: Tempo) -> float:
    """The last of all decides: look when it is as likely as not that all are done, then ever so often."""
    late = BARRIER_SHARE * durations.typical

    def all_done(wait: float) -> float:
        chance = 1.0
        for age, count in groups.items():
            left = durations.points[bisect_right(durations.points, age) :]
            share = sum(point <= age + wait for point in left) / len(left) if left else _overdue_share(age, wait)
            chance *= share**count
        return chance

    return max(late, _solve(lambda wait: all_done(wait) >= 0.5, tempo))  # noqa: PLR2004 (as likely as not)


def _overdue_share(age: float, wait: float) -> float:
    return min(1.0, wait / max(age * GROWTH_OVERDUE * 2, 1e-9))


def _solve(enough: Callable[[float], bool], tempo: Tempo) -> float:
    """The shortest wait that is `enough`, by halving."""
    low, high = 0.0, tempo.seconds_max
    if not enough(high):
        return high
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _bounded(seconds: float, tempo: Tempo) -> float:
    return min(tempo.seconds_max, max(tempo.seconds_min, seconds))
