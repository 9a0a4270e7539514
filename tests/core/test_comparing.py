"""Unit: when the upgraded are compared with the rest, what is counted, and what a bad outcome leads to.

Fleets are drawn as in draw.py, in the order of their looks: an `i` is an upgraded instance that is unhealthy.
"""

from dataclasses import replace
from itertools import pairwise

import pytest

from rollset.core.amount import Amount
from rollset.core.comparing.compare import Compare, ComparedGate, Worse
from rollset.core.comparing.former import Former, unlike
from rollset.core.comparing.sides import ASKED_MAX, comparison, is_due, sides, to_measure
from rollset.core.decide import Finish, Halt, TurnBack, Upgrade, decide, survey
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError, Fleet, Health, HealthSource
from rollset.core.ids import InstanceId
from rollset.core.model.change import ModelChange
from rollset.core.outside.calls import WebCall
from rollset.core.outside.gates import Gate, PrometheusQuery
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Engine
from rollset.core.progress import Failure, Progress, Took
from rollset.core.surging.surge import Surge
from tests.core.draw import NEW, a_fleet, a_job, a_scale_set, an_instance

LOOK_SECONDS = 60.0


def fleet_of(letters):
    ill = {"image": NEW, "health": Health.UNHEALTHY}
    instances = [
        an_instance(number, "o" if letter == "i" else letter, domain=0, **(ill if letter == "i" else {}))
        for number, letter in enumerate(letters)
    ]
    return Fleet(scale_set=a_scale_set(len(letters)), instances=tuple(instances))


def comparing(policy=None, *, on_failure=OnFailure.STOP, **pace):
    job = a_job(**{"max_unavailable": Amount(number=90, percent=True), **pace})
    return replace(job, compare=policy or Compare(), on_failure=on_failure)


def after(looks, job, looked_at=None):
    """What is remembered after these looks; who is new in the first was upgraded by this run."""
    took = {InstanceId(str(n)): Took(300.0, 300.0) for n, letter in enumerate(looks[0]) if letter == "n"}
    progress = Progress(took=took, proven=dict.fromkeys(took, 0.0))
    for number, letters in enumerate(looks):
        now = LOOK_SECONDS * number
        progress = progress.seen(fleet_of(letters), job, now, looked_at if number else None)
        here = survey(fleet_of(letters), job, progress).at(now)
        found = comparison(here)
        progress = progress if found is None else progress.having_compared(found)
    return replace(here, progress=progress), now


FLAPPING = ("nnnnnoooooooo", "iiiiioooooooo")
STEADY = ("nnnnnoooooooo", "nnnnnoooooooo")


@pytest.mark.parametrize(
    ("looks", "counts"),
    [
        pytest.param(("nnoo", "inoo", "nnoo", "inoo"), "2...", id="each fall counts"),
        pytest.param(("nnoo", "inoo", "inoo"), "1...", id="who stays down has fallen once"),
        pytest.param(("nnox", "nnox", "nnoo", "nnox"), "...1", id="who was ill at the first look had not fallen"),
        pytest.param(("nnoo", "nnos", "nnoo", "nnow", "nnob"), "....", id="stopped, worked on, or starting is no fall"),
    ],
)
def test_what_is_a_flap(looks, counts):
    here, _ = after(looks, comparing())
    seen = here.progress.flaps.counts
    assert "".join(str(seen.get(InstanceId(str(n)), ".")) for n in range(4)) == counts


def test_only_looks_at_all_count():
    here, _ = after(("nnoo", "inoo"), comparing(), looked_at=[InstanceId("0")])
    assert here.progress.flaps.counts == {}


def test_nothing_is_kept_where_nothing_is_compared():
    here, _ = after(FLAPPING, replace(comparing(), compare=None))
    assert here.progress.flaps.begun_at is None
    assert here.progress.compared == ()


