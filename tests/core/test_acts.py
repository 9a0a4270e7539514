"""Unit: what acts cost, and why they are refused. Fleets are drawn as in `tests.core.draw`."""

import json

import pytest

from rollset.core.acts.act import Action, Edit, OnInstances, Scale, Underway
from rollset.core.acts.editing import clashes, ground
from rollset.core.acts.price import Case
from rollset.core.acts.pricing import price
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.errors import UsageError
from rollset.core.fleet import Fleet, Health, Orchestration, Power, Setting, UpgradeMode
from rollset.core.ids import InstanceId
from rollset.core.model.change import ModelChange
from rollset.core.selection import Selection
from tests.core.draw import NEW, OLD, a_fleet, a_scale_set, an_instance, drawn

TWENTY = "o" * 20


def on(action, **facets):
    return OnInstances(action=action, selection=Selection(**{name: frozenset(ids) for name, ids in facets.items()}))


def cost(act, fleet, underway=(), took=()):
    fleet = a_fleet(fleet) if isinstance(fleet, str) else fleet
    return price(act, Case(fleet=fleet, underway=tuple(underway), took=took))


@pytest.mark.parametrize(
    ("act", "fleet", "touched", "words"),
    [
        (
            on(Action.RESTART, update_domains={2}),
            TWENTY,
            "  ^    ^    ^    ^",
            "4 of 20 instances out of service for about 3 minutes; 16 serve meanwhile",
        ),
        (
            on(Action.POWER_OFF, instances={"0", "1"}),
            "oooo",
            "^^",
            "2 of 4 instances out of service until they are started; 2 serve then",
        ),
        (
            on(Action.DEALLOCATE, instances={"3"}),
            "oooo",
            "   ^",
            "1 of 4 instances out of service until it is started; 3 serve then",
        ),
        (
            on(Action.RESTART, instances={"2"}),
            "ooxo",
            "  ^",
            "1 of 4 instances to restart, out of service already, for about 3 minutes; 3 serve meanwhile",
        ),
        (
            on(Action.REIMAGE),
            "ooxp",
            "^^^",
            "3 of 4 instances to reimage, 1 of them out of service already, for about 10 minutes; 1 serve meanwhile",
        ),
        (on(Action.UPGRADE), "onnp", "^", "1 of 4 instances out of service for about 10 minutes; 3 serve meanwhile"),
        (on(Action.DELETE, instances={"1"}), "ooo", " ^", "1 of 3 instances is deleted with its disks; 2 serve then"),
        (on(Action.START), "osso", " ^^", "2 of 4 instances start, which takes about 3 minutes; 2 serve meanwhile"),
        (
            on(Action.PROTECT, instances={"0", "2"}),
            "oop",
            "^",
            "1 of 3 instances is protected from actions of the set and from scale-in; nobody leaves service",
        ),
        (on(Action.START), "ooo", "", "nobody is touched; 3 of 3 instances serve"),
        (on(Action.RESTART), "ood", "^^", "2 of 2 instances out of service for about 3 minutes; 0 serve meanwhile"),
    ],
)
def test_the_price_of_an_action(act, fleet, touched, words):
    seen = a_fleet(fleet)
    told = cost(act, seen)
    assert (drawn(seen, told.touched), told.words) == (touched, words)


def test_the_time_is_what_was_measured_where_something_was():
    guessed = cost(on(Action.RESTART), a_fleet("oo", os_type="Linux"))
    assert (str(guessed.lasts), guessed.lasts.source) == ("about 90 seconds", "as a rule; Azure publishes no figure")
    measured = cost(on(Action.RESTART), "oo", took=[30.0, 38.0, 31.0])
    assert str(measured.lasts) == "about 40 seconds"
    assert measured.lasts.source == "measured the last 3 times on this set"
    assert "for about 40 seconds" in measured.words


