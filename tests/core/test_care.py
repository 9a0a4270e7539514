"""Unit: protected and stopped instances, a fleet that is sick before, and who goes in which order. Drawn as in draw.py."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected, Stopped
from rollset.core.decide import Blocked, Finish, Halt, Upgrade, decide
from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId
from rollset.core.order import Order
from rollset.core.pace import Batches
from rollset.core.plan import make_plan
from rollset.core.progress import Progress
from rollset.core.situation import ailing
from tests.core.draw import NEW, OLD, a_fleet, a_job, an_instance, asked_for, drawn, seasoned, upgraded

TWO = Amount(number=2)


def decided(letters, job, progress=None, now=0.0):
    fleet = a_fleet(letters, domains="0" * len(letters))
    known = (seasoned(asked_for(letters)) if progress is None else progress).seen(fleet, job, now)
    return fleet, decide(fleet, job, known, now)


def caring(**care):
    return replace(a_job(max_unavailable=TWO), care=Care(**care))


@pytest.mark.parametrize(
    ("letters", "care", "chosen"),
    [
        pytest.param("ppooo", {}, "  ^^", id="skipped"),
        pytest.param("ppooo", {"protected": Protected.WAIT}, "  ^^", id="the others go first"),
        pytest.param("ppnnn", {}, Finish, id="skipped to the end"),
        pytest.param("ppnnn", {"protected": Protected.WAIT}, Blocked, id="waited for at the end"),
        pytest.param("ppooo", {"protected": Protected.FORCE}, "^^", id="as if nobody protected them"),
        pytest.param("ssooooooo", {}, "", id="stopped ones count as out, and hold the budget"),
        pytest.param("soooooooo", {"stopped": Stopped.UPGRADE}, " ^", id="those that serve go before the stopped"),
        pytest.param("snnnnnnnn", {"stopped": Stopped.UPGRADE}, "^", id="the stopped at the end"),
        pytest.param("snnnnnnnn", {}, Finish, id="the stopped not at all"),
    ],
)
def test_who_is_set_aside(letters, care, chosen):
    fleet, decision = decided(letters, caring(**care))
    if isinstance(chosen, str) and chosen:
        assert isinstance(decision, Upgrade), decision
        assert drawn(fleet, decision.instances) == chosen
    elif chosen:
        assert isinstance(decision, chosen), decision
    else:
        assert isinstance(decision, Blocked), decision


def test_a_protection_that_nobody_lifts_ends_the_rollout_after_its_deadline():
    job = caring(protected=Protected.WAIT, protected_seconds=600.0)
    patient = replace(seasoned(Progress()), blocked_since=1000.0)
    _, waits = decided("pnnnn", job, patient, now=1599.0)
    assert waits == Blocked(reason=waits.reason, until=1600.0)
    assert "protected from scale set actions still: 0" in waits.reason
    _, ends = decided("pnnnn", job, patient, now=1600.0)
    assert isinstance(ends, Halt)


def test_a_stopped_instance_on_the_image_is_done():
    job = caring(stopped=Stopped.UPGRADE)
    before = a_fleet("snn", domains="000")
    done = Fleet(scale_set=before.scale_set, instances=(replace(before.instances[0], image=NEW), *before.instances[1:]))
    progress = seasoned(Progress()).started(before, [InstanceId("0")], 0.0).seen(done, job, 60.0)
    assert isinstance(decide(done, job, progress, 60.0), Finish)
    assert InstanceId("0") in progress.took


@pytest.mark.parametrize(
    ("letters", "repair", "chosen"),
    [
        pytest.param("xxxxoooooo", False, "^^", id="the sick go first, as many at once as may be out"),
        pytest.param("uuxxoooooo", True, None, id="never more on their way than may be out"),
        pytest.param("nnxxoooooo", True, "  ^^", id="the sick go before the well"),
        pytest.param("nnnnoooooo", True, "    ^^", id="then the well"),
        pytest.param("nnnxxooooo", True, "   ^^", id="who fell ill meanwhile goes first all the same"),
        pytest.param("nnnboooooo", True, "    ^", id="the cured one that still starts holds its place"),
    ],
)
def test_a_fleet_that_is_sick_before(letters, repair, chosen):
    """The first four were out of service before, and two may be out."""
    job = a_job(max_unavailable=TWO)
    if repair:
        job = replace(job, ailing=ailing(a_fleet("xxxxoooooo"), job))
        assert job.ailing == frozenset("0123")
    fleet, decision = decided(letters, job)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


@pytest.mark.parametrize(
    ("letters", "chosen"),
    [
        pytest.param("xxxxsooooo", "^^", id="one is stopped"),
        pytest.param("sxxxsooooo", " ^^", id="two are stopped, and those that serve nobody go all the same"),
        pytest.param("snnnsooooo", None, id="only those newly out count, and here they take all of the budget"),
        pytest.param("snnnnooooo", "     ^", id="one of two places is left"),
    ],
)
def test_only_those_newly_out_count_where_the_rollout_repairs(letters, chosen):
    job = a_job(max_unavailable=TWO)
    job = replace(job, ailing=ailing(a_fleet("xxxxoooooo"), job) - {"0"})
    fleet, decision = decided(letters, job)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


@pytest.mark.parametrize(
    ("floor", "letters", "chosen"),
    [
        pytest.param(Amount(number=80, percent=True), "oooooooooo", "^^", id="80% of ten must be well"),
        pytest.param(Amount(number=85, percent=True), "oooooooooo", "^", id="85% of ten, rounded up, are nine"),
        pytest.param(Amount(number=100, percent=True), "oooooooooo", None, id="nobody may leave"),
        pytest.param(Amount(number=8), "uooooooooo", " ^", id="one is out already"),
        pytest.param(Amount(number=8), "xxuooooooo", "^", id="three are out: only one more, that serves nobody"),
    ],
)
def test_so_many_must_stay_healthy(floor, letters, chosen):
    job = a_job(max_unavailable=Amount(number=5), min_healthy=floor)
    fleet, decision = decided(letters, job)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen


GROWING = Batches(size=Amount(number=20, percent=True), growth=(Amount(number=1), Amount(number=10, percent=True)))


@pytest.mark.parametrize(
    ("done", "size"),
    [
        pytest.param(0, 1, id="one first"),
        pytest.param(1, 2, id="then 10% of twenty"),
        pytest.param(2, 1, id="the rest of the second batch"),
        pytest.param(3, 4, id="then 20%"),
        pytest.param(7, 4, id="and so on"),
    ],
)
def test_batches_grow(done, size):
    letters = "n" * done + "o" * (20 - done)
    progress = upgraded({str(n): 0.0 for n in range(done)})
    job = a_job(max_unavailable=Amount(number=9), style=GROWING)
    _, decision = decided(letters, job, progress, now=500.0)
    assert len(decision.instances) == size


def test_the_oldest_image_goes_first_whatever_the_domain():
    versions = ["2.0.0", "10.0.0", "1.9.0", "1.10.0"]
    fleet = Fleet(
        scale_set=a_fleet("oooo").scale_set,
        instances=tuple(
            an_instance(n, image=replace(OLD, version=version, sku="2011")) for n, version in enumerate(versions)
        ),
    )
    job = a_job(max_unavailable=TWO, order=Order.OLDEST_IMAGE)
    decision = decide(fleet, job, seasoned(Progress()), 0.0)
    assert decision.instances == ("2", "3")
    assert "oldest image first" in decision.reason


def test_those_named_go_first_in_the_order_in_which_they_are_named():
    fleet = a_fleet("oooooo", domains="001122")
    job = a_job(max_unavailable=TWO, first=(InstanceId("5"), InstanceId("2")))
    decision = decide(fleet, job, seasoned(Progress()), 0.0)
    assert decision.instances == ("5", "2")
    after = a_fleet("oonoon", domains="001122")
    assert decide(after, job, seasoned(Progress()), 0.0).instances == ("0", "1")


@pytest.mark.parametrize(
    ("job", "words"),
    [
        pytest.param(caring(protected=Protected.FORCE), "0, 1 are protected from scale set actions: ", id="forced"),
        pytest.param(
            a_job(first=(InstanceId("4"), InstanceId("9"))),
            "9 was to go first, and there is no such instance",
            id="first, and not there",
        ),
    ],
)
def test_the_plan_tells_what_is_not_to_be_expected(job, words):
    (note,) = [one for one in make_plan(a_fleet("ppoooooo"), job).notes if one.startswith(words)]
    assert note
