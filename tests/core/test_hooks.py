"""Unit: who is parked by a hook. Budget two, one domain, canary proven."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Blocked, Finish, Halt, Hold, Upgrade, Wait, decide, survey
from rollset.core.ids import InstanceId
from rollset.core.outside.calls import Command
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.outside.judging import to_release
from rollset.core.standing import Standing
from tests.core.draw import a_fleet, a_job, asked_for, drawn, seasoned

WHY = "hook drain failed: exit status 1"
UNDRAIN = Hook(moment=Moment.AFTER_INSTANCE, name="undrain", call=Command(argv=("undrain", "{id}")))


def decided(letters, parked, now=10.0, hooks=(), **pace):
    fleet = a_fleet(letters, domains="0" * len(letters))
    job = replace(a_job(**{"max_unavailable": Amount(number=2), **pace}), hooks=hooks)
    progress = seasoned(asked_for(letters)).parking([InstanceId(one) for one in parked], WHY).seen(fleet, job, now)
    return fleet, decide(fleet, job, progress, now), survey(fleet, job, progress)


@pytest.mark.parametrize(
    ("letters", "parked", "chosen"),
    [
        pytest.param("oooooo", "0", " ^", id="it is not sent, and holds one of two places"),
        pytest.param("nooooo", "0", " ^", id="on the image and healthy for Azure: holds its place all the same"),
        pytest.param("uooooo", "0", " ^", id="being upgraded: counted once"),
        pytest.param("xooooo", "0", " ^", id="unhealthy: counted once"),
        pytest.param("oxxooo", "0", " ^^", id="others that serve nobody cost nothing"),
        pytest.param("ouoooo", "0", None, id="the other place is taken"),
    ],
)
def test_a_parked_one_holds_its_place(letters, parked, chosen):
    fleet, decision, situation = decided(letters, parked)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen, decision
    assert situation.standings["0"] is Standing.PARKED_BY_HOOK


def test_when_the_rest_is_done_the_rollout_has_failed_and_names_the_parked():
    _, decision, _ = decided("onnn", "0")
    assert decision == Halt(
        reason="3 of 4 chosen instances are on Contoso:Server:2012:2.0.0 and healthy, 1 parked: instance 0 parked: "
        + WHY
    )


def test_when_the_parked_hold_the_whole_budget_it_ends_at_once():
    _, decision, _ = decided("oooooo", "01")
    assert decision == Halt(reason=f"instance 0, 1 parked: {WHY}; no more than 2 may be out of service")


def test_what_is_on_its_way_is_waited_for_first():
    _, decision, _ = decided("ouo", "02")
    assert isinstance(decision, Wait)
    assert decision.instances == ("1",)


def test_others_that_are_out_may_still_come_back():
    _, decision, _ = decided("owoooo", "0")
    assert isinstance(decision, Wait | Blocked)


def test_one_that_exists_no_more_is_nobodys_fault():
    _, decision, _ = decided("nnn", "9")
    assert isinstance(decision, Finish)


def test_a_parked_canary_proves_nothing_and_the_next_goes_alone():
    fleet = a_fleet("oooo", domains="0000")
    job = a_job(max_unavailable=Amount(number=2), canary=1)
    progress = asked_for("oooo").parking([InstanceId("0")], WHY).seen(fleet, job, 1.0)
    decision = decide(fleet, job, progress, 1.0)
    assert drawn(fleet, decision.instances) == " ^"
    assert decision.reason.startswith("canary, alone")


def test_the_hook_after_its_upgrade_is_due_before_its_place_is_free():
    fleet = a_fleet("noo", domains="000")
    job = replace(a_job(max_unavailable=Amount(number=1)), hooks=(UNDRAIN,))
    progress = asked_for("uoo").seen(fleet, job, 5.0)
    assert to_release(survey(fleet, job, progress)) == ("0",)
    assert isinstance(decide(fleet, job, progress, 5.0), Wait)
    done = progress.let_go(InstanceId("0"), 6.0).seen(fleet, job, 6.0)
    assert to_release(survey(fleet, job, done)) == ()
    assert drawn(fleet, decide(fleet, job, done, 6.0).instances) == " ^"


def test_all_must_stay_well_even_where_one_is_parked():
    """The bake at the end is not skipped: who is not parked has still to prove itself."""
    fleet = a_fleet("no", domains="00")
    job = a_job(max_unavailable=Amount(number=2), canary=0, bake_end_seconds=100.0)
    progress = asked_for("uo").parking([InstanceId("1")], WHY).seen(fleet, job, 5.0)
    assert isinstance(decide(fleet, job, progress, 50.0), Hold)
    assert isinstance(decide(fleet, job, progress, 106.0), Halt)
