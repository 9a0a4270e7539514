"""Whether a difference between two groups of instances is more than chance, exactly, also for a handful of them.

Both tests answer one question: if instances had been put into the two groups by lot, how often would the first group
look at least so bad? That share is `p`. Nothing is assumed of how the numbers are spread, so outliers decide nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb, erfc, sqrt

EXACT_MAX = 40
"""With more numbers than these in both groups the normal distribution is as good, and much faster."""


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
    if len(together) > EXACT_MAX:
        return _by_normal(ranks, together, len(numbers))
    seen = sum(ranks[: len(numbers)])
    # How many groups of a size have a sum of ranks: all of them are equally likely.
    sums: list[Counter[int]] = [Counter() for _ in range(len(numbers) + 1)]
    sums[0][0] = 1
    for rank in ranks:
        for size in range(len(numbers), 0, -1):
            for before, ways in sums[size - 1].items():
                sums[size][before + rank] += ways
    high = sum(ways for total, ways in sums[len(numbers)].items() if total >= seen)
    return high / comb(len(together), len(numbers))


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
