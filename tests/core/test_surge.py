"""Unit: a surge, drawn as fleets; instances from `m` on are those that were made. Whole rollouts: tests/engine/test_surge.py.

m  made by us, new and healthy      i  made by us, still being made
y  made by us, never got healthy    a  made by us, for which Azure had no room
k  outdated, parked: not drained    j  made by us, parked: never put to work
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.care import Care, Stopped
from rollset.core.control import Control, Signal, Verb
from rollset.core.decide import Blocked, Finish, Grow, Halt, Hold, Retire, TurnBack, Upgrade, Wait, decide
from rollset.core.fleet import AzureError, Fleet, Health, Place, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.order import Order
from rollset.core.pace import Batches, Checkpoint, Job, Pace
from rollset.core.plan import make_plan
from rollset.core.preflight.safety import unsafe
from rollset.core.progress import Attempt, Failure, Progress
from rollset.core.situation import survey
from rollset.core.surging.draining import drained, to_drain
from rollset.core.surging.surge import Fallback, Ledger, Surge, arrivals, is_shortage
from tests.core.draw import NEW, a_fleet, a_job, a_scale_set, an_instance, drawn, upgraded

MADE = {
    "m": {"image": NEW, "latest_model_applied": True},
    "i": {"image": NEW, "provisioning": Provisioning.CREATING, "health": None, "power": Power.CREATING},
    "y": {"image": NEW, "health": Health.UNHEALTHY},
    "a": {
        "image": NEW,
        "provisioning": Provisioning.FAILED,
        "power": Power.DEALLOCATED,
        "health": None,
        "error": AzureError(code="AllocationFailed"),
    },
}
MADE["j"] = MADE["m"]
PARKED = "hook drain failed: exit status 1"
FIVE, TWO, ONE = Amount(number=5), Amount(number=2), Amount(number=1)


def a_swap(letters, *, retired=0, add=TWO, fallback=Fallback.STOP, zones=None, fallen=None, unseen=0, **pace):
    """The fleet, the job, and the progress of a run that has made what is drawn so, and deleted `retired` before."""
    olds = a_fleet("".join(one for one in letters if one not in MADE).replace("k", "o"), domains="0" * len(letters))
    made = [
        an_instance(len(olds.instances) + n, domain=0, **MADE[one])
        for n, one in enumerate(one for one in letters if one in MADE)
    ]
    instances = [*olds.instances, *made]
    if zones:
        instances = [
            replace(one, place=Place(zone=zone, update_domain=0)) for one, zone in zip(instances, zones, strict=True)
        ]
    model = a_scale_set(len(instances) + unseen, zones=tuple(sorted(set(zones or ""))))
    ledger = Ledger(
        added=len(made) + unseen,
        made=frozenset(one.id for one in made),
        retired=frozenset(InstanceId(f"r{n}") for n in range(retired)),
        grown_at=0.0,
        fallen=fallen,
    )
    well = {
        one.id: -1000.0 for one, letter in zip(made, [x for x in letters if x in MADE], strict=True) if letter == "m"
    }
    before = upgraded({**well, "canary": -1000.0})
    asked = {one.id: Attempt(at=0.0, out_at=0.0) for one in made if one.id not in well and one.power is Power.RUNNING}
    olds_then_made = sorted(letters, key=lambda one: one in MADE)
    parked = [one.id for one, letter in zip(instances, olds_then_made, strict=True) if letter in "kj"]
    progress = Progress(asked=asked, proven=before.proven, took=before.took, surge=ledger).parking(parked, PARKED)
    job = Job(image=NEW, pace=Pace(**pace), surge=Surge(add=add, fallback=fallback))
    return Fleet(scale_set=model, instances=tuple(instances)), job, progress


def decided(letters, *, now=10.0, control=None, **swap):
    fleet, job, progress = a_swap(letters, **swap)
    known = progress.seen(fleet, job, now)
    return fleet, decide(fleet, job, known, now, control or Control())


@pytest.mark.parametrize(
    ("letters", "swap", "by"),
    [
        pytest.param("o", {}, 1, id="a set of one gets a second first"),
        pytest.param("oooo", {}, 2, id="so many more as may be"),
        pytest.param("ooooi", {}, 1, id="one is being made: one more may join it"),
        pytest.param("oooommmm", {"retired": 3}, None, id="one stands ready: an old one goes before more are made"),
        pytest.param("oooommm", {"retired": 3}, 2, id="those that stand in for others are no surplus"),
        pytest.param("ooooii", {}, None, id="as many are being made as may be"),
        pytest.param("oi", {"add": FIVE}, None, id="each has its own successor on the way, and no more are made"),
        pytest.param("oooooo", {"style": Batches(size=ONE)}, 1, id="a batch of one"),
        pytest.param(
            "oooo", {"checkpoints": (Checkpoint(share=ONE),)}, 1, id="no more than the checkpoint lets through"
        ),
        pytest.param("kooom", {}, 1, id="a parked one holds a place, and another serves for it"),
        pytest.param("kooo", {}, 2, id="one is made for the parked one as well"),
        pytest.param("kom", {"add": FIVE}, 1, id="and no more than that"),
        pytest.param("kkoomm", {}, None, id="they hold all places"),
        pytest.param("oooj", {}, 1, id="a new one that is parked holds a place too, and stands in for nobody"),
        pytest.param("xxxx", {}, 2, id="a set that serves nobody gets new ones as well"),
    ],
)
def test_how_many_are_added(letters, swap, by):
    _, decision = decided(letters, **swap)
    if by is None:
        assert not isinstance(decision, Grow)
    else:
        assert isinstance(decision, Grow), decision
        assert decision.by == by


@pytest.mark.parametrize(
    ("letters", "swap", "chosen"),
    [
        pytest.param("oooom", {}, "^", id="one serves: one goes"),
        pytest.param("oooomm", {}, "^^", id="two serve: two go"),
        pytest.param("oooomi", {}, "^", id="who is still being made stands in for nobody"),
        pytest.param("oooomy", {}, "^", id="nor does who is not healthy"),
        pytest.param("ooxom", {}, "  ^", id="who serves nobody goes first"),
        pytest.param("oooomm", {"retired": 1}, "^", id="one of them has taken a place already"),
        pytest.param("ooomm", {"zones": "12211"}, "^^", id="one from the zone with most, then one of the next"),
        pytest.param("ooomm", {"zones": "12222"}, " ^^", id="the zone with most gives both"),
        pytest.param("oopmm", {}, "^^", id="protected ones stay"),
        pytest.param("koomm", {}, " ^", id="one of them serves in the place of the parked one"),
        pytest.param("ooomj", {}, "^", id="who is parked stands in for nobody"),
    ],
)
def test_who_goes_when_others_serve(letters, swap, chosen):
    fleet, decision = decided(letters, **swap)
    assert isinstance(decision, Retire), decision
    assert not decision.made
    assert drawn(fleet, decision.instances) == chosen


def test_a_new_one_takes_a_place_only_when_it_has_baked():
    fleet, job, progress = a_swap("ooom", add=ONE, bake_seconds=2000.0)
    assert isinstance(decision := decide(fleet, job, progress, 10.0), Wait), decision
    assert isinstance(decide(fleet, job, progress, 1000.0), Retire)


def test_who_fell_ill_again_stands_in_for_nobody():
    """Two were made and one old one went: one of the two is ill now, so no other may go."""
    _, decision = decided("oooym", retired=1)
    assert not isinstance(decision, Retire)


@pytest.mark.parametrize(
    ("fallback", "expected"), [(Fallback.STOP, Halt), (Fallback.IN_PLACE, Upgrade)], ids=["stop", "in-place"]
)
def test_without_room_the_fallback_is_taken_and_says_why(fallback, expected):
    _, decision = decided("oooo", fallback=fallback, fallen="quota")
    assert isinstance(decision, expected)
    if isinstance(decision, Halt):
        assert "quota" in decision.reason


def test_what_was_made_before_room_ran_out_is_put_to_use_first():
    fleet, decision = decided("ooom", fallen="quota")
    assert isinstance(decision, Retire)
    assert drawn(fleet, decision.instances) == "^"


def test_whom_azure_could_not_place_is_given_back_and_is_no_failure():
    fleet, job, progress = a_swap("ooa", add=ONE)
    known = progress.seen(fleet, job, 10.0)
    decision = decide(fleet, job, known, 10.0)
    assert known.failures == ()
    assert isinstance(decision, Retire)
    assert (decision.made, decision.instances) == (True, ("2",))


def test_a_set_in_one_placement_group_grows_to_a_hundred_and_no_further():
    fleet, job, progress = a_swap("o" * 99, add=FIVE)
    assert decide(fleet, job, progress, 0.0).by == 1
    full, job, progress = a_swap("o" * 100, add=FIVE)
    assert isinstance(decide(full, job, progress, 0.0), Halt)
    many = replace(full, scale_set=replace(full.scale_set, single_placement_group=False))
    assert decide(many, job, progress, 0.0).by == 5
    assert [one.name for one in unsafe(make_plan(full, job), told_otherwise=False)] == ["surge-limit"]


def test_a_set_of_one_is_refused_without_a_surge_and_the_refusal_names_it():
    fleet = a_fleet("o")
    (finding,) = unsafe(make_plan(fleet, Job(image=NEW)), told_otherwise=False)
    assert "--surge 1" in finding.remedy
    assert list(unsafe(make_plan(fleet, Job(image=NEW, surge=Surge(add=ONE))), told_otherwise=False)) == []


@pytest.mark.parametrize(
    ("letters", "retired", "end"),
    [
        pytest.param(
            "kkoomm", 0, "parked: hook drain failed: exit status 1; no more than 2 may be added", id="none left"
        ),
        pytest.param("kmm", 1, "1 parked: instance 0 parked: hook drain failed: exit status 1", id="the rest is done"),
    ],
)
def test_with_parked_ones_it_ends_as_failed_and_keeps_who_serves_for_them(letters, retired, end):
    _, decision = decided(letters, retired=retired)
    assert isinstance(decision, Halt), decision
    assert decision.reason.endswith(end)


def test_a_parked_new_one_is_given_back_and_named_all_the_same():
    fleet, job, progress = a_swap("mmj", retired=2)
    decision = decide(fleet, job, progress, 10.0)
    assert isinstance(decision, Retire)
    assert (decision.made, decision.instances) == (True, ("2",))
    left = replace(progress, surge=progress.surge.without(decision.instances))
    assert decide(fleet, job, left, 10.0).reason.endswith(f"instance 2 parked: {PARKED}")


def test_what_serves_is_drained_and_what_never_served_is_not():
    fleet, job, progress = a_swap("oomy")
    situation = survey(fleet, job, progress).at(10.0)
    assert to_drain(situation, ["0", "2", "3"]) == ("0", "2")


def test_of_the_drained_as_many_go_as_have_another_in_their_place_still():
    fleet, job, progress = a_swap("oopmy")
    now = drained(survey(fleet, job, progress).at(10.0), ["0", "1", "2"])
    assert now.go == ("0",)
    assert {one: why.partition(" ")[0] for one, why in now.parked.items()} == {"1": "its", "2": "it"}


@pytest.mark.parametrize(("letters", "retired"), [("ooom", 0), ("oooym", 0), ("mm", 1)])
def test_what_is_too_much_goes_before_the_way_back(letters, retired):
    ordered = Control(undo=Signal(number=1, verb=Verb.UNDO, by="ann", at=0.0))
    fleet, job, progress = a_swap(letters, retired=retired)
    failed = [Failure(instance=one, error=AzureError(code="x")) for one in progress.asked]
    progress = replace(progress, failures=tuple(failed))
    decision = decide(fleet, job, progress, 10.0, ordered)
    assert isinstance(decision, Retire), decision
    assert decision.made
    assert len(decision.instances) == progress.surge.surplus
    given_back = replace(progress, surge=progress.surge.without(decision.instances))
    assert isinstance(decide(fleet, job, given_back, 10.0, ordered), TurnBack)


def test_a_pause_makes_and_deletes_nothing():
    paused = Control(paused=Signal(number=1, verb=Verb.PAUSE, by="ann", at=0.0))
    assert isinstance(decided("ooom", control=paused)[1], Hold)


def test_what_was_added_and_does_not_show_is_waited_for():
    _, decision = decided("ooo", unseen=1)
    assert isinstance(decision, Wait)
    assert decision.until == 25.0


def test_when_all_are_replaced_it_ends():
    assert isinstance(decided("mmm", retired=3)[1], Finish)


def test_of_two_made_to_spare_the_one_that_stays_is_ours():
    before = a_fleet("oo")
    both = [an_instance(2, **MADE["i"]), an_instance(3, **MADE["i"])]
    ledger = Ledger(added=1, grown_at=0.0)
    first = arrivals(ledger, before, replace(before, instances=(*before.instances, *both)), a_job().is_reached_by, ())
    assert first.made == ("2",)
    ledger = ledger.seen(first.made, first.missed)
    left = replace(before, instances=(*before.instances, both[1]))
    then = arrivals(ledger, before, left, a_job().is_reached_by, ())
    assert (then.made, then.missed) == (("3",), ("2",))
    assert ledger.seen(then.made, then.missed).standing_in == {"3"}


def test_an_id_that_is_used_again_is_a_new_instance():
    before = a_fleet("oo")
    again = replace(before, instances=(an_instance(0, **MADE["i"]), before.instances[1]))
    ledger = Ledger(added=2, made=frozenset({InstanceId("7")}), retired=frozenset({InstanceId("0")}), grown_at=0.0)
    assert arrivals(ledger, before, again, a_job().is_reached_by, ["7"]).made == ("0",)
    assert InstanceId("0") not in ledger.seen(["0"]).gone


def test_a_failed_one_that_is_still_being_deleted_is_not_the_one_made_in_its_place():
    before = a_fleet("oo")
    going = an_instance(2, image=NEW, provisioning=Provisioning.DELETING)
    ledger = Ledger(added=2, made=frozenset({InstanceId("2")}), dropped=frozenset({InstanceId("2")}), grown_at=0.0)
    now = replace(before, instances=(*before.instances, going))
    assert arrivals(ledger, before, now, a_job().is_reached_by, ()).made == ()
    now = replace(now, instances=(*now.instances, an_instance(3, **MADE["i"])))
    assert arrivals(ledger, before, now, a_job().is_reached_by, ()).made == ("3",)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("OperationNotAllowed", "Operation results in exceeding approved Total Regional Cores quota.", True),
        ("OperationNotAllowed", "Another operation is in progress.", False),
        ("QuotaExceeded", "", True),
        ("ZonalAllocationFailed", "", True),
        ("OverconstrainedAllocationRequest", "", True),
        ("SubnetIsFull", "", True),
        ("OSProvisioningTimedOut", "", False),
        ("Conflict", "quota", False),
    ],
)
def test_what_counts_as_no_room(code, message, expected):
    assert is_shortage(AzureError(code=code, message=message)) is expected


@given(
    st.text(alphabet="ooooxpskmmmiydj", min_size=1, max_size=20),
    st.integers(0, 4),
    st.integers(1, 6),
    st.sampled_from(Fallback),
    st.sampled_from([None, "quota"]),
)
def test_whatever_the_fleet_nobody_goes_without_another_in_its_place(letters, before, add, fallback, fallen):
    made = sum(one in MADE for one in letters)
    retired = min(before, made)
    fleet, job, progress = a_swap(letters, retired=retired, add=Amount(number=add), fallback=fallback, fallen=fallen)
    decision = decide(fleet, job, progress.seen(fleet, job, 10.0), 10.0)
    serving = sum(one == "m" for one in letters)
    held = made - retired
    match decision:
        case Retire(made=False, instances=chosen):
            olds = [letter for letter in letters if letter not in MADE]
            assert all(olds[int(one)] in "ox" for one in chosen), "only outdated ones that nothing protects"
            assert len(chosen) <= held, "nobody goes without another that was made for it"
            ill, parked = made - serving, letters.count("k")
            assert len(chosen) <= held - ill - parked, "and that other serves, and for no parked one"
        case Retire(made=True, instances=chosen):
            assert len(chosen) <= held, "no more is given back than was added"
            drawn_so = "".join(sorted(letters, key=lambda one: one in MADE))
            going = sum(drawn_so[int(one)] == "m" for one in chosen)
            assert serving - going >= min(serving, letters.count("k")), "who serves for a parked one stays"
        case Grow(by=by):
            assert fallen is None
            assert held + by <= add, "never more than asked for"
        case Upgrade():
            assert fallen is not None
            assert fallback is Fallback.IN_PLACE
        case Blocked() | Wait() | Halt() | Finish():
            assert decision.reason


@pytest.mark.parametrize(
    ("zones", "pace", "care", "told"),
    [
        pytest.param(None, {}, Care(), None, id="nothing that goes otherwise"),
        pytest.param("121", {}, Care(), None, id="nor in zones"),
        pytest.param(
            None, {}, Care(stopped=Stopped.UPGRADE), "policy.stopped: upgrade does nothing here", id="stopped"
        ),
        pytest.param("121", {"order": Order.ZONE}, Care(), "zones are not gone through one at a time", id="zones"),
        pytest.param("121", {"first": (InstanceId("2"),)}, Care(), "decide within it", id="the first"),
        pytest.param(None, {"order": Order.FAULT_DOMAIN}, Care(), "no fault domain waits for another", id="domains"),
        pytest.param(None, {"order": Order.OLDEST_IMAGE}, Care(), None, id="the oldest image first, as promised"),
    ],
)
def test_what_a_surge_does_otherwise_than_asked_for_stands_in_the_plan(zones, pace, care, told):
    fleet, job, _ = a_swap("ooo", zones=zones, **pace)
    notes = make_plan(fleet, replace(job, care=care)).notes
    unheeded = [one for one in notes if "does nothing" in one or "waits for another" in one or "one at a time" in one]
    assert [told in one for one in unheeded] == ([] if told is None else [True]), notes