@pytest.mark.parametrize(
    ("looks", "bake", "stages"),
    [
        pytest.param(("nnnnooooooo",), 0.0, [], id="four are too few"),
        pytest.param(("nnnnnoooo",), 0.0, [], id="too few are left"),
        pytest.param(("nnnnnooooo",), 0.0, [1], id="five of each"),
        pytest.param(("nnnnnooooo",) * 3, 0.0, [1], id="once for so many"),
        pytest.param(("nnnnnooooo",), 60.0, [], id="who bakes is not compared"),
        pytest.param(("nnnnnooooo",) * 2, 60.0, [1], id="who has baked is"),
        pytest.param(("nnnnnooooo", "iiiiiooooo"), 60.0, [1], id="who flaps has baked all the same"),
        pytest.param(("nnnnnosssss",), 0.0, [], id="who is stopped shows nothing"),
        pytest.param(("nnnnnoppppp",), 0.0, [1], id="who is protected shows as much as others"),
    ],
)
def test_when_the_upgraded_are_compared(looks, bake, stages):
    here, _ = after(looks, comparing(bake_seconds=bake))
    assert [one.stage for one in here.progress.compared] == stages
    assert not is_due(here)


def test_what_an_upgrade_leaves_behind_is_counted_anew():
    here, now = after(("nnoo", "inoo"), comparing())
    again = here.progress.started(here.fleet, [InstanceId("0")], now)
    assert again.flaps.counts == {}
    assert InstanceId("0") not in again.flaps.shown


@pytest.mark.parametrize(
    ("looks", "compared"),
    [
        pytest.param(("ooooooooooooo",) * 3, "nnnnn", id="well before"),
        pytest.param(("xoooooooooooo", "xoooooooooooo"), ".nnnn", id="ill before"),
        pytest.param(("ooooooooooooo", "oxooooooooooo", "ooooooooooooo"), "n.nnn", id="fallen before, and well again"),
    ],
)
def test_who_was_ill_before_its_upgrade_proves_nothing_of_the_image(looks, compared):
    """They go first, and a machine that falls ill on any image would be held against the new one."""
    here, now = after(looks, comparing())
    sent = [InstanceId(str(number)) for number in range(5)]
    progress = here.progress.started(here.fleet, sent, now)
    for moment in (now + 300.0, now + 600.0):
        progress = progress.seen(fleet_of("nnnnnoooooooo"), comparing(), moment)
    both = sides(survey(fleet_of("nnnnnoooooooo"), comparing(), progress).at(now + 600.0))
    assert "".join("n" if one in both.upgraded else "." for one in sent) == compared
    assert len(both.rest) == 8


@pytest.mark.parametrize(
    ("looks", "on_failure", "decision"),
    [
        pytest.param(STEADY, OnFailure.STOP, Upgrade, id="no worse: on it goes"),
        pytest.param(FLAPPING, OnFailure.STOP, Halt, id="worse: no other may go"),
        pytest.param(FLAPPING, OnFailure.UNDO, TurnBack, id="worse: back"),
        pytest.param(FLAPPING, OnFailure.CONTINUE, Upgrade, id="worse, and never mind"),
    ],
)
def test_what_follows(looks, on_failure, decision):
    job = comparing(on_failure=on_failure, bake_seconds=60.0)
    here, now = after(looks, job)
    # Afterwards all are well, as those that flap are for a while.
    well = fleet_of(looks[0])
    decided = decide(well, job, here.progress.seen(well, job, now + 600.0), now + 900.0)
    assert type(decided) is decision, decided
    if decision in (Halt, TurnBack):
        assert "flapping is worse: 1 on 5 upgraded instances, 0 on 8 others" in decided.reason


def test_a_rollout_that_went_on_all_the_same_has_failed_at_its_end():
    job = comparing(on_failure=OnFailure.CONTINUE, bake_seconds=60.0)
    here, now = after(FLAPPING, job)
    done = a_fleet("n" * 13)
    decided = decide(done, job, here.progress.seen(done, job, now + 600.0), now + 900.0)
    assert type(decided) is Halt, decided
    assert "flapping is worse" in decided.reason
    assert type(decide(done, replace(job, compare=None), replace(here.progress, compared=()), now + 900.0)) is Finish


def test_without_anybody_who_judges_health_nothing_is_said_of_it():
    job = comparing()
    fleet = fleet_of(STEADY[0])
    blind = Fleet(scale_set=fleet.scale_set, instances=tuple(replace(one, health=None) for one in fleet.instances))
    took = {InstanceId(str(n)): Took(300.0, 300.0) for n in range(5)}
    progress = Progress(took=took, proven=dict.fromkeys(took, 0.0)).seen(blind, job, 0.0)
    found = comparison(survey(blind, job, progress).at(0.0))
    assert found is not None
    assert found.differences == ()
    assert "flapping was not compared: nothing judges their health" in str(found)


