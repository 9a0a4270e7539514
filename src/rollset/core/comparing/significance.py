"""Whether a difference between two groups of instances is more than chance, exactly, also for a handful of them.

Both tests answer one question: if instances had been put into the two groups by lot, how often would the first group
look at least so bad? That share is `p`. Nothing is assumed of how the numbers are spread, so outliers decide nothing.

Where many numbers are equal, as counts of falls are, the normal distribution says far too often that a group stands
out: of a thousand instances one that fell twice is among the first ten in one case of a hundred, and it says never. So
it serves only where counting all groups takes too long, which takes many different numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb, erfc, sqrt

STEPS_MAX = 500_000
"""So much counting takes a part of a second; twenty against twenty, all of them different, takes half of it."""


def fisher(bad: int, of: int, rest_bad: int, rest_of: int) -> float:
    """Fisher's exact test: how often `bad` or more of `of` would be bad by chance, with the rest as it is.

    >>> fisher(0, 10, 0, 10)
    1.0
    >>> round(fisher(4, 4, 0, 4), 6) == round(1 / 70, 6)
    True
    """
    assert 0 <= bad <= of, "no more can be bad than there are"
    assert 0 <= rest_bad <= rest_of, "no more can be bad than there are"
    all_bad, everybody = bad + rest_bad, of + rest_of
    ways = sum(comb(of, many) * comb(rest_of, all_bad - many) for many in range(bad, min(of, all_bad) + 1))
    return ways / comb(everybody, all_bad)


def mann_whitney(numbers: Sequence[float], rest: Sequence[float]) -> float:
    """Mann and Whitney's U test: how often `numbers` would rank so high or higher among all of them by chance.

    Equal numbers share their ranks; the distribution is that of these very ranks, so ties need no correction.

    >>> mann_whitney([5.0, 6.0], [1.0, 2.0]) == 1 / 6
    True
    >>> mann_whitney([1.0, 1.0], [1.0, 1.0])
    1.0
    """
    if not numbers or not rest:
        return 1.0
    together = [*numbers, *rest]
    ranks = _doubled_ranks(together)
    counted = _counted(ranks, len(numbers))
    return _by_normal(ranks, together, len(numbers)) if counted is None else counted


def _counted(ranks: Sequence[int], size: int) -> float | None:
    """The share of all groups of this size whose ranks add up to no less than those of the first; none if too many.

    Equal ranks are taken together, the most common last: how many of those there are follows from the others.
    """
    seen = sum(ranks[:size])
    *others, (usual, usual_count) = sorted(Counter(ranks).items(), key=lambda one: one[1])
    # By how many were taken so far: the sums that their ranks may have, each with the number of ways to it.
    ways: list[Counter[int]] = [Counter({0: 1}), *(Counter() for _ in range(size))]
    steps = 0
    for rank, count in others:
        for taken in range(size, 0, -1):
            sums = ways[taken]
            for more in range(1, min(count, taken) + 1):
                choices, fewer = comb(count, more), ways[taken - more]
                steps += len(fewer)
                for total, before in fewer.items():
                    sums[total + more * rank] += before * choices
        if steps > STEPS_MAX:
            return None
    high = sum(
        before * comb(usual_count, size - taken)
        for taken, sums in enumerate(ways)
        for total, before in sums.items()
        if total + (size - taken) * usual >= seen
    )
    return high / comb(len(ranks), size)


def _doubled_ranks(numbers: Sequence[float]) -> list[int]:
    """Twice the rank of each, which is whole where equal numbers share the middle of their ranks."""
    counts = Counter(numbers)
    ranks: dict[float, int] = {}
    below = 0
    for number in sorted(counts):
        ranks[number] = 2 * below + counts[number] + 1
        below += counts[number]
    return [ranks[number] for number in numbers]


def _by_normal(ranks: Sequence[int], together: Sequence[float], size: int) -> float:
    """The same from the normal distribution, with ties taken into its spread, and half a step of grace."""
    everybody, rest = len(together), len(together) - size
    ties = sum(many**3 - many for many in Counter(together).values())
    spread = size * rest / 12 * ((everybody + 1) - ties / (everybody * (everybody - 1)))
    if spread <= 0:
        return 1.0
    above = sum(ranks[:size]) / 2 - size * (everybody + 1) / 2
    return 0.5 * erfc((above - 0.5) / sqrt(2 * spread))
