"""Property: what must never happen under any policy, however many instances fail, are protected, stopped, or sick before.

The arithmetic of each check is its own; sibling of test_properties.py, which has the plain rollouts.
"""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected, Stopped
from rollset.core.decide import Finish, Halt, TurnBack
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.fleet import Health, Power, Provisioning
from rollset.core.pace import Batches, Pace, Window
from rollset.core.situation import ailing
from tests.core.draw import NEW
from tests.core.strategies import amounts, plain_paces, toys
from tests.core.toy import play

FATES = ("works", "works", "works", "fails", "fails once", "stays sick")
some_tolerance = st.builds(
    Tolerance, max_failures=st.integers(0, 3).map(lambda n: Amount(number=n)), retries=st.integers(0, 2)
)
some_care = st.builds(Care, protected=st.sampled_from(Protected), stopped=st.sampled_from(Stopped))
growing = st.builds(Batches, size=amounts, growth=st.lists(amounts, max_size=3).map(tuple))


@st.composite
def policed(draw):
    toy = draw(toys(fates=FATES, paces=plain_paces))
    pace = replace(
        toy.job.pace,
        style=draw(st.just(Window()) | growing),
        min_healthy=draw(st.none() | amounts),
        first=tuple(draw(st.lists(st.sampled_from([one.id for one in toy.fleet.instances]), max_size=2, unique=True))),
    )
    toy.job = replace(
        toy.job,
        pace=pace,
        care=draw(some_care),
        tolerance=draw(some_tolerance),
        on_failure=draw(st.sampled_from(OnFailure)),
    )
    if draw(st.booleans()):
        toy.job = replace(toy.job, ailing=ailing(toy.fleet, toy.job))
    return toy


def serves(one):
    settled = one.provisioning in (Provisioning.SUCCEEDED, Provisioning.FAILED)
    return one.power is Power.RUNNING and settled and one.health is Health.HEALTHY


def failed_for_good(toy):
    times = Counter(failure.instance for failure in toy.progress.failures)
    return {one for one, many in times.items() if many > toy.job.tolerance.retries}


def check(toy, decision):
    """What holds at every start."""
    job, total, taken = toy.job, len(toy.fleet.instances), set(decision.instances)
    before = {one.id: one for one in toy.fleet.instances}
    most = job.pace.max_unavailable.of(total)
    if (floor := job.pace.min_healthy) is not None:
        least = -(-total * floor.number // 100) if floor.percent else floor.number
        most = min(most, total - least)
    out = {one.id for one in toy.fleet.instances if not serves(one) or one.id in toy.progress.asked}
    fresh = taken - out
    assert not fresh or len((out | taken) - job.ailing) <= most, "nobody who serves leaves beyond the budget"
    assert len(toy.progress.asked.keys() | taken) <= max(most, len(toy.progress.asked)), "never more on their way"
    for one in taken:
        assert not before[one].protected or job.care.protected is Protected.FORCE, "protected, and not to be forced"
        stopped = before[one].power is Power.DEALLOCATED
        assert not stopped or job.care.stopped is Stopped.UPGRADE, "stopped, and to be left alone"
        tries = sum(one in start for start in toy.starts)
        assert tries <= job.tolerance.retries, "tried more often than told"
    lost = failed_for_good(toy)
    if job.on_failure is not OnFailure.CONTINUE and lost:
        assert len(lost) <= job.tolerance.max_failures.number, "nothing starts once more have failed than put up with"
        assert len(toy.progress.took) >= job.pace.canary, "nobody puts up with a failed canary"
    if len(toy.progress.took) < job.pace.canary:
        assert len(taken) <= job.pace.canary, "until the canary is proven, nobody goes with it"
    if isinstance(job.pace.style, Batches) and not taken & toy.progress.failed.keys():
        sizes = [*job.pace.style.growth, job.pace.style.size]
        assert len(taken) <= max(one.of(total) for one in sizes), "no batch larger than the largest"
        if not toy.starts:
            assert len(taken) <= sizes[0].of(total), "the first batch is no larger than told"


@given(policed())
def test_no_policy_lets_more_out_than_it_says_and_every_rollout_ends(toy):
    last = play(toy, check=check)
    assert isinstance(last, Finish | Halt | TurnBack)
    if isinstance(last, Finish):
        assert not toy.progress.failed, "whoever has failed instances has failed"
        waited = toy.job.care.protected is not Protected.SKIP
        held = [one for one in toy.fleet.instances if toy.job.selection.matches(one) and one.protected]
        assert not waited or all(one.image == NEW for one in held), "done, and yet somebody waits for protection to go"
    if isinstance(last, TurnBack):
        assert toy.job.on_failure is OnFailure.UNDO


@given(policed())
def test_those_named_first_do_go_first(toy):
    """Of those that serve: whoever serves nobody goes before all others anyway, and the stopped after them."""
    named = set(toy.job.pace.first)
    fit = {one.id for one in toy.fleet.instances if serves(one) and one.image != NEW and toy.job.selection.matches(one)}
    fit -= {one.id for one in toy.fleet.instances if one.protected}
    play(toy, check=check)
    asked = list(dict.fromkeys(one for start in toy.starts for one in start if one in fit))
    ahead = [one for one in toy.job.pace.first if one in asked]
    assert asked[: len(ahead)] == ahead or not named & set(asked)


@given(st.integers(1, 60), st.integers(1, 100), amounts)
def test_the_stricter_of_budget_and_floor_holds(total, percent, most):
    allowed = Pace(max_unavailable=most, min_healthy=Amount(number=percent, percent=True)).allowed(total)
    assert 0 <= allowed <= most.of(total)
    assert 100 * (total - allowed) >= total * percent
