"""Unit: nothing goes beyond a checkpoint that is closed. Fleets of eight, budget four, one domain, canary proven."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.control import NO_ORDERS, Signal, Verb
from rollset.core.decide import Finish, Hold, HoldKind, Upgrade, Wait, decide
from rollset.core.ids import InstanceId
from rollset.core.pace import Checkpoint, Job
from rollset.core.plan import make_plan
from rollset.core.selection import Selection
from tests.core.draw import NEW, a_fleet, a_job, asked_for, drawn, seasoned, upgraded

HALF = Checkpoint(share=Amount(number=50, percent=True))
THREE_QUARTERS_HOUR = Checkpoint(share=Amount(number=75, percent=True), wait_seconds=3600.0)


def job_with(*checkpoints, **pace):
    return a_job(max_unavailable=Amount(number=4), checkpoints=checkpoints, **pace)


def approvals(*numbers):
    return NO_ORDERS.after_all(
        Signal(number=number, verb=Verb.APPROVE, by="ann", at=0.0, checkpoint=number) for number in numbers
    )


def decided(letters, *checkpoints, approved=(), reached=None, now=10.0, job=None):
    fleet = a_fleet(letters, domains="0" * len(letters))
    job = job or job_with(*checkpoints)
    progress = replace(seasoned(asked_for(letters)), reached=reached or {}).seen(fleet, job, now)
    return fleet, decide(fleet, job, progress, now, approvals(*approved))


@pytest.mark.parametrize(
    ("letters", "chosen"),
    [
        pytest.param("oooooooo", "^^^^", id="as far as the checkpoint reaches"),
        pytest.param("nooooooo", " ^^^", id="the proven ones count"),
        pytest.param("nuoooooo", "  ^^", id="those on their way count"),
        pytest.param("nnuuoooo", None, id="so many are proven or on their way"),
        pytest.param("nnnwoooo", None, id="whom others bring there counts as well"),
        pytest.param("nnnoxooo", "    ^", id="one that serves nobody goes no further than that either"),
        pytest.param("nnnnoooo", None, id="reached"),
    ],
)
def test_how_far_a_rollout_goes(letters, chosen):
    fleet, decision = decided(letters, HALF)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


def test_it_is_reached_only_when_all_are_proven():
    _, decision = decided("nnnuoooo", HALF)
    assert decision == Wait(
        reason="checkpoint 1 (50%, 4 of 8) is next: waiting for 3", instances=(InstanceId("3"),), until=None
    )


def test_it_waits_to_be_approved():
    fleet, held = decided("nnnnoooo", HALF)
    assert held == Hold(
        reason="checkpoint 1 (50%, 4 of 8) reached: waiting for `rollset approve`",
        kind=HoldKind.APPROVAL,
        checkpoint=1,
    )
    assert decided("nnnnoooo", HALF, approved=[2])[1] == held
    fleet, going = decided("nnnnoooo", HALF, approved=[1])
    assert drawn(fleet, going.instances) == "    ^^^^"


def test_an_approval_may_come_before_its_time():
    fleet, decision = decided("nnnooooo", HALF, approved=[1])
    assert drawn(fleet, decision.instances) == "   ^^^^"


def test_it_opens_by_itself_after_the_time_it_names_from_the_moment_it_was_reached():
    _, first = decided("nnnnnnoo", THREE_QUARTERS_HOUR, now=10.0)
    assert first == Hold(
        reason="checkpoint 1 (75%, 6 of 8) reached: waiting 3600 s, or for `rollset approve`",
        kind=HoldKind.CHECKPOINT,
        until=3610.0,
        checkpoint=1,
    )
    assert decided("nnnnnnoo", THREE_QUARTERS_HOUR, reached={1: 10.0}, now=2000.0)[1] == first
    assert isinstance(decided("nnnnnnoo", THREE_QUARTERS_HOUR, reached={1: 10.0}, now=3610.0)[1], Upgrade)
    assert isinstance(decided("nnnnnnoo", THREE_QUARTERS_HOUR, approved=[1], now=10.0)[1], Upgrade)


def test_a_rollout_that_is_paused_at_a_checkpoint_says_that_it_is_paused():
    fleet, job = a_fleet("nnnnoooo"), job_with(HALF)
    paused = NO_ORDERS.after(Signal(number=1, verb=Verb.PAUSE, by="ann", at=0.0))
    assert decide(fleet, job, seasoned(asked_for("")), 0.0, paused).kind is HoldKind.PAUSED


def test_each_opens_by_itself():
    fleet, decision = decided("nnnnoooo", HALF, THREE_QUARTERS_HOUR, approved=[1])
    assert drawn(fleet, decision.instances) == "    ^^"
    _, decision = decided("nnnnnnoo", HALF, THREE_QUARTERS_HOUR, approved=[1])
    assert decision.checkpoint == 2


def test_the_nearest_comes_first_whatever_its_number():
    """A set that grows may put a share beyond a number that was larger."""
    two = Checkpoint(share=Amount(number=2))
    fleet, decision = decided("nooooooo", HALF, two)
    assert drawn(fleet, decision.instances) == " ^"
    assert decided("nnoooooo", HALF, two)[1].checkpoint == 2


def test_one_at_the_whole_is_reached_before_the_end():
    whole = Checkpoint(share=Amount(number=100, percent=True))
    assert decided("nnnnnnnn", whole)[1].kind is HoldKind.APPROVAL
    assert isinstance(decided("nnnnnnnn", whole, approved=[1])[1], Finish)


def test_one_that_those_left_cannot_reach_holds_nobody():
    assert isinstance(decided("nnnppsss", HALF)[1], Finish)


def test_those_that_bake_are_not_proven_yet():
    job = job_with(HALF, bake_seconds=100.0, canary=0)
    fleet = a_fleet("nnnnoooo", domains="0" * 8)
    progress = upgraded({"0": 0.0, "1": 0.0, "2": 0.0, "3": 50.0})
    assert decide(fleet, job, progress, 120.0) == Wait(
        reason="checkpoint 1 (50%, 4 of 8) is next: waiting for 3 to bake", instances=("3",), until=150.0
    )
    assert decide(fleet, job, progress, 150.0).kind is HoldKind.APPROVAL


def test_who_falls_ill_at_a_checkpoint_is_waited_for_and_its_time_runs_on():
    _, decision = decided("nnnnnboo", THREE_QUARTERS_HOUR, reached={1: 0.0}, now=100.0)
    assert isinstance(decision, Wait)
    assert decided("nnnnnnoo", THREE_QUARTERS_HOUR, reached={1: 0.0}, now=200.0)[1].until == 3600.0


def test_shares_are_of_those_chosen():
    job = Job(
        image=NEW,
        selection=Selection(instances=frozenset(map(InstanceId, "0123"))),
        pace=job_with(HALF).pace,
    )
    fleet, decision = decided("oooooooo", job=job)
    assert drawn(fleet, decision.instances) == "^^"


def test_when_it_was_reached_is_remembered_from_the_first_time_on():
    progress = asked_for("").at_checkpoint(1, 10.0)
    assert progress.at_checkpoint(1, 99.0).reached == {1: 10.0}
    assert progress.at_checkpoint(2, 99.0).reached == {1: 10.0, 2: 99.0}


class TestPlan:
    def test_steps_end_at_checkpoints(self):
        plan = make_plan(a_fleet("o" * 8, domains="0" * 8), job_with(HALF, THREE_QUARTERS_HOUR, canary=1))
        assert [(len(step.instances), step.why) for step in plan.steps] == [
            (1, "canary: alone, until it is on the image and healthy"),
            (3, "3 within the budget; then checkpoint 1 (50%, 4 of 8)"),
            (2, "2 within the budget; then checkpoint 2 (75%, 6 of 8)"),
            (2, "2 within the budget"),
        ]

    def test_those_ahead_are_told_in_numbers_and_in_their_order(self):
        plan = make_plan(a_fleet("o" * 8), job_with(THREE_QUARTERS_HOUR, HALF))
        assert plan.job.pace.checkpoints == (HALF, THREE_QUARTERS_HOUR)
        assert plan.notes[-2:] == (
            "checkpoint 1 (50%, 4 of 8): nothing goes beyond it until it is approved",
            "checkpoint 2 (75%, 6 of 8): nothing goes beyond it for 3600 s, or until it is approved",
        )

    def test_those_behind_are_dropped_and_told(self):
        """Who starts a rollout again at a checkpoint has looked at what is there."""
        plan = make_plan(a_fleet("nnnnoooo"), job_with(HALF, THREE_QUARTERS_HOUR))
        assert plan.job.pace.checkpoints == (THREE_QUARTERS_HOUR,)
        assert "4 chosen instances are on the image already: no hold at 50% (4 of 8)" in plan.notes
        assert make_plan(plan.fleet, plan.job).job == plan.job

    def test_one_beyond_all_that_are_chosen_is_told(self):
        plan = make_plan(a_fleet("oooo"), job_with(Checkpoint(share=Amount(number=5))))
        assert plan.notes[-1] == "checkpoint 1 at 5 of 4 chosen instances is never reached"
