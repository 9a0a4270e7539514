"""Unit: `decide`, drawn as fleets. Properties that must hold for every fleet stand in test_properties.py."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Blocked, Finish, Halt, Upgrade, Wait, decide
from rollset.core.fleet import AzureError, Fleet, HealthSource, Place, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.order import Order
from rollset.core.pace import Batches, Deadlines, Job, Pace
from rollset.core.plan import make_plan
from rollset.core.progress import Attempt, Failure, Progress
from rollset.core.selection import Selection
from tests.core.draw import NEW, a_fleet, a_job, a_scale_set, an_instance, asked_for, drawn, seasoned, upgraded

TWO = Amount(number=2)
SAME_DOMAIN = "0" * 12


def decided(letters, job, *, domains=SAME_DOMAIN, progress=None, now=10.0, **model):
    fleet = a_fleet(letters, domains=domains, **model)
    known = (seasoned(asked_for(letters)) if progress is None else progress).seen(fleet, job, now)
    return fleet, decide(fleet, job, known, now)


@pytest.mark.parametrize(
    ("letters", "chosen"),
    [
        pytest.param("oooooo", "^^", id="two of six may leave"),
        pytest.param("uooooo", " ^", id="one is on its way: one more may join it"),
        pytest.param("uuoooo", None, id="two are on their way: the budget is spent"),
        pytest.param("noooob", " ^", id="a settling one still holds its place"),
        pytest.param("oowooo", "^", id="one that others work on holds a place too"),
        pytest.param("ooxooo", "  ^", id="one is down already: replace that, touch no other"),
        pytest.param("xxxooo", "^^", id="no more in flight than the budget, even free of charge"),
        pytest.param("posooo", " ^", id="protected and parked ones stay; the parked one counts as out"),
        pytest.param("ooosss", None, id="three parked: others hold the whole budget"),
        pytest.param("oodooo", "^", id="one that is being deleted is missing from the capacity"),
    ],
)
def test_who_may_leave_now(letters, chosen):
    """Budget two, one update domain, canary proven."""
    fleet, decision = decided(letters, a_job(max_unavailable=TWO))
    if chosen is None:
        assert isinstance(decision, Wait | Blocked)
    else:
        assert isinstance(decision, Upgrade), decision
        assert drawn(fleet, decision.instances) == chosen


def test_the_last_one_in_service_stays_where_the_plan_left_one():
    job = replace(a_job(), keep_one=True)
    _, decision = decided("o", job)
    assert isinstance(decision, Blocked)
    assert "the last one is not taken out" in decision.reason
    assert isinstance(decided("o", a_job())[1], Upgrade), "a plan that accepts the downtime takes it out"
    assert isinstance(decided("x", job)[1], Upgrade), "who serves nobody is no loss"
    assert make_plan(a_fleet("oooo"), a_job()).job.keep_one
    assert not make_plan(a_fleet("o"), a_job()).job.keep_one


@pytest.mark.parametrize(
    ("letters", "canary", "chosen"),
    [
        pytest.param("oooooo", 1, "^", id="the canary leaves alone"),
        pytest.param("oooooo", 2, "^^", id="two canaries"),
        pytest.param("uooooo", 1, None, id="nothing more while the canary is out"),
        pytest.param("uooooo", 2, None, id="a second canary does not join the first later"),
        pytest.param("booooo", 1, None, id="on the image, but not healthy yet: still the canary"),
        pytest.param("nooooo", 1, " ^", id="one found on the image proves nothing about this run"),
    ],
)
def test_the_canary_goes_alone(letters, canary, chosen):
    fleet, decision = decided(
        letters, a_job(max_unavailable=Amount(number=3), canary=canary), progress=asked_for(letters)
    )
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(a_job(max_unavailable=Amount(number=3)), id="one that scaling out brought"),
        pytest.param(
            Job(
                image=NEW,
                selection=Selection(instances=frozenset(map(InstanceId, "0123"))),
                pace=Pace(max_unavailable=Amount(number=3)),
            ),
            id="one that is not chosen",
        ),
    ],
)
def test_nobody_proves_the_image_in_place_of_the_canary(job):
    """The canary 0 is out; 5, which we never asked for, settles meanwhile."""
    settling, settled = (a_fleet(letters, domains=SAME_DOMAIN) for letters in ("uoooob", "uoooon"))
    progress = asked_for("u").seen(settling, job, 10.0).seen(settled, job, 20.0)
    decision = decide(settled, job, progress, 20.0)
    assert decision == Wait(reason="the canary goes alone: waiting for 0 to prove itself", instances=(InstanceId("0"),))


def test_what_an_earlier_run_left_on_its_way_is_waited_for_and_is_no_canary_of_this_run():
    job = a_job(max_unavailable=TWO)
    earlier, back = (a_fleet(letters, domains=SAME_DOMAIN) for letters in ("woooo", "noooo"))
    seen = Progress().seen(earlier, job, 0.0)
    assert isinstance(decide(earlier, job, seen, 0.0), Wait)
    seen = seen.seen(back, job, 60.0)
    assert drawn(back, decide(back, job, seen, 60.0).instances) == " ^"


def test_one_update_domain_at_a_time():
    """The last of domain 0 is still out: domain 1 waits, although the budget has room."""
    fleet, decision = decided("unnooo", a_job(max_unavailable=TWO), domains="000111")
    assert decision == Wait(reason="update domain 1 waits until 0 of another are back", instances=(InstanceId("0"),))
    assert fleet.instances[3].place.update_domain == 1


def test_domains_may_overlap_when_told_so():
    fleet, decision = decided("unnooo", a_job(max_unavailable=TWO, across_domains=True), domains="000111")
    assert drawn(fleet, decision.instances) == "   ^"


def test_instances_without_a_domain_come_last_and_together():
    instances = [an_instance(n, "o", domain=n // 2) for n in range(4)]
    bare = an_instance(4, "o", place=Place())
    fleet = Fleet(scale_set=a_scale_set(5), instances=(bare, *instances))
    job = a_job(max_unavailable=Amount(number=5))
    first = decide(fleet, job, seasoned(Progress()), 0.0)
    assert first.instances == ("0", "1")


@pytest.mark.parametrize("order", list(Order))
def test_every_order_takes_its_own_domains(order):
    fleet = Fleet(
        scale_set=a_scale_set(6),
        instances=tuple(
            an_instance(
                n,
                "o",
                place=Place(update_domain=n % 3, fault_domain=n % 2, zone=str(2 - n % 2), placement_group="g"),
            )
            for n in range(6)
        ),
    )
    decision = decide(fleet, a_job(max_unavailable=Amount(number=6), order=order), seasoned(Progress()), 0.0)
    expected = {
        Order.UPDATE_DOMAIN: ("0", "3"),
        Order.FAULT_DOMAIN: ("0", "2", "4"),
        Order.ZONE: ("1", "3", "5"),
        Order.OLDEST_IMAGE: ("0", "1", "2", "3", "4", "5"),
    }
    assert decision.instances == expected[order]


class TestBatches:
    style = Batches(size=Amount(number=3), pause_seconds=30.0)

    def test_a_batch_is_no_larger_than_the_budget(self):
        fleet, decision = decided("oooooo", a_job(max_unavailable=TWO, style=self.style))
        assert drawn(fleet, decision.instances) == "^^"

    def test_a_batch_waits_for_its_slowest(self):
        _, decision = decided("nnuooo", a_job(max_unavailable=Amount(number=3), style=self.style))
        assert isinstance(decision, Wait)
        assert decision.instances == ("2",)

    def test_the_pause_runs_from_the_last_that_was_proven(self):
        progress = upgraded({"0": 100.0, "1": 104.0})
        _, early = decided("nnoooo", a_job(max_unavailable=TWO, style=self.style), progress=progress, now=120.0)
        _, late = decided("nnoooo", a_job(max_unavailable=TWO, style=self.style), progress=progress, now=134.0)
        assert early == Wait(reason="pausing between batches", until=134.0)
        assert isinstance(late, Upgrade)


class TestFailure:
    def test_a_failed_instance_stops_everything(self):
        failing = a_fleet("foooo")
        job = a_job(max_unavailable=TWO)
        progress = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)}).seen(failing, job, 60.0)
        decision = decide(failing, job, progress, 60.0)
        assert isinstance(decision, Halt)
        assert decision.reason == "instance 0 failed: OSProvisioningTimedOut: the guest did not report"

    def test_others_in_flight_are_waited_for_first(self):
        fleet = a_fleet("fuooo")
        job = a_job(max_unavailable=TWO)
        both = {InstanceId("0"): Attempt(at=0.0, out_at=0.0), InstanceId("1"): Attempt(at=0.0, out_at=0.0)}
        decision = decide(fleet, job, Progress(asked=both).seen(fleet, job, 60.0), 60.0)
        assert isinstance(decision, Wait)
        assert decision.instances == ("1",)

    def test_a_failure_from_before_the_request_is_no_answer_to_it(self):
        fleet, job = a_fleet("foooo"), a_job(max_unavailable=TWO)
        asked = Progress().started(fleet, [InstanceId("0")], 0.0)
        assert asked.seen(fleet, job, 5.0).failures == ()
        moving = asked.seen(a_fleet("uoooo"), job, 10.0)
        assert [one.instance for one in moving.seen(fleet, job, 20.0).failures] == ["0"]

    def test_not_healthy_in_time_is_a_failure_counted_from_the_new_image_on(self):
        job = Job(image=NEW, pace=Pace(max_unavailable=TWO), deadlines=Deadlines(health=600.0))
        starting = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)}).seen(a_fleet("uoooo"), job, 500.0)
        on_image = starting.seen(a_fleet("boooo"), job, 1000.0)
        assert on_image.seen(a_fleet("boooo"), job, 1600.0).failures == ()
        (failure,) = on_image.seen(a_fleet("boooo"), job, 1600.1).failures
        assert failure.error.code == "HealthDeadline"
        assert "600 s to become healthy on the new image" in failure.error.message

    def test_an_upgrade_that_never_ends_is_a_failure(self):
        job = Job(image=NEW, deadlines=Deadlines(upgrade=900.0))
        asked = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)})
        assert asked.seen(a_fleet("uoooo"), job, 900.0).failures == ()
        (failure,) = asked.seen(a_fleet("uoooo"), job, 901.0).failures
        assert failure.error.code == "UpgradeDeadline"

    def test_what_an_earlier_run_left_unhealthy_on_the_image_is_waited_for_and_then_fails(self):
        job = a_job(max_unavailable=TWO)
        seen = Progress().seen(a_fleet("boooo"), job, 0.0)
        assert isinstance(decide(a_fleet("boooo"), job, seen, 0.0), Wait)
        later = seen.seen(a_fleet("boooo"), job, 601.0)
        assert isinstance(decide(a_fleet("boooo"), job, later, 601.0), Halt)

    def test_a_failure_that_azure_reported_halts_too(self):
        progress = Progress().reported([Failure(instance=InstanceId("3"), error=AzureError(code="AllocationFailed"))])
        decision = decide(a_fleet("ooooo"), a_job(), progress, 0.0)
        assert decision == Halt(reason="instance 3 failed: AllocationFailed", failures=progress.failures)

    def test_only_those_that_were_looked_at_can_be_late(self):
        """A look at a few says nothing new of the others, however long ago they were seen."""
        job, fleet = a_job(max_unavailable=TWO), a_fleet("ubooo")
        known = asked_for("u").seen(fleet, job, 0.0)
        assert known.seen(fleet, job, 900.0, looked_at={InstanceId("0")}).failures == ()
        assert [one.instance for one in known.seen(fleet, job, 900.0).failures] == ["1"]


class TestEnd:
    def test_one_of_ours_that_is_being_deleted_is_nobodys_business_any_more(self):
        """It neither holds a place in flight nor is waited for."""
        fleet, job = a_fleet("doooo", domains=SAME_DOMAIN), a_job(max_unavailable=TWO)
        asked = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)}).seen(fleet, job, 60.0)
        assert asked.asked == {}
        assert drawn(fleet, decide(fleet, job, asked, 60.0).instances) == " ^"

    def test_done_when_every_chosen_one_is_read_back(self):
        _, decision = decided("nnnnn", a_job())
        assert isinstance(decision, Finish)

    def test_skipped_ones_are_counted(self):
        _, decision = decided("nnnps", a_job())
        assert decision == Finish(
            reason="3 of 5 chosen instances are on Contoso:Server:2012:2.0.0 and healthy, 2 skipped"
        )

    def test_not_before_the_last_is_proven(self):
        _, decision = decided("nnnnb", a_job())
        assert isinstance(decision, Wait)
        assert decision.instances == ("4",)

    def test_others_than_the_chosen_are_not_waited_for(self):
        job = Job(image=NEW, selection=Selection(instances=frozenset({InstanceId("0")})))
        _, decision = decided("nooob", job)
        assert isinstance(decision, Finish)


def test_blocked_by_others_ends_after_the_health_deadline():
    fleet, job = a_fleet("ooosss"), a_job(max_unavailable=TWO)
    first = decide(fleet, job, Progress(), 0.0)
    assert isinstance(first, Blocked)
    assert "3 of 6 instances are out of service for other reasons (3-5), and no more than 2 may be" in first.reason
    blocked = Progress().blocked(0.0)
    assert isinstance(decide(fleet, job, blocked, 599.0), Blocked)
    assert isinstance(decide(fleet, job, blocked, 600.0), Halt)


def test_without_a_health_source_power_and_provisioning_decide():
    unjudged = [an_instance(n, letter, health=None) for n, letter in enumerate("nooo")]
    fleet = Fleet(scale_set=a_scale_set(4, health_source=HealthSource.NONE), instances=tuple(unjudged))
    job = a_job(max_unavailable=Amount(number=1))
    progress = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)}).seen(fleet, job, 60.0)
    assert progress.proven == {"0": 60.0}


def test_with_a_health_source_no_verdict_on_the_new_image_is_not_healthy():
    silent = [an_instance(0, "n", health=None), *(an_instance(n, "o") for n in (1, 2, 3))]
    fleet = Fleet(scale_set=a_scale_set(4), instances=tuple(silent))
    progress = Progress(asked={InstanceId("0"): Attempt(at=0.0, out_at=0.0)}).seen(fleet, a_job(), 60.0)
    assert progress.proven == {}


@pytest.mark.parametrize("letter", ["o", "h"])
def test_a_failed_one_that_the_probe_finds_healthy_still_serves_and_costs_a_place(letter):
    """Its extension failed, say, before the new disk or on it: it carries traffic, so it is not free of charge."""
    instances = (an_instance(0, letter, provisioning=Provisioning.FAILED), *(an_instance(n, "s") for n in (1, 2)))
    fleet = Fleet(scale_set=a_scale_set(3), instances=instances)
    decision = decide(fleet, a_job(max_unavailable=TWO), Progress(), 0.0)
    assert isinstance(decision, Blocked)


def test_who_comes_back_at_the_same_look_is_noted_in_the_order_of_the_fleet():
    """Another order each time would make another journal, and another result, of the same rollout."""
    away, back = a_fleet("u" * 20), a_fleet("n" * 20)
    progress = asked_for("u" * 20).seen(away, a_job(), 1.0).seen(back, a_job(), 2.0)
    assert list(progress.proven) == list(progress.took) == [one.id for one in back.instances]


def test_those_who_go_across_domains_are_told_with_all_their_domains():
    fleet = a_fleet("ooooon", domains="011222")
    decision = decide(fleet, a_job(max_unavailable=Amount(number=4), across_domains=True), seasoned(Progress()), 0.0)
    assert decision.reason.startswith("update domain 0, update domain 1, update domain 2; ")
