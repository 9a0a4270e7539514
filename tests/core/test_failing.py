"""Unit: how many failures a rollout puts up with, and who is tried again. Fleets are drawn as in draw.py."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Blocked, Finish, Halt, Hold, TurnBack, Upgrade, Wait, decide
from rollset.core.failing import NOT_ONE, OnFailure, Tolerance
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Checkpoint, Deadlines
from rollset.core.progress import Failure, Progress
from tests.core.draw import a_fleet, a_job, asked_for, drawn, seasoned

TWO, THREE = Amount(number=2), Amount(number=3)


def decided(letters, job, *, failed="", retried=(), canary_proven=True):
    """The decision about these; each instance under an `!` has failed as often as it stands there."""
    progress = asked_for(letters.replace("f", "u"))
    progress = seasoned(progress) if canary_proven else progress
    failures = [InstanceId(str(n)) for n, mark in enumerate(failed) if mark == "!"]
    error = AzureError(code="OSProvisioningTimedOut")
    progress = replace(
        progress,
        failures=tuple(Failure(instance=one, error=error) for one in failures),
        retries={InstanceId(one): 1 for one in retried},
    )
    fleet = a_fleet(letters, domains="0" * len(letters))
    return fleet, decide(fleet, job, progress.seen(fleet, job, 10.0), 10.0)


def tolerating(most=NOT_ONE, *, retries=0, on_failure=OnFailure.STOP, **pace):
    job = a_job(**{"max_unavailable": THREE, **pace})
    return replace(job, tolerance=Tolerance(max_failures=most, retries=retries), on_failure=on_failure)


@pytest.mark.parametrize(
    ("job", "letters", "failed", "chosen"),
    [
        pytest.param(tolerating(), "fooooooooo", "!", Halt, id="none is put up with unless told so"),
        pytest.param(tolerating(TWO), "fooooooooo", "!", " ^^", id="the rest goes on, and the failed holds its place"),
        pytest.param(tolerating(TWO), "ffoooooooo", "!!", "  ^", id="two hold two places"),
        pytest.param(tolerating(TWO), "fffooooooo", "!!!", Halt, id="one more than it puts up with"),
        pytest.param(tolerating(Amount(number=20, percent=True)), "ffoooooooo", "!!", "  ^", id="20% of ten"),
        pytest.param(tolerating(Amount(number=9, percent=True)), "fooooooooo", "!", Halt, id="9% of ten is none"),
        pytest.param(
            tolerating(TWO, on_failure=OnFailure.UNDO), "fffooooooo", "!!!", TurnBack, id="then back, where told so"
        ),
        pytest.param(tolerating(on_failure=OnFailure.CONTINUE), "ffoooooooo", "!!", "  ^", id="any number, as told"),
        pytest.param(
            tolerating(on_failure=OnFailure.CONTINUE), "fffooooooo", "!!!", Blocked, id="they hold the whole budget"
        ),
        pytest.param(tolerating(TWO), "fnnnnnnnnn", "!", Halt, id="all others done: it has failed all the same"),
        pytest.param(tolerating(TWO), "fuoooooooo", "!", "  ^", id="the failed is not waited for"),
        pytest.param(
            tolerating(TWO, across_domains=False, max_unavailable=Amount(number=1)),
            "fooooooooo",
            "!",
            Blocked,
            id="its place is the only one",
        ),
    ],
)
def test_what_follows_a_failure(job, letters, failed, chosen):
    fleet, decision = decided(letters, job, failed=failed)
    if isinstance(chosen, str):
        assert isinstance(decision, Upgrade), decision
        assert drawn(fleet, decision.instances) == chosen
    else:
        assert isinstance(decision, chosen), decision


@pytest.mark.parametrize("on_failure", [OnFailure.STOP, OnFailure.UNDO])
def test_nobody_puts_up_with_a_failed_canary(on_failure):
    _, decision = decided("fooooooooo", tolerating(TWO, on_failure=on_failure), failed="!", canary_proven=False)
    assert isinstance(decision, Halt | TurnBack)


def test_who_goes_on_in_any_case_sends_one_at_a_time_until_one_is_proven():
    job = tolerating(on_failure=OnFailure.CONTINUE)
    fleet, decision = decided("fooooooooo", job, failed="!", canary_proven=False)
    assert drawn(fleet, decision.instances) == " ^"
    _, decision = decided("fuoooooooo", job, failed="!", canary_proven=False)
    assert decision == Wait(reason="the canary goes alone: waiting for 1 to prove itself", instances=(InstanceId("1"),))


@pytest.mark.parametrize(
    ("letters", "failed", "retried", "expected"),
    [
        pytest.param("fooo", "!", (), "^", id="once more"),
        pytest.param("uooo", "!", ("0",), None, id="on its way again: the failure before does not count"),
        pytest.param("ufoo", "!!", ("0",), " ^", id="each has tries of its own"),
    ],
)
def test_who_failed_is_tried_again_with_the_same_image(letters, failed, retried, expected):
    fleet, decision = decided(letters, tolerating(retries=1), failed=failed, retried=retried)
    if expected is None:
        assert isinstance(decision, Wait | Upgrade)
        assert not isinstance(decision, Upgrade) or "0" not in decision.instances
    else:
        assert drawn(fleet, decision.instances) == expected
        assert decision.reason.endswith("once more with the same image, retry 1 of 1")
        assert not decision.reimage


def test_who_has_failed_and_is_put_up_with_is_not_called_in_flight():
    _, decision = decided("buoooooooo", tolerating(TWO, max_unavailable=Amount(number=4)), failed="!")
    assert "at most 4 out, 1 in flight, 1 failed" in decision.reason


@pytest.mark.parametrize(
    "letters",
    [
        pytest.param("nooo", id="well: a hook failed after its upgrade, say"),
        pytest.param("sooo", id="stopped by somebody"),
        pytest.param("pooo", id="protected by somebody"),
        pytest.param("dooo", id="being deleted"),
    ],
)
def test_who_failed_and_is_well_or_was_set_aside_is_not_tried_again(letters):
    _, decision = decided(letters, tolerating(retries=1), failed="!")
    assert isinstance(decision, Halt), decision


def test_who_failed_and_was_protected_since_is_left_alone():
    fleet = a_fleet("fooo", domains="0000")
    seen = tuple(replace(one, protected=one.id == "0") for one in fleet.instances)
    failure = Failure(instance=InstanceId("0"), error=AzureError(code="OSProvisioningTimedOut"))
    progress = seasoned(Progress()).started(fleet, [InstanceId("0")], 0.0).reported([failure])
    fleet, job = replace(fleet, instances=seen), tolerating(retries=1)
    assert isinstance(decide(fleet, job, progress.seen(fleet, job, 10.0), 10.0), Halt)


def test_who_gets_well_before_its_retry_is_not_touched_again():
    job = replace(tolerating(retries=1), deadlines=Deadlines(health=100.0))
    late, well = a_fleet("bnno", domains="0000"), a_fleet("nnno", domains="0000")
    progress = seasoned(Progress()).started(late, [InstanceId("0")], 0.0)
    for at in (10.0, 200.0):
        progress = progress.seen(late, job, at)
    assert progress.failed
    progress = progress.seen(well, job, 300.0)
    assert not progress.failed
    assert decide(well, job, progress, 300.0).instances == ("3",)
    ill = progress.seen(late, job, 400.0).seen(late, job, 600.0)
    assert isinstance(decide(late, job, ill, 600.0), Halt), "that was its retry"


def test_who_serves_again_on_the_old_image_is_tried_again_when_there_is_a_place():
    job = tolerating(retries=1)
    _, decision = decided("oxxx", job, failed="!")
    assert "0" not in decision.instances
    fleet, decision = decided("oxxo", job, failed="!")
    assert drawn(fleet, decision.instances) == "^"


def test_who_is_on_the_model_already_is_reimaged():
    _, decision = decided("booo", tolerating(retries=1), failed="!")
    assert decision.instances == ("0",)
    assert decision.reimage


def test_a_second_failure_after_the_last_try_counts():
    job = tolerating(retries=1)
    fleet = a_fleet("fooo", domains="0000")
    failure = Failure(instance=InstanceId("0"), error=AzureError(code="OSProvisioningTimedOut"))
    once = seasoned(Progress()).started(fleet, [InstanceId("0")], 0.0).reported([failure])
    again = once.started(fleet, [InstanceId("0")], 20.0)
    assert not again.failed
    assert not isinstance(decide(fleet, job, again, 30.0), Halt)
    assert isinstance(decide(fleet, job, again.reported([failure]), 40.0), Halt)


def test_a_retry_that_works_ends_well():
    job = tolerating(retries=1)
    fleet, after = a_fleet("fnnn", domains="0000"), a_fleet("nnnn", domains="0000")
    failure = Failure(instance=InstanceId("0"), error=AzureError(code="OSProvisioningTimedOut"))
    progress = seasoned(Progress()).started(fleet, [InstanceId("0")], 0.0).reported([failure])
    progress = progress.started(fleet, [InstanceId("0")], 20.0).seen(after, job, 300.0)
    assert isinstance(decide(after, job, progress, 300.0), Finish)


def test_the_end_says_how_many_have_failed_and_how_many_were_put_up_with():
    _, decision = decided("fffooooooo", tolerating(TWO), failed="!!!")
    assert isinstance(decision, Halt)
    assert decision.reason.endswith("(3 have failed: 0-2, and no more than 2 may)")


@pytest.mark.parametrize("pace", [{}, {"style": Batches(size=TWO)}], ids=["window", "batches"])
def test_a_failed_one_on_the_image_counts_at_a_checkpoint_and_is_not_waited_for(pace):
    half = Checkpoint(share=Amount(number=50, percent=True))
    _, decision = decided("bnnnnooooo", tolerating(TWO, checkpoints=(half,), **pace), failed="!")
    assert isinstance(decision, Hold), decision
    assert decision.reason == "checkpoint 1 (50%, 5 of 10) reached with 0 failed: waiting for `rollset approve`"


def test_who_failed_here_is_not_out_for_other_reasons():
    _, decision = decided("fffooooooo", tolerating(on_failure=OnFailure.CONTINUE), failed="!!!")
    assert isinstance(decision, Blocked)
    assert decision.reason.startswith("3 of 10 instances are out of service, 0-2 failed in this rollout (0-2), and no")