@pytest.mark.parametrize(
    ("act", "fleet", "dangerous", "loses"),
    [
        (on(Action.RESTART), "oo", True, ""),
        (on(Action.RESTART), "xx", False, ""),
        (on(Action.REIMAGE), "xx", True, "what is on their OS disks"),
        (on(Action.DELETE), "ss", True, "the instances with their disks"),
        (on(Action.START), "ss", False, ""),
        (on(Action.PROTECT), "oo", False, ""),
        (Scale(capacity=3), "oo", False, ""),
        (Scale(capacity=1), "oo", True, "the instances with their disks"),
    ],
)
def test_dangerous_is_what_costs_service_or_data(act, fleet, dangerous, loses):
    told = cost(act, fleet)
    assert (told.dangerous, told.loses) == (dangerous, loses)


@pytest.mark.parametrize(
    ("act", "fleet", "why"),
    [
        (on(Action.RESTART, instances=()), "oo", "no instance of rg/web matches"),
        (on(Action.START), "oo", "there is nothing to start: 0, 1 are running already"),
        (on(Action.UPGRADE), "np", "there is nothing to upgrade: 0 is on the model already; 1 is protected from"),
        (on(Action.RESTART), "s", "there is nothing to restart: 0 is deallocated, so there is nothing to restart"),
        (on(Action.RESTART), "d", "every instance that is meant is being deleted"),
        (on(Action.DELETE), "opo", "1 is protected, and is not deleted so: unprotect first, or leave out"),
        (Scale(capacity=2), "oo", "the capacity of rg/web is 2 already"),
        (Scale(capacity=-1), "oo", "a capacity is a number from 0 up, and -1 is none"),
        (Scale(capacity=1001), "oo", "no scale set has more than 1000 instances"),
        (Scale(capacity=101), "oo", "rg/web has a single placement group, which holds 100 instances at most"),
        (Edit(image=NEW), "oo", "the model of rg/web says all of that already"),
        (Edit(), "oo", "the model of rg/web says all of that already"),
    ],
)
def test_refusals(act, fleet, why):
    (told,) = cost(act, fleet).refusals
    assert told.startswith(why)


def test_whom_the_set_does_not_have_is_a_slip_of_the_finger_and_no_refusal():
    with pytest.raises(UsageError, match="there is no update domain 9"):
        cost(on(Action.RESTART, update_domains={9}), "oo")


ROLLOUT = Underway(id="web-1", words="the rollout web-1", exclusive=True)
RESTART = Underway(
    id="web-2", words="the restart web-2", exclusive=False, instances=frozenset({InstanceId("0"), InstanceId("1")})
)


@pytest.mark.parametrize(
    ("act", "underway", "refused"),
    [
        (on(Action.UPGRADE), ROLLOUT, "the rollout web-1 has not ended, and upgrade must not go on beside it"),
        (on(Action.DELETE), ROLLOUT, "the rollout web-1 has not ended, and delete must"),
        (Scale(capacity=9), ROLLOUT, "the rollout web-1 has not ended, and scale must"),
        (Edit(image=OLD), ROLLOUT, "the rollout web-1 has not ended, and edit must"),
        (on(Action.RESTART), ROLLOUT, None),
        (on(Action.PROTECT), ROLLOUT, None),
        (on(Action.RESTART), RESTART, "the restart web-2 has not ended on 2 of these instances; wait for it"),
        (on(Action.DELETE, instances={"1"}), RESTART, "the restart web-2 has not ended on instance 1; wait for it"),
        (on(Action.RESTART, instances={"2"}), RESTART, None),
        (Scale(capacity=9), RESTART, None),
    ],
)
def test_what_may_go_on_at_once(act, underway, refused):
    told = cost(act, "oooo", [underway])
    assert [one[: len(refused)] for one in told.refusals] == ([refused] if refused else [])
    assert not refused or not any("goes on" in one for one in told.notes), "nothing goes on beside what does not begin"


def test_a_restart_beside_a_rollout_says_so():
    told = cost(on(Action.RESTART), "oo", [ROLLOUT])
    assert told.notes == ("no instance serves meanwhile", "the rollout web-1 goes on, and counts who is out of service")


def test_an_upgrade_of_a_flexible_set_asks_for_all_that_are_meant():
    machines = tuple(an_instance(n, "n", tells_model=False, latest_model_applied=False) for n in range(2))
    fleet = Fleet(scale_set=a_scale_set(2, orchestration=Orchestration.FLEXIBLE), instances=machines)
    told = cost(on(Action.UPGRADE), fleet)
    assert (len(told.touched), told.refusals) == (2, ())
    assert "nobody tells which machines" in told.notes[-1]