def with_extensions(here, told):
    """The same, where these instances have extensions, of which those named have failed."""
    instances = tuple(
        replace(one, failed_extensions=told.get(int(one.id)) if told is not None else None)
        for one in here.fleet.instances
    )
    return replace(here, fleet=replace(here.fleet, instances=instances), progress=replace(here.progress, compared=()))


SOUND = dict.fromkeys(range(13), ())


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(
            SOUND | dict.fromkeys(range(4), ("monitor",)) | {4: ("monitor", "script")},
            "extension failure is worse: 1 on 5 upgraded instances, 0 on 8 others (p 0.00078, threshold 0.013; monitor "
            "failed on 5 upgraded, script failed on 1 upgraded)",
            id="on the new image alone",
        ),
        pytest.param(
            dict.fromkeys(range(13), ("monitor",)),
            "extension failure is no worse: 1 on 5 upgraded instances, 1 on 8 others (p 1, threshold 0.013; monitor "
            "failed on 5 upgraded)",
            id="on both alike",
        ),
        pytest.param({}, "extension failure was not compared: they have no extensions", id="there are none"),
        pytest.param(
            dict.fromkeys(range(7), ()),
            "extension failure was not compared: it is known of 5 upgraded instances and of 2 others",
            id="of too few",
        ),
    ],
)
def test_extensions_that_fail(told, said):
    here, _ = after(STEADY, comparing())
    words = str(comparison(with_extensions(here, told)))
    assert said in words, words


def test_who_could_not_be_provisioned_for_an_extension_counts_among_the_upgraded():
    """A job that puts up with failures must not call the survivors the whole of what the image does."""
    here, _ = after(("nnnnnnnnooooooooo",) * 2, comparing())
    lost = [InstanceId(str(number)) for number in range(5, 8)]
    error = AzureError(code="VMExtensionProvisioningError")
    progress = replace(
        here.progress,
        failures=tuple(Failure(instance=one, error=error) for one in lost),
        flaps=here.progress.flaps.without(lost),
        compared=(),
    )
    failed = with_extensions(here, dict.fromkeys(range(17), ()) | dict.fromkeys(range(5, 8), ("monitor",)))
    found = comparison(replace(failed, progress=progress))
    extension = next(one for one in found.differences if one.name == "extension failure")
    assert (extension.upgraded, extension.upgraded_count, extension.rest) == (3 / 8, 8, 0.0)


LOAD = Gate(name="load", question=PrometheusQuery(url="http://p:9090", query="load"))
OTHER = Gate(name="other", question=WebCall(url="http://{ip}/"))


@pytest.mark.parametrize(
    ("letters", "new", "old"),
    [
        pytest.param("nnnnnnooooo", 6, 5, id="few: all of them"),
        pytest.param("n" * 200 + "o" * 100, ASKED_MAX, ASKED_MAX, id="many: as many as are asked, from everywhere"),
        pytest.param("nnnnnoooo", 0, 0, id="nobody before a comparison is worth it"),
    ],
)
def test_who_is_asked_for_a_number(letters, new, old):
    compare = Compare(gates=(ComparedGate(gate="load", worse=Worse.HIGHER),))
    job = replace(comparing(compare), gates=(OTHER, LOAD))
    here, _ = after((letters,), comparing(compare))
    asked = to_measure(replace(here, job=job, progress=replace(here.progress, compared=()))) if new else ()
    assert {one.gate.name for one in asked} <= {"load"}
    numbers = [int(one.instance) for one in asked]
    upgraded, rest = letters.count("n"), letters.count("o")
    assert sum(one < upgraded for one in numbers) == new
    assert sum(one >= upgraded for one in numbers) == old
    assert len(set(numbers)) == len(numbers)
    for size, side in ((upgraded, [n for n in numbers if n < upgraded]), (rest, [n for n in numbers if n >= upgraded])):
        gaps = [later - sooner for sooner, later in pairwise(side)]
        assert all(gap <= size / len(side) + 1 for gap in gaps), "from everywhere alike"
    # Both sides are asked together: neither is done long before the other.
    assert all(abs(2 * sum(n < upgraded for n in numbers[:k]) - k) <= abs(new - old) + 1 for k in range(len(numbers)))


