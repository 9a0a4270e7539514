"""Unit: what a plan stands on, its hash, and the words for what has moved."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.fleet import Fleet, UpgradeMode
from rollset.core.ground import Ground, moved, plan_hash
from rollset.core.ids import InstanceId
from rollset.core.image import CustomImage, CustomKind, PlatformImage, UnmanagedImage
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import Gate
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Checkpoint, Pace
from rollset.core.plan import make_plan
from rollset.core.selection import Selection
from rollset.core.situation import ailing
from rollset.core.surging.surge import Surge
from rollset.engine.order import Order
from tests.core.draw import NEW, OLD, a_fleet, a_job

BEFORE = a_fleet("oooooo")


def with_model(fleet, **changes):
    return fleet.with_model(replace(fleet.scale_set, **changes))


def drawn_fleet(letters):
    """`k` is an outdated one that no scale-in may delete."""
    fleet = a_fleet(letters.replace("k", "o"))
    kept = [replace(one, protected_from_scale_in=letters[int(one.id)] == "k") for one in fleet.instances]
    return Fleet(scale_set=fleet.scale_set, instances=tuple(kept))


def a_repair(fleet):
    job = a_job(max_unavailable=Amount(number=1))
    return replace(job, ailing=ailing(fleet, job))


def a_careful_one(_):
    return a_job(max_unavailable=Amount(number=1))


def a_surge(_):
    return replace(a_careful_one(_), surge=Surge(add=Amount(number=1)))


def with_instance(fleet, number, **changes):
    seen = [replace(one, **changes) if one.id == str(number) else one for one in fleet.instances]
    return Fleet(scale_set=fleet.scale_set, instances=tuple(seen))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(BEFORE, (), id="nothing"),
        pytest.param(a_fleet("ooxoof"), (), id="health comes and goes"),
        pytest.param(a_fleet("ouowoo"), (), id="so does work on instances"),
        pytest.param(with_model(BEFORE, etag='"2"', tags={"a": "b"}), (), id="and etags and tags"),
        pytest.param(a_fleet("onoono"), ("instances 1, 4 on Contoso:Server:2012:2.0.0 instead of Contoso:Server:2012:1.0.0",), id="images"),
        pytest.param(a_fleet("opoooo"), ("instance 1 protected now",), id="protection"),
        pytest.param(a_fleet("osoooo"), ("instance 1 stopped now",), id="power"),
        pytest.param(a_fleet("ooooooo"), ("the capacity was 6 and is 7", "instance 6 new since then"), id="who has come"),
        pytest.param(a_fleet("ooooo"), ("the capacity was 6 and is 5", "instance 5 gone since then"), id="who has gone"),
        pytest.param(a_fleet("oooooo", domains="010203"), ("instances 2-5 in another place",), id="places"),
        pytest.param(with_model(BEFORE, image=OLD), ("the image of the model was Contoso:Server:2012:2.0.0 and is Contoso:Server:2012:1.0.0",), id="the model"),
        pytest.param(with_model(BEFORE, image=replace(NEW, publisher="CONTOSO")), (), id="not the case of its letters"),
        pytest.param(with_model(BEFORE, upgrade_mode=UpgradeMode.ROLLING), ("the upgrade policy was Manual and is Rolling",), id="the policy"),
        pytest.param(with_model(BEFORE, automatic_os_upgrade=True), ("automatic OS upgrade was off and is on",), id="a switch"),
        pytest.param(with_model(BEFORE, unique_id="another"), ("the scale set was deleted and made anew",), id="another set of that name"),
    ],
)  # fmt: skip
def test_what_has_moved_is_named_and_the_hash_moves_with_it(now, said):
    assert moved(Ground.of(BEFORE, a_job()), Ground.of(now, a_job())) == said
    before, after = (plan_hash(fleet, a_job(), switch_policy=False) for fleet in (BEFORE, now))
    assert (before != after) is bool(said)


@pytest.mark.parametrize(
    ("then", "now", "job", "said"),
    [
        pytest.param("oxoooo", "oxoxoo", a_repair, ("instance 3 out of service now",), id="who is to be repaired"),
        pytest.param("oxoxoo", "oxoooo", a_repair, ("instance 3 not to be repaired any more",), id="who is well again"),
        pytest.param("oo", "ox", a_careful_one, ("somebody would have stayed in service at any moment, and now nobody might",), id="the last one in service"),
        pytest.param("ox", "oo", a_careful_one, ("nobody might have stayed in service, and now somebody can",), id="one more in service"),
        pytest.param("oo", "ok", a_careful_one, (), id="protection from a scale-in"),
        pytest.param("oo", "ok", a_surge, ("instance 1 protected now",), id="which a surge would be"),
    ],
)  # fmt: skip
def test_of_health_and_protection_counts_what_the_plan_hangs_on(then, now, job, said):
    plans = [make_plan(fleet, job(fleet)) for fleet in map(drawn_fleet, (then, now))]
    grounds = [Ground.of(plan.fleet, plan.job) for plan in plans]
    assert moved(*grounds) == said
    assert (plans[0].hash != plans[1].hash) is bool(said)


@pytest.mark.parametrize(
    "of",
    [
        lambda word: {"hooks": (Hook(moment=Moment.BEFORE_INSTANCE, name="it", call=Command(argv=("drain", word))),)},
        lambda word: {"gates": (Gate(name="up", question=WebCall(url=f"http://{{ip}}/{word}")),)},
        lambda word: {"image": UnmanagedImage(uri=f"https://vhds.blob.core.windows.net/images/{word}.vhd")},
    ],
    ids=["a command", "an address", "a blob"],
)
def test_of_what_azure_does_not_read_the_case_counts(of):
    first, same, other = (
        plan_hash(BEFORE, replace(a_job(), **of(word)), switch_policy=False) for word in ("a", "a", "A")
    )
    assert first == same != other


GALLERY = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/i"

JOBS = [
    a_job(),
    replace(a_job(), image=OLD),
    replace(a_job(), image=CustomImage(kind=CustomKind.ID, resource_id=f"{GALLERY}/versions/1.0.0")),
    replace(a_job(), selection=Selection(instances=frozenset({InstanceId("1"), InstanceId("2")}))),
    replace(a_job(), selection=Selection(update_domains=frozenset({1, 2}))),
    replace(a_job(), pace=Pace(max_unavailable=Amount(number=2))),
    replace(a_job(), pace=Pace(max_unavailable=Amount(number=2, percent=True))),
    replace(a_job(), pace=Pace(checkpoints=(Checkpoint(share=Amount(number=2)),))),
]


def test_another_job_has_another_hash():
    hashes = {plan_hash(BEFORE, job, switch_policy=switch) for job in JOBS for switch in (False, True)}
    assert len(hashes) == 2 * len(JOBS)


def test_a_hash_is_the_same_in_every_version_and_on_every_machine():
    """Whoever makes this fail has made every plan that was agreed to another one: members are left out by default."""
    job = replace(a_job(), image=PlatformImage(publisher="P", offer="O", sku="S", version="1"))
    assert (
        plan_hash(a_fleet("on"), job, switch_policy=True)
        == "b99c99143a74ca353df7f496106c5381713256ed010ead94f672797810adf7b4"
    )


def test_everything_that_an_order_carries_out_is_in_its_hash():
    """Whoever adds a member to orders puts it into the hash, or finds here that it changes nothing agreed to."""
    agreed = {"fleet", "job", "switch_policy"}
    # What instances took before is measured, not chosen: it decides what a comparison can see, and not what it may cost.
    beside = {"id", "by", "begun_at", "wish", "start_only", "way_back", "former"}
    assert {one.name for one in fields(Order)} == agreed | beside


@given(st.permutations([str(number) for number in range(8)]))
def test_the_order_in_which_things_are_written_does_not_matter(order):
    chosen = Selection(instances=frozenset(map(InstanceId, order)))
    fleet = a_fleet("o" * 8)
    shuffled = Fleet(scale_set=fleet.scale_set, instances=tuple(fleet.by_id[InstanceId(one)] for one in order))
    job = replace(a_job(), selection=chosen)
    assert plan_hash(shuffled, job, switch_policy=False) == plan_hash(fleet, job, switch_policy=False)
