"""Unit: what was upgraded holds its place until it has been well for long enough. Budget two, one domain, bake 100 s."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Finish, Halt, Hold, HoldKind, Upgrade, Wait, decide, survey
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches
from tests.core.draw import a_fleet, a_job, asked_for, drawn, seasoned, upgraded

TWO = Amount(number=2)
JOB = a_job(max_unavailable=TWO, canary=0, bake_seconds=100.0)


def decided(letters, proven_at, job=JOB, *, now, domains=None, asked=None):
    """`proven_at` are the moments at which those upgraded by this run were proven."""
    fleet = a_fleet(letters, domains=domains or "0" * len(letters))
    progress = replace(upgraded(proven_at), asked=(asked or asked_for(letters)).asked).seen(fleet, job, now)
    return fleet, decide(fleet, job, progress, now)


@pytest.mark.parametrize(
    ("letters", "now", "chosen"),
    [
        pytest.param("nooooo", 99.0, " ^", id="one bakes: one more may join it"),
        pytest.param("nnoooo", 99.0, None, id="two bake: the budget is spent"),
        pytest.param("nnoooo", 100.0, "  ^^", id="both have baked: two may leave"),
        pytest.param("nuoooo", 50.0, None, id="one bakes, one is on its way"),
        pytest.param("nxoooo", 50.0, " ^", id="one down already goes at no cost, into the place that is left"),
        pytest.param("nwoooo", 50.0, None, id="others hold a place, and a baking one the other"),
        pytest.param("nnxooo", 50.0, None, id="never more in flight than the budget, even free of charge"),
    ],
)
def test_a_baking_one_holds_its_place(letters, now, chosen):
    fleet, decision = decided(letters, {str(n): 0.0 for n, one in enumerate(letters) if one == "n"}, now=now)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


def test_one_found_on_the_image_does_not_bake():
    fleet, decision = decided("nnoooo", {}, now=1.0)
    assert drawn(fleet, decision.instances) == "  ^^"


def test_where_only_bakes_are_waited_for_the_next_end_is_known():
    _, decision = decided("nnoooo", {"0": 10.0, "1": 30.0}, now=50.0)
    assert decision == Wait(
        reason="6 of 6 in service, at most 2 out, 2 in flight, 2 of them baking",
        instances=("0", "1"),
        until=110.0,
        barrier=False,
    )


def test_the_canary_bakes_before_others_follow():
    job = a_job(max_unavailable=Amount(number=4), bake_seconds=100.0)
    _, early = decided("noooo", {"0": 0.0}, job, now=50.0)
    assert early == Wait(reason="the canary goes alone: waiting for 0 to bake", instances=("0",), until=100.0)
    fleet, late = decided("noooo", {"0": 0.0}, job, now=100.0)
    assert drawn(fleet, late.instances) == " ^^^^"


def test_a_batch_bakes_together_and_then_pauses():
    job = a_job(max_unavailable=TWO, canary=0, bake_seconds=100.0, style=Batches(size=TWO, pause_seconds=30.0))
    _, baking = decided("nnoooo", {"0": 0.0, "1": 20.0}, job, now=50.0)
    assert baking == Wait(reason="a batch goes together: waiting for 0, 1 to bake", instances=("0", "1"), until=120.0)
    _, pausing = decided("nnoooo", {"0": 0.0, "1": 20.0}, job, now=130.0)
    assert pausing == Wait(reason="pausing between batches", until=150.0)
    _, going = decided("nnoooo", {"0": 0.0, "1": 20.0}, job, now=150.0)
    assert isinstance(going, Upgrade)


def test_the_next_domain_waits_until_the_one_before_has_baked():
    _, decision = decided("nnnoo", {"0": 0.0, "1": 0.0, "2": 70.0}, now=150.0, domains="00011")
    assert decision == Wait(
        reason="update domain 1 waits until 2 of another are back and have baked", instances=("2",), until=170.0
    )


def test_the_last_bake_too_before_the_end():
    _, decision = decided("nnn", {"2": 0.0}, now=50.0)
    assert decision == Wait(reason="waiting for the last: 2 to bake", instances=("2",), until=100.0)
    assert isinstance(decided("nnn", {"2": 0.0}, now=100.0)[1], Finish)


class TestIllness:
    def test_who_falls_ill_settles_again_and_bakes_anew(self):
        well, ill = a_fleet("nooo", domains="0000"), a_fleet("booo", domains="0000")
        progress = upgraded({"0": 0.0}).seen(ill, JOB, 50.0)
        assert survey(ill, JOB, progress).at(50.0).baking == {}
        assert survey(ill, JOB, progress).budget.out == 1
        again = progress.seen(well, JOB, 80.0)
        assert survey(well, JOB, again).at(120.0).baking == {"0": 180.0}

    def test_whoever_stops_it_meanwhile_breaks_its_bake_as_well(self):
        well, stopped = a_fleet("nooo"), a_fleet("sooo")
        progress = upgraded({"0": 0.0}).seen(stopped, JOB, 50.0).seen(well, JOB, 80.0)
        assert progress.proven[InstanceId("0")] == 80.0

    def test_who_does_not_get_well_in_time_has_failed(self):
        ill = a_fleet("booo")
        progress = upgraded({"0": 0.0}).seen(ill, JOB, 50.0).seen(ill, JOB, 651.0)
        assert isinstance(decide(ill, JOB, progress, 651.0), Halt)

    def test_an_ill_canary_proves_nothing_until_it_has_baked_again(self):
        job = a_job(max_unavailable=Amount(number=4), bake_seconds=100.0)
        _, decision = decided("booo", {"0": 0.0}, job, now=500.0)
        assert decision == Wait(
            reason="the canary goes alone: waiting for 0 to prove itself", instances=(InstanceId("0"),)
        )

    def test_both_kinds_of_waiting_are_told_apart(self):
        job = a_job(max_unavailable=TWO, canary=0, bake_seconds=100.0, style=Batches(size=TWO))
        _, decision = decided("nuoo", {"0": 0.0}, job, now=50.0)
        assert decision == Wait(reason="a batch goes together: waiting for 1 and 0 to bake", instances=("1", "0"))


class TestBakeAtTheEnd:
    job = a_job(max_unavailable=TWO, canary=0, bake_end_seconds=600.0)

    def test_all_must_stay_well_for_a_while(self):
        _, decision = decided("nnnp", {"0": 0.0, "2": 40.0}, self.job, now=100.0)
        assert decision == Hold(
            reason="3 of 4 chosen instances are on Contoso:Server:2012:2.0.0 and healthy, 1 skipped; all must stay so "
            "for 600 s from the last one on",
            kind=HoldKind.BAKE,
            until=640.0,
        )
        assert isinstance(decided("nnnp", {"0": 0.0, "2": 40.0}, self.job, now=640.0)[1], Finish)

    def test_who_falls_ill_meanwhile_is_waited_for_and_all_begins_anew(self):
        well, ill = a_fleet("nnn"), a_fleet("nbn")
        progress = upgraded({"0": 0.0, "1": 0.0}).seen(ill, self.job, 300.0)
        assert isinstance(decide(ill, self.job, progress, 300.0), Wait)
        again = progress.seen(well, self.job, 330.0)
        assert decide(well, self.job, again, 330.0).until == 930.0

    def test_a_run_that_upgraded_nothing_has_nothing_to_bake(self):
        assert isinstance(decided("nnn", {}, self.job, now=0.0)[1], Finish)

    def test_it_holds_no_places_before_that(self):
        fleet, decision = decided("nnoo", {"0": 0.0, "1": 0.0}, self.job, now=10.0)
        assert drawn(fleet, decision.instances) == "  ^^"


def test_a_moment_is_all_that_a_situation_lacks_to_know_who_bakes():
    fleet = a_fleet("nooo")
    situation = survey(fleet, JOB, upgraded({"0": 0.0}))
    assert situation.at(50.0).budget.in_flight == 1
    assert situation.at(50.0).at(50.0) == situation.at(50.0)
    assert situation.at(50.0).at(200.0).budget == situation.budget


def test_without_a_bake_nothing_changes():
    fleet = a_fleet("noooo", domains="00000")
    job = a_job(max_unavailable=TWO)
    assert drawn(fleet, decide(fleet, job, seasoned(upgraded({"0": 10.0})), 10.0).instances) == " ^^"
