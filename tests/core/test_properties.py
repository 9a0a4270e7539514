"""Property: what must never happen, whatever the fleet, the job, the orders and the luck. Each example plays a rollout."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollset.core.control import NO_ORDERS, Verb
from rollset.core.decide import Blocked, Finish, Halt, Hold, HoldKind, Stopped, TurnBack, Upgrade, decide, survey
from rollset.core.failing import OnFailure
from rollset.core.fleet import Health, Power
from rollset.core.ids import InstanceId
from rollset.core.pace import Job
from rollset.core.plan import make_plan
from rollset.core.standing import Standing
from rollset.core.undo import leg_job, legs
from tests.core.draw import NEW, OLD, a_fleet
from tests.core.strategies import (
    OLDER,
    always,
    checkpoints,
    drawn_calendars,
    held_paces,
    orders,
    plain_paces,
    toys,
)
from tests.core.toy import ROUNDS_MAX, Toy, check_start, play


def check_all_done(toy, last):
    situation = survey(toy.fleet, toy.job, toy.progress)
    if isinstance(last, Halt):
        assert situation.budget.out >= situation.budget.allowed, "only a budget that others hold stops it"
    else:
        assert isinstance(last, Finish)
        stands = {situation.standings[one.id] for one in situation.chosen}
        assert stands <= {Standing.PROVEN, Standing.HELD, Standing.PARKED}
    asked = [one for start in toy.starts for one in start]
    assert len(asked) == len(set(asked)), "never upgraded twice"


@given(toys())
def test_a_rollout_that_meets_no_failure_ends_with_every_chosen_one_proven(toy):
    check_all_done(toy, play(toy))


@given(toys(paces=held_paces))
def test_so_does_one_with_bakes_and_checkpoints_once_all_holds_are_opened(toy):
    check_all_done(toy, play(toy))
    kinds = {one.kind for one in toy.decided if isinstance(one, Hold)}
    assert HoldKind.PAUSED not in kinds
    assert not kinds or toy.job.pace.checkpoints or toy.job.pace.bake_end_seconds


@given(toys(paces=held_paces, calendars=drawn_calendars))
def test_so_does_one_that_starts_only_when_its_windows_are_open(toy):
    """That it does is checked at every start; here, that it gets there at all."""
    check_all_done(toy, play(toy))


@given(toys(fates=("works", "works", "works", "fails", "stays sick"), paces=held_paces))
def test_nothing_starts_after_a_failure_and_every_rollout_ends(toy):
    last = play(toy)
    bad = {one for start in toy.starts for one in start if toy.fates[one][1] != "works"}
    if bad:
        assert isinstance(last, Halt)
        assert {failure.instance for failure in toy.progress.failures} <= bad
        assert toy.progress.failures


@given(
    toys(fates=("works", "works", "works", "fails"), paces=held_paces, calendars=always | drawn_calendars),
    orders,
    st.sampled_from([None, 61.0]),
)
@settings(max_examples=200)
def test_whatever_is_ordered_and_whenever(toy, ordered, step):
    """What may not start while orders hold is checked at every start; here, how it ends."""
    toy.orders = list(ordered)
    last = play(toy, step)
    assert isinstance(last, Stopped) == (toy.control.stopped is not None)
    assert isinstance(last, TurnBack) == (toy.control.undo is not None)
    if isinstance(last, Finish):
        assert toy.control.paused is None, "a paused rollout does not end"


@given(toys(paces=held_paces), st.data())
def test_others_who_take_instances_out_never_make_us_exceed_the_budget(toy, data):
    for _ in range(ROUNDS_MAX):
        meddled = data.draw(st.sampled_from(["", "", "", "sicken", "heal", "stop"]))
        victim = data.draw(st.sampled_from([one.id for one in toy.fleet.instances]))
        if meddled and victim not in toy.due:
            toy.set(
                victim,
                **{
                    "sicken": {"health": Health.UNHEALTHY},
                    "heal": {"health": Health.HEALTHY, "power": Power.RUNNING},
                    "stop": {"health": None, "power": Power.DEALLOCATED},
                }[meddled],
            )
        decision = toy.round()
        if isinstance(decision, Upgrade):
            check_start(toy, decision)
            toy.ask(decision.instances)
        elif isinstance(decision, Halt | Finish):
            return
        elif isinstance(decision, Hold) and decision.checkpoint is not None:
            toy.order(Verb.APPROVE, decision.checkpoint)
        else:
            toy.progress = toy.progress.blocked(toy.now) if isinstance(decision, Blocked) else toy.progress
            toy.pass_time(97.0)


unspoilt = st.text(alphabet="ooooonp", min_size=1, max_size=24)


@given(
    toys(
        fates=("works", "works", "works", "stays sick"),
        paces=held_paces,
        old=(OLD, OLD, OLDER),
        drawn=unspoilt,
        calendars=always | drawn_calendars,
    ),
    orders,
)
@settings(max_examples=200)
def test_an_undo_brings_every_touched_one_back_to_what_it_ran(toy, ordered):
    """Ordered, or by itself after a failure; under the same rules, but for canary, bake and checkpoints."""
    before, toy.orders = toy.fleet, [one for one in ordered if one[1] is not Verb.STOP]
    toy.job = replace(toy.job, on_failure=OnFailure.UNDO)
    if not isinstance(play(toy), TurnBack):
        return
    way = legs(before, toy.touched, toy.fleet)
    toy.fates = {one: (seconds, "works") for one, (seconds, _) in toy.fates.items()}
    for leg in way.legs:
        assert isinstance(toy.turn(leg_job(toy.job, leg)), Finish)
    assert [one.image for one in toy.fleet.instances] == [one.image for one in before.instances]


plan_paces = (
    st.builds(
        replace, plain_paces, checkpoints=st.lists(checkpoints, max_size=3).map(tuple), bake_seconds=st.just(50.0)
    )
    | plain_paces
)


@given(toys(paces=plan_paces))
@settings(max_examples=200)
def test_the_plan_is_what_the_decisions_do_when_every_upgrade_takes_equally_long(toy):
    toy.fates = dict.fromkeys(toy.fates, (100.0, "works"))
    plan = make_plan(toy.fleet, toy.job)
    toy.job = plan.job
    if isinstance(play(toy), Finish):
        assert tuple(one for start in toy.starts for one in start) == plan.upgrades
        if survey(toy.fleet, toy.job, toy.progress).budget.out == plan.budget.out == plan.stuck:
            assert tuple(toy.starts) == tuple(step.instances for step in plan.steps)


@given(toys(paces=held_paces), orders)
def test_the_same_question_has_the_same_answer(toy, ordered):
    toy.orders = list(ordered)
    first = toy.round()
    seen = toy.progress.seen(toy.fleet, toy.job, 0.0)
    assert decide(toy.fleet, toy.job, seen, 0.0, toy.control) == first
    assert decide(toy.fleet, toy.job, seen, 0.0, toy.control) == decide(toy.fleet, toy.job, seen, 0.0, toy.control)


def test_a_toy_is_played_by_the_rules_that_it_checks():
    """The checks bite: a start that breaks them is caught."""
    toy = Toy(fleet=a_fleet("oooo"), job=Job(image=NEW), fates={}, control=NO_ORDERS)
    toy.order(Verb.STOP)
    with pytest.raises(AssertionError, match="after a stop"):
        check_start(toy, Upgrade(instances=(InstanceId("0"),), reason="none"))
