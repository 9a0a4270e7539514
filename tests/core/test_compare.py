"""Properties of the statistics against brute force, and tables of what they say of two groups of instances."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core import significance
from rollset.core.compare import Compare, Trait, compared
from rollset.core.ids import InstanceId
from rollset.core.significance import fisher, mann_whitney

few = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=6)


def wins(ours, others):
    """How often one of ours beats one of the others; a tie is half a win. Mann and Whitney's own count."""
    return sum((one > other) + (one == other) / 2 for one in ours for other in others)


def by_lot(together, size, at_least, score):
    """The share of all ways to draw a group of `size` in which the score is at least so high."""
    chosen = [frozenset(picked) for picked in combinations(range(len(together)), size)]
    scores = [
        score([together[n] for n in picked], [one for n, one in enumerate(together) if n not in picked])
        for picked in chosen
    ]
    return sum(one >= at_least for one in scores) / len(scores)


@given(few, few)
def test_ranks_are_compared_as_by_drawing_every_group(ours, others):
    expected = by_lot([*ours, *others], len(ours), wins(ours, others), wins)
    assert mann_whitney(ours, others) == pytest.approx(expected)


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.lists(st.booleans(), min_size=1, max_size=6))
def test_shares_are_compared_as_by_drawing_every_group(ours, others):
    expected = by_lot([*ours, *others], len(ours), sum(ours), lambda group, _: sum(group))
    assert fisher(sum(ours), len(ours), sum(others), len(others)) == pytest.approx(expected)


@given(few, few)
def test_the_order_of_numbers_and_their_scale_change_nothing(ours, others):
    p = mann_whitney(ours, others)
    assert mann_whitney(ours[::-1], others[::-1]) == p
    assert mann_whitney([3 * one + 1 for one in ours], [3 * one + 1 for one in others]) == p


def test_many_numbers_are_compared_nearly_as_exactly_as_few(monkeypatch):
    luck = Random(7)
    ours, others = [luck.gauss(0.6, 1) for _ in range(20)], [luck.gauss(0, 1) for _ in range(20)]
    exact = mann_whitney(ours, others)
    monkeypatch.setattr(significance, "STEPS_MAX", 0)
    assert mann_whitney(ours, others) == pytest.approx(exact, abs=0.002)


@pytest.mark.parametrize("size", [5, 10, 20])
@pytest.mark.parametrize("rare", [1, 2, 4])
def test_in_a_large_set_one_that_stands_out_is_as_likely_as_it_is(size, rare):
    """Counts of falls: of a thousand instances a few have some, each another count, and one of them is upgraded."""
    ours, others = [float(rare)] + [0.0] * (size - 1), [float(one) for one in range(1, rare)]
    others += [0.0] * (1000 - size - len(others))
    alone = size / 1000
    assert mann_whitney(ours, others) == pytest.approx(alone, rel=0.1 * rare)


def test_a_verdict_on_a_large_set_comes_soon():
    """Every number is another one: only the normal distribution is fast enough."""
    luck = Random(3)
    numbers = [luck.random() for _ in range(1000)]
    assert mann_whitney(numbers[:500], numbers[500:]) == pytest.approx(0.5, abs=0.5)
    assert mann_whitney([one + 0.2 for one in numbers[:500]], numbers[500:]) < 1e-9


def test_what_is_the_same_everywhere_is_worse_nowhere():
    assert mann_whitney([4.0] * 30, [4.0] * 30) == 1.0
    assert mann_whitney([], [1.0]) == 1.0


def ids(prefix, count):
    return [InstanceId(f"{prefix}{n}") for n in range(count)]


def verdict_of(ours, others, policy=None, **trait):
    new, old = ids("n", len(ours)), ids("o", len(others))
    numbers = dict(zip([*new, *old], [*ours, *others], strict=True))
    found = list(compared(policy or Compare(), [Trait(name="boot seconds", numbers=numbers, **trait)], new, old))
    return found[0] if found else None


SLOW, QUICK = [90.0, 95.0, 99.0, 101.0, 120.0], [40.0, 41.0, 44.0, 50.0, 61.0, 62.0]


@pytest.mark.parametrize(
    ("ours", "others", "trait", "worse"),
    [
        pytest.param(SLOW, QUICK, {}, True, id="slower, every one of them"),
        pytest.param(QUICK, SLOW, {}, False, id="quicker is not worse"),
        pytest.param(QUICK, SLOW, {"less_is_worse": True}, True, id="unless less is worse"),
        pytest.param([*QUICK[:5], 9000.0], QUICK, {}, False, id="one outlier decides nothing"),
        pytest.param(SLOW[:4], QUICK, {}, None, id="too few upgraded"),
        pytest.param(SLOW, QUICK[:4], {}, None, id="too few left to compare with"),
        pytest.param([1.0] * 5, [0.0] * 20, {}, True, id="all failed, none before"),
        pytest.param([1.0, 0.0, 0.0, 0.0, 0.0], [0.0] * 20, {}, False, id="one of five may be chance"),
        pytest.param([1.0] * 3 + [0.0] * 2, [1.0] * 12 + [0.0] * 8, {}, False, id="as many failed before"),
    ],
)
def test_what_counts_as_worse(ours, others, trait, worse):
    verdict = verdict_of(ours, others, **trait)
    assert (verdict.worse if verdict else None) is worse, verdict


def test_a_verdict_says_its_numbers():
    assert str(verdict_of(SLOW, QUICK)) == (
        "boot seconds is worse: 99 on 5 upgraded instances, 47 on 6 others (p 0.0022, threshold 0.025)"
    )


def test_a_comparison_is_due_when_the_upgraded_have_doubled_and_never_spends_more_than_alpha():
    policy = Compare(min_instances=5, alpha=0.05)
    assert [policy.stage(many) for many in (0, 4, 5, 9, 10, 19, 20, 40)] == [0, 0, 1, 1, 2, 2, 3, 4]
    assert sum(3 * policy.alpha_at(stage, 3) for stage in range(1, 60)) <= policy.alpha + 1e-12


def test_an_image_as_good_as_the_old_one_is_rarely_called_worse():
    """Two hundred rollouts of thirty, in which only chance differs; at every doubling they are compared."""
    policy, called = Compare(min_instances=5, alpha=0.05), 0
    for seed in range(200):
        luck = Random(seed)
        everybody = ids("", 30)
        trait = Trait(name="boot seconds", numbers={one: luck.lognormvariate(4, 0.3) for one in everybody})
        stages = ((everybody[:many], everybody[many:]) for many in (5, 10))
        called += any(one.worse for new, old in stages for one in compared(policy, [trait], new, old))
    assert called <= 0.05 * 200