def test_how_long_the_upgraded_took_is_told_and_not_judged():
    here, _ = after(STEADY, comparing())
    found = comparison(replace(here, progress=replace(here.progress, compared=())))
    (boot,) = [one for one in found.left_out if one.name == "boot time"]
    assert boot.why == (
        "the upgraded took 300 s from the request until they were healthy; Azure does not tell when the others were last "
        "started"
    )
    assert all(one.threshold == 0.025 for one in found.differences), "what is not judged costs the others nothing"


@pytest.mark.parametrize(
    ("took", "before", "verdict"),
    [
        pytest.param(
            Took(290.0, 300.0), 100.0, "worse: 290 on 5 upgraded instances, 100 on 8", id="nearly three times"
        ),
        pytest.param(Took(190.0, 230.0), 100.0, "no worse", id="a slow day: no look saw that it was more than twice"),
        pytest.param(Took(90.0, 100.0), 100.0, "no worse", id="as long as before"),
        pytest.param(Took(290.0, 300.0), None, "not compared: it is known of 5 upgraded instances and of 4", id="few"),
    ],
)
def test_how_long_the_upgraded_took_is_held_against_an_earlier_rollout(took, before, verdict):
    here, _ = after(STEADY, comparing())
    known = range(5, 13) if before is not None else range(5, 9)
    former = Former(rollout="web-1", took={InstanceId(str(one)): before or 100.0 for one in known})
    progress = replace(here.progress, compared=(), former=former, took=dict.fromkeys(here.progress.took, took))
    found = comparison(replace(here, progress=progress))
    (boot,) = [one for one in (*found.differences, *found.left_out) if one.name == "boot time"]
    assert f"boot time {'was' if before is None else 'is'} {verdict}" in str(boot)
    assert before is None or "when web-1 upgraded them" in str(boot)


def test_who_is_upgraded_meanwhile_is_not_on_both_sides():
    """The times of all are known from before; only those of the others are held against."""
    here, _ = after(STEADY, comparing())
    former = Former(rollout="web-1", took={InstanceId(str(one)): 100.0 for one in range(13)})
    found = comparison(replace(here, progress=replace(here.progress, compared=(), former=former)))
    (boot,) = [one for one in found.differences if one.name == "boot time"]
    assert (boot.upgraded_count, boot.rest_count) == (5, 8)


GATED = {"gates": (OTHER,)}
DRAIN = Hook(name="drain", moment=Moment.BEFORE_INSTANCE, call=WebCall(url="http://{ip}/drain"))


@pytest.mark.parametrize(
    ("now", "then", "sets", "why"),
    [
        pytest.param({}, {}, {}, None, id="alike"),
        pytest.param(GATED, GATED, {}, None, id="the same gates take as long"),
        pytest.param(GATED, {}, {}, "other gates", id="a gate is new"),
        pytest.param({"surge": Surge(add=Amount(number=1))}, {}, {}, "made anew now", id="made, not upgraded"),
        pytest.param({}, {"surge": Surge(add=Amount(number=1))}, {}, "made anew then", id="were made"),
        pytest.param({}, {"hooks": (DRAIN,)}, {}, "hooks take a part of that time then", id="drained"),
        pytest.param({}, {"engine": Engine.AZURE}, {}, "Azure sends them off then", id="nobody knows when"),
        pytest.param(
            {"model": ModelChange(vm_size="Standard_D4s_v3")}, {}, {}, "more than the image", id="and the size"
        ),
        pytest.param({}, {}, {"vm_size": "Standard_D8s_v3"}, "the size was Standard_D8s_v3", id="resized since"),
        pytest.param({}, {}, {"health_source": HealthSource.NONE}, "something else judged", id="judged otherwise"),
    ],
)
def test_only_upgrades_that_nothing_else_makes_longer_are_timed_against_each_other(now, then, sets, why):
    a_set = a_scale_set(12)
    found = unlike(replace(a_job(), **now), a_set, replace(a_job(), **then), replace(a_set, **sets))
    assert found is None if why is None else why in found


def test_numbers_of_gates_are_compared_beside_the_rest():
    compare = Compare(gates=(ComparedGate(gate="load", worse=Worse.LOWER),))
    here, _ = after(STEADY, comparing(compare))
    here = replace(here, progress=replace(here.progress, compared=()))
    load = {InstanceId(str(number)): float(number) for number in range(13)}
    found = comparison(here, {"load": load})
    assert [(one.name, one.worse, one.threshold) for one in found.differences] == [
        ("flapping", False, 0.0125),
        ("load", True, 0.0125),
    ]
