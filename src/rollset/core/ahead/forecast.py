"""When to look next: timed by what upgrades have taken so far, not by a fixed tick.

A look costs requests; a late look costs time in which a finished instance holds a place that the next could have. Both
are weighed in one unit, seconds of an idle place: the next look is due when the places expected to have fallen idle
since the last one add up to what a look is worth.

What an upgrade takes is known from those that have ended. Until the first has, all that is known is how long it has
taken already, and looks grow apart with that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from rollset.core.progress import Took

POINTS_MAX = 24
"""A sample is thinned to so many equally likely durations at most: enough for timing, cheap to sum over."""

SPREAD_PRIOR = 0.25
"""How far around a single duration others are taken to lie, as a share of it; halves with every fourfold known."""

BLIND_SHARE = 0.06
"""While nothing is known, the next look comes after this share of the time that it has taken already."""

OVERDUE_SHARE = 0.1
"""What takes longer than most is expected to take about this share longer still."""

LATE_SHARE_MIN, LATE_SHARE_MAX = 0.03, 0.09
"""How far apart looks lie while instances end all the time, as a share of a typical duration."""

REQUESTS_EACH = 1.4
"""What looks may cost for each instance that is upgraded, in requests, as long as the bounds above allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """How to look while everything waits for the last one."""

    chance: float
    """How likely the last must be back for a look to be worth it."""
    share: float
    """How far apart looks then are at least, as a share of a typical duration."""


DOMAIN_BARRIER = Barrier(chance=0.1, share=0.012)
"""In the window pace every second counts: being late here costs everybody's time."""

BATCH_BARRIER = Barrier(chance=0.6, share=0.05)
"""Who asks for batches and pauses asks for calm, and for few requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Bounds for the time between two looks, in seconds."""

    seconds_min: float = 0.25
    seconds_max: float = 600.0


@dataclass(frozen=True, slots=True)
class Durations:
    """What upgrades take, in seconds: a sorted sample of equally likely ones."""

    points: tuple[float, ...]

    @classmethod
    def of(cls, took: Iterable[Took]) -> Durations:
        """Spreads each over the time in which it may have ended and widens the few, then thins the many.

        Without the first, looks would see everything end at the times of earlier looks, and be timed by themselves.
        """
        seen = list(took)
        widening = SPREAD_PRIOR / max(1, len(seen)) ** 0.5
        shares = [(part, widening * (2 * part - 1)) for part in (1 / 8, 3 / 8, 5 / 8, 7 / 8)]
        spread = sorted(
            (one.at_least + part * (one.at_most - one.at_least)) * (1 + shift) for one in seen for part, shift in shares
        )
        kept = min(POINTS_MAX, len(spread))
        return cls(tuple(spread[(2 * n + 1) * len(spread) // (2 * kept)] for n in range(kept)))

    @property
    def typical(self) -> float:
        """The median."""
        return self.points[len(self.points) // 2]

    def idle(self, age: float, wait: float) -> float:
        """Seconds that a place is expected to be idle after `wait`, if its instance is still out at `age`."""
        left = self.points[bisect_right(self.points, age) :]
        known = sum(age + wait - point for point in left if point < age + wait) / len(left) if left else 0.0
        more = self._tail(age)
        return max(known, wait - more * (1 - exp(-wait / more))) if more else known

    def ended(self, age: float, wait: float) -> float:
        """How likely an instance that is still out at `age` is back after `wait`."""
        left = self.points[bisect_right(self.points, age) :]
        known = sum(point <= age + wait for point in left) / len(left) if left else 0.0
        more = self._tail(age)
        return max(known, 1 - exp(-wait / more)) if more else known

    def _tail(self, age: float) -> float | None:
        """How much longer something is expected to take that takes longer than most: there a sample is too coarse."""
        return OVERDUE_SHARE * age if age >= self.typical else None


def next_look(
    *, started: Sequence[float], seen: Iterable[Took], now: float, barrier: Barrier | None, requests: int, tempo: Tempo
) -> float:
    """Seconds from `now` until the next look is due.

    Args:
        started: when each instance in flight was asked for.
        seen: how long upgrades took that have ended.
        now: the time of the last look, at which all of `started` were still out.
        barrier: given where nothing can start until all of them are done.
        requests: what a look costs.
        tempo: the bounds.
    """
    durations = Durations.of(seen)
    if not started:
        return tempo.seconds_max
    if not durations.points:
        return _bounded(BLIND_SHARE * (now - min(started)), tempo)
    ages = Counter(round(now - one, 3) for one in started)
    if barrier is not None:
        return _bounded(_until_all_have_ended(durations, ages, barrier, requests, tempo), tempo)
    late = min(LATE_SHARE_MAX, max(LATE_SHARE_MIN, requests / (REQUESTS_EACH * len(started))))
    return _bounded(_until_idle(durations, ages, late, tempo), tempo)


def _until_idle(durations: Durations, ages: Mapping[float, int], late: float, tempo: Tempo) -> float:
    """Places that empty evenly, `n` in a typical duration, add up to this in `late` of it."""
    price = sum(ages.values()) * durations.typical * late**2 / 2
    return _shortest(lambda wait: sum(n * durations.idle(age, wait) for age, n in ages.items()) >= price, tempo)


def _until_all_have_ended(
    durations: Durations, ages: Mapping[float, int], barrier: Barrier, requests: int, tempo: Tempo
) -> float:
    """The last of all decides.

    While many are out, look when so few are expected to be left that they can be looked at one by one; then, as soon as
    there is a fair chance that the last is back, and ever so often.
    """
    many = sum(ages.values())

    def few_are_left(wait: float) -> bool:
        return sum(n * (1 - durations.ended(age, wait)) for age, n in ages.items()) <= requests / 2

    def the_last_is_back(wait: float) -> bool:
        chance = 1.0
        for age, n in ages.items():
            chance *= durations.ended(age, wait) ** n
        return chance >= barrier.chance

    wait = _shortest(few_are_left if many > requests else the_last_is_back, tempo)
    return max(barrier.share * durations.typical, wait)


def _shortest(enough: Callable[[float], bool], tempo: Tempo) -> float:
    """The shortest wait that is `enough`, by halving; the longest allowed if none is."""
    low, high = 0.0, tempo.seconds_max
    if not enough(high):
        return high
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _bounded(seconds: float, tempo: Tempo) -> float:
    return min(tempo.seconds_max, max(tempo.seconds_min, seconds))
