"""Unit: what a decision makes of the orders in force. Which orders hold stands in test_control.py."""

import pytest

from rollset.core.amount import Amount
from rollset.core.control import NO_ORDERS, Signal, Verb
from rollset.core.decide import Finish, Halt, Hold, HoldKind, Stopped, TurnBack, Upgrade, Wait, decide
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Job, Pace
from rollset.core.progress import Failure
from tests.core.draw import NEW, a_fleet, a_job, asked_for, seasoned

JOB = a_job(max_unavailable=Amount(number=2))
UNDOING = Job(image=NEW, pace=JOB.pace, on_failure=OnFailure.UNDO)
BROKEN = Failure(instance=InstanceId("9"), error=AzureError(code="AllocationFailed"))


def ordered(*verbs):
    return NO_ORDERS.after_all(
        Signal(number=number, verb=verb, by="ann", at=0.0) for number, verb in enumerate(verbs, start=1)
    )


def decided(letters, *verbs, job=JOB, failures=(), now=10.0):
    fleet = a_fleet(letters, domains="0" * len(letters))
    known = seasoned(asked_for(letters)).seen(fleet, job, now).reported(failures)
    return decide(fleet, job, known, now, ordered(*verbs))


class TestPause:
    def test_what_is_in_flight_is_waited_for(self):
        assert decided("uooouo", Verb.PAUSE) == Wait(
            reason="paused by ann: starting nothing, waiting for 0, 4 to end", instances=("0", "4")
        )

    def test_then_nothing_starts(self):
        assert decided("nnoooo", Verb.PAUSE) == Hold(
            reason="paused by ann: starting nothing until `rollset resume`; 2 of 6 chosen instances are on "
            "Contoso:Server:2012:2.0.0 and healthy",
            kind=HoldKind.PAUSED,
        )

    def test_what_others_do_is_not_waited_for(self):
        assert isinstance(decided("nwoooo", Verb.PAUSE), Hold)

    def test_a_rollout_that_is_all_done_does_not_end_while_it_is_paused(self):
        assert isinstance(decided("nnnnnn", Verb.PAUSE), Hold)

    def test_it_goes_on_when_resumed(self):
        assert isinstance(decided("nnoooo", Verb.PAUSE, Verb.RESUME), Upgrade)


class TestStop:
    def test_what_is_in_flight_is_waited_for(self):
        assert decided("unoooo", Verb.STOP) == Wait(
            reason="stopped by ann: starting nothing more, waiting for 0 to end", instances=("0",)
        )

    def test_then_it_is_over(self):
        assert decided("nnoops", Verb.STOP) == Stopped(
            reason="stopped by ann: 2 of 6 chosen instances are on Contoso:Server:2012:2.0.0 and healthy, 2 skipped"
        )


class TestUndo:
    def test_what_is_in_flight_is_waited_for(self):
        """It cannot be called back, and would be half done."""
        assert decided("unoooo", Verb.UNDO) == Wait(
            reason="undo ordered by ann: starting nothing more before the way back, waiting for 0 to end",
            instances=("0",),
        )

    def test_then_the_way_back_begins(self):
        assert decided("nnoooo", Verb.UNDO) == TurnBack(
            reason="undo ordered by ann; bringing back what this run changed: 2 of 6 chosen instances are on "
            "Contoso:Server:2012:2.0.0 and healthy"
        )

    def test_a_failure_turns_back_by_itself_where_the_job_says_so(self):
        assert isinstance(decided("unoooo", job=UNDOING, failures=[BROKEN]), Wait)
        decision = decided("nnoooo", job=UNDOING, failures=[BROKEN])
        assert isinstance(decision, TurnBack)
        assert decision.reason.startswith("instance 9 failed: AllocationFailed; bringing back what this run changed")


@pytest.mark.parametrize(
    ("verbs", "job", "failures", "kind"),
    [
        pytest.param((), JOB, [BROKEN], Halt, id="failure"),
        pytest.param((Verb.PAUSE,), JOB, [BROKEN], Halt, id="failure over pause"),
        pytest.param((Verb.UNDO,), JOB, [BROKEN], TurnBack, id="undo over failure"),
        pytest.param((Verb.STOP,), JOB, [BROKEN], Stopped, id="stop over failure"),
        pytest.param((Verb.STOP,), UNDOING, [BROKEN], Stopped, id="stop over the undo that a failure brings"),
        pytest.param((Verb.UNDO, Verb.STOP), JOB, [], Stopped, id="stop over an undo before it"),
        pytest.param((Verb.UNDO, Verb.PAUSE), JOB, [], TurnBack, id="undo over pause"),
        pytest.param((), JOB, [], Upgrade, id="no orders"),
    ],
)
def test_what_outranks_what(verbs, job, failures, kind):
    assert isinstance(decided("nnoooo", *verbs, job=job, failures=failures), kind)


def test_a_failed_one_is_not_waited_for_whatever_was_ordered():
    """It may hang for ever: its deadline has made it a failure."""
    failed = Failure(instance=InstanceId("0"), error=AzureError(code="UpgradeDeadline"))
    for verb, kind in ((Verb.STOP, Stopped), (Verb.UNDO, TurnBack)):
        assert isinstance(decided("unoooo", verb, failures=[failed]), kind)


def test_the_way_back_obeys_a_pause_and_a_stop_but_not_the_undo_again():
    fleet = a_fleet("oooo")
    back = ordered(Verb.UNDO).on_the_way_back
    assert isinstance(decide(fleet, JOB, seasoned(asked_for("")), 0.0, back), Upgrade)
    paused = ordered(Verb.UNDO, Verb.PAUSE).on_the_way_back
    assert isinstance(decide(fleet, JOB, seasoned(asked_for("")), 0.0, paused), Hold)
    stopped = ordered(Verb.UNDO, Verb.STOP).on_the_way_back
    assert isinstance(decide(fleet, JOB, seasoned(asked_for("")), 0.0, stopped), Stopped)


def test_a_pause_outlasts_the_pause_between_batches():
    job = Job(image=NEW, pace=Pace(style=Batches(size=Amount(number=1), pause_seconds=60.0)))
    assert isinstance(decided("nooo", Verb.PAUSE, job=job), Hold)


def test_all_done_ends_unless_somebody_ordered_otherwise():
    assert isinstance(decided("nnnn"), Finish)
    assert isinstance(decided("nnnn", Verb.UNDO), TurnBack)
