"""Unit and property: when to look next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.ahead.forecast import BATCH_BARRIER, DOMAIN_BARRIER, POINTS_MAX, Durations, Tempo, next_look
from rollset.core.progress import Took

TEMPO = Tempo(seconds_min=1.0, seconds_max=600.0)
EXACT_FIVE_MINUTES = [Took(300.0, 300.0)] * 40


def look(started, seen=(), *, now=0.0, barrier=None, requests=1):
    return next_look(started=started, seen=seen, now=now, barrier=barrier, requests=requests, tempo=TEMPO)


def test_blind_looks_grow_apart_with_the_time_that_has_passed():
    waits = [look([0.0], now=now) for now in (0.0, 100.0, 400.0, 4000.0)]
    assert waits == sorted(waits)
    assert waits[0] == 1.0
    assert waits[-1] == pytest.approx(240.0)


def test_nothing_is_looked_for_long_before_anything_can_have_ended():
    assert look([0.0] * 10, EXACT_FIVE_MINUTES) > 270.0
    assert look([0.0] * 10, EXACT_FIVE_MINUTES, now=200.0) == pytest.approx(100.0, rel=0.2)


def test_many_that_end_all_the_time_are_looked_at_often():
    spread = [Took(200.0 + 4 * n, 200.0 + 4 * n) for n in range(50)]
    many = look([-3.0 * n for n in range(100)], spread, requests=10)
    few = look([-150.0 * n for n in range(2)], spread, requests=10)
    assert many < few
    assert many < 60.0


def test_a_dear_look_is_taken_less_often():
    spread = [Took(200.0 + 4 * n, 200.0 + 4 * n) for n in range(50)]
    started = [-30.0 * n for n in range(10)]
    assert look(started, spread, requests=1) <= look(started, spread, requests=9)


def test_batches_are_looked_at_more_calmly_than_a_domain_that_others_wait_for():
    spread = [Took(250.0 + 2 * n, 250.0 + 2 * n) for n in range(50)]
    calm = look([0.0] * 3, spread, barrier=BATCH_BARRIER, requests=9)
    assert calm > look([0.0] * 3, spread, barrier=DOMAIN_BARRIER, requests=9)


def test_what_was_seen_between_two_looks_is_spread_over_the_time_between_them():
    lumps = Durations.of([Took(200.0, 400.0)] * 30)
    assert lumps.points[0] < 250.0
    assert lumps.points[-1] > 350.0


@pytest.mark.parametrize("known", [1, 5, 6, 7, 11, 12, 250])
def test_a_sample_is_never_larger_than_its_bound_and_keeps_its_middle(known):
    sample = Durations.of([Took(100.0 + n, 100.0 + n) for n in range(known)])
    assert len(sample.points) <= POINTS_MAX
    assert sample.typical == pytest.approx(100.0 + known / 2, rel=0.1)


intervals = st.tuples(st.floats(1.0, 2000.0), st.floats(0.0, 300.0)).map(lambda pair: Took(pair[0], sum(pair)))


@given(
    st.lists(st.floats(-5000.0, 0.0), max_size=50),
    st.lists(intervals, max_size=60),
    st.sampled_from([None, BATCH_BARRIER, DOMAIN_BARRIER]),
    st.integers(1, 20),
)
def test_every_wait_lies_within_its_bounds(started, seen, barrier, requests):
    assert 1.0 <= look(started, seen, barrier=barrier, requests=requests) <= 600.0


@given(st.lists(intervals, min_size=1, max_size=60), st.floats(0.0, 3000.0), st.floats(0.1, 500.0))
def test_an_idle_place_is_never_idle_longer_than_the_wait(seen, age, wait):
    durations = Durations.of(seen)
    assert 0.0 <= durations.idle(age, wait) <= wait * 1.000001
    assert 0.0 <= durations.ended(age, wait) <= 1.0
    assert durations.ended(age, wait) <= durations.ended(age, wait * 2)