def test_protection_of_any_kind_keeps_from_deletion_and_unprotecting_ends_all_of_it():
    fleet = Fleet(scale_set=a_scale_set(1), instances=(an_instance(0, protected_from_scale_in=True),))
    assert cost(on(Action.DELETE), fleet).refusals
    assert cost(on(Action.UNPROTECT), fleet).touched == ("0",)
    assert cost(on(Action.PROTECT_FROM_SCALE_IN), fleet).passed_over == {"so already": ("0",)}


@pytest.mark.parametrize(
    ("act", "model", "words", "out"),
    [
        (Scale(capacity=12), {}, "8 of 20 instances are deleted, Azure chooses which; 12 serve then", 8),
        (Scale(capacity=21), {}, "1 instance more, 21 in all; nobody leaves service", 0),
        (Edit(image=OLD), {}, "nobody leaves service: instances follow when they are upgraded", 0),
        (
            Edit(image=OLD),
            {"upgrade_mode": UpgradeMode.AUTOMATIC},
            (
                "the upgrade policy is Automatic, so 20 instances follow by themselves, perhaps all at once, out of service "
                "for about 10 minutes; 0 serve meanwhile"
            ),
            20,
        ),
        (
            Edit(image=OLD, capacity=18),
            {"upgrade_mode": UpgradeMode.ROLLING, "rolling_policy": RollingPolicy(batch_percent=10)},
            (
                "the upgrade policy is Rolling, so 20 instances follow by themselves, in about 10 batches of 2, each out of "
                "service for about 10 minutes; 18 serve meanwhile; 2 of 20 instances are deleted, Azure chooses which; "
                "16 serve then"
            ),
            4,
        ),
    ],
)
def test_the_price_of_a_change_of_the_set(act, model, words, out):
    told = cost(act, a_fleet(TWENTY, **model))
    assert (told.words, told.out, told.refusals) == (words, out, ())


def test_an_edit_tells_exactly_what_becomes_another():
    edit = Edit(image=OLD, model=ModelChange(vm_size="Standard_D2S_v5"), capacity=5)
    told = cost(edit, "ooo")
    assert [str(one) for one in told.differences] == [
        f"virtualMachineProfile.storageProfile.imageReference {NEW} -> {OLD}",
        "sku.capacity 3 -> 5",
    ]


def test_a_clash_has_both_sides_and_what_was_wanted():
    before = a_scale_set(3)
    edit = Edit(image=OLD, capacity=5)
    read = ground(before, edit)
    now = a_scale_set(4, vm_size="Standard_D4s_v5", etag='"9"')
    assert [str(one) for one in clashes(read, now, edit)] == [
        "sku.name was Standard_D2s_v5 when it was read, is Standard_D4s_v5 now",
        "sku.capacity was 3 when it was read, is 4 now, and the edit wants 5",
    ]


def test_an_etag_that_only_rose_is_no_clash_and_a_capacity_that_is_not_edited_neither():
    read = ground(a_scale_set(3), Edit(image=OLD))
    assert clashes(read, a_scale_set(4, etag='"9"'), Edit(image=OLD)) == ()
    assert Setting(path="sku.capacity", value=json.dumps(3)) not in read


def test_a_price_is_told_from_another_by_its_token():
    one, same, other = (cost(on(Action.RESTART), fleet) for fleet in ("ooo", "ooo", "oox"))
    assert one.token == same.token != other.token


def test_who_is_unhealthy_or_stopped_serves_nobody():
    fleet = Fleet(
        scale_set=a_scale_set(4),
        instances=(
            an_instance(0),
            an_instance(1, health=Health.INITIALIZING),
            an_instance(2, power=Power.STOPPED, health=None),
            an_instance(3, "f"),
        ),
    )
    told = cost(on(Action.REDEPLOY), fleet)
    assert (told.serving, told.out, told.serving_meanwhile) == (1, 1, 0)
