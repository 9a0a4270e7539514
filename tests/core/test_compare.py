"""Properties of the statistics against brute force, and tables of what they say of two groups of instances."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.comparing import significance
from rollset.core.comparing.compare import Compare, Trait, Worse, compared
from rollset.core.comparing.significance import fisher, mann_whitney

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


def verdict_of(ours, others, **trait):
    one = Trait(name="boot seconds", upgraded=ours, rest=others, **trait)
    found = compared(Compare(), 1, [one]).differences
    return found[0] if found else None


SLOW, QUICK = [90.0, 95.0, 99.0, 101.0, 120.0], [40.0, 41.0, 44.0, 50.0, 61.0, 62.0]


@pytest.mark.parametrize(
    ("ours", "others", "trait", "worse"),
    [
        pytest.param(SLOW, QUICK, {}, True, id="slower, every one of them"),
        pytest.param(QUICK, SLOW, {}, False, id="quicker is not worse"),
        pytest.param(QUICK, SLOW, {"worse": Worse.LOWER}, True, id="unless less is worse"),
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


def test_a_comparison_is_due_when_the_upgraded_have_doubled():
    policy = Compare(min_instances=5, alpha=0.05)
    assert [policy.stage(many) for many in (0, 4, 5, 9, 10, 19, 20, 40)] == [0, 0, 1, 1, 2, 2, 3, 4]


few_or_none = st.lists(st.integers(0, 3).map(float), max_size=8)


@given(
    st.builds(Compare, min_instances=st.integers(1, 5), alpha=st.floats(0.001, 0.5)),
    st.lists(st.lists(st.tuples(few_or_none, few_or_none), max_size=6), min_size=1, max_size=6),
    st.sets(st.integers(1, 40), min_size=6, max_size=6),
)
def test_all_traits_of_all_comparisons_together_never_spend_more_than_alpha(policy, rounds, stages):
    """Whatever is known of whom, and whenever: traits may come, go, and be known of too few."""
    spent = 0.0
    for stage, known in zip(sorted(stages), rounds, strict=False):
        traits = [Trait(name=str(n), upgraded=ours, rest=others) for n, (ours, others) in enumerate(known)]
        found = compared(policy, stage, traits)
        spent += sum(one.threshold for one in found.differences)
        assert {one.name for one in (*found.differences, *found.left_out)} == {one.name for one in traits}
        for one in found.differences:
            assert min(one.upgraded_count, one.rest_count) >= policy.min_instances
            assert one.worse is (one.p < one.threshold)
    assert spent <= policy.alpha + 1e-12


def test_what_is_known_of_too_few_costs_the_others_nothing_and_is_named():
    slow = Trait(name="latency", upgraded=SLOW, rest=QUICK)
    unheard = Trait(name="errors", upgraded=SLOW[:4], rest=QUICK)
    blind = Trait(name="flapping", upgraded=(), rest=(), unknown="nothing judges their health")
    found = compared(Compare(), 1, [blind, slow, unheard])
    assert found.differences == compared(Compare(), 1, [slow]).differences
    assert [str(one) for one in found.left_out] == [
        "flapping was not compared: nothing judges their health",
        "errors was not compared: it is known of 4 upgraded instances and of 6 others",
    ]


def test_an_image_as_good_as_the_old_one_is_rarely_called_worse():
    """Two hundred rollouts of thirty, in which only chance differs; at every doubling they are compared."""
    policy, called = Compare(min_instances=5, alpha=0.05), 0
    for seed in range(200):
        luck = Random(seed)
        traits = [[luck.lognormvariate(4, 0.3) for _ in range(30)], [float(luck.random() < 0.1) for _ in range(30)]]
        called += any(
            compared(policy, stage, [Trait(name="", upgraded=one[:many], rest=one[many:]) for one in traits]).worse
            for stage, many in ((1, 5), (2, 10))
        )
    assert called <= 0.05 * 200
