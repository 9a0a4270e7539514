"""The run of one small rollout is ended at each of its requests and turns in turn; the next run goes on, and all is well.

Such places are many: `make test` ends a run at every fourth request, and in each turn in one of three ways; `make survive`
at each request, and in each turn in every way.
Sibling of test_simulation.py, where crashes are drawn together with everything else.
"""

import os
from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.control import Verb
from rollset.core.pace import Batches, Engine, Pace
from rollset.core.surging.surge import Surge
from rollset.core.when.calendar import ALWAYS
from rollset.engine.events import Ending
from tests.simulation.crash import Point
from tests.simulation.draws import NEW, OLD, URN, drawn
from tests.simulation.play import Report, Stage

MEMBERS = {"capacity": 2, "image": f"{URN}:{OLD}", "upgrade_policy": "Automatic", "health": "extension"}

CALM = replace(
    drawn(0),
    capacity=2,
    members=MEMBERS,
    pace=Pace(max_unavailable=Amount(number=1)),
    calendar=ALWAYS,
    policy={},
    surge=None,
    throttle=False,
    faults=(),
    deeds=(),
    orders=(),
    crashes=(),
    downtimes=(0.0,),
    calm_at=4 * 3600.0,
)


async def played(*crashes, calm=CALM):
    stage, report = Stage(replace(calm, crashes=crashes)), Report(seed=0)
    await stage.play(report, with_next=False)
    upgrades = [len(one.upgrades) for one in stage.scale_set.instances.values()]
    model = stage.scale_set.model.image_reference["version"]
    return report, upgrades, (stage.scale_set.mode, model)


WHENS = ("before", "middle", "after")
REQUESTS_APART, TURNS_APART = (1, 1) if os.environ.get("ROLLSET_CRASHES") == "all" else (4, len(WHENS))


def turns(whole, when):
    """In which of its turns a run ends so."""
    return range(1 + WHENS.index(when) % TURNS_APART, whole.counts["turns"] + 1, TURNS_APART)


def endings(whole, what, shift):
    """Where a run ends, for each of three shifts: in turns, always in the same way; at requests, in each way in turn."""
    if what == "turn":
        return [Point(what=what, count=one, when=WHENS[shift]) for one in turns(whole, WHENS[shift])]
    requests = range(1 + shift, whole.counts["requests"] + 1, len(WHENS) * REQUESTS_APART)
    return [Point(what=what, count=one, when=WHENS[(place + shift) % len(WHENS)]) for place, one in enumerate(requests)]


@pytest.mark.parametrize("what", ["request", "turn"])
@pytest.mark.parametrize("shift", range(3))
async def test_wherever_a_run_ends_each_instance_is_upgraded_once_and_the_model_is_as_it_has_to_be(what, shift):
    whole, *_ = await played()
    points = list(endings(whole, what, shift))
    assert len(points) * TURNS_APART > 8
    for point in points:
        report, upgrades, model = await played(point)
        assert (report.objections, report.ending) == ([], Ending.DONE), point
        assert (upgrades, model) == ([1, 1], ("Automatic", NEW)), point
        assert report.counts["crashes"] == 1


@pytest.mark.parametrize("what", ["request", "turn"])
@pytest.mark.parametrize("shift", range(3))
async def test_wherever_a_surge_is_cut_off_nothing_is_added_or_deleted_twice(what, shift):
    calm = replace(CALM, surge=Surge(add=Amount(number=1)), crashes=())
    whole = Report(seed=0)
    await Stage(calm).play(whole, with_next=False)
    for point in endings(whole, what, shift):
        stage, report = Stage(replace(calm, crashes=(point,))), Report(seed=0)
        await stage.play(report, with_next=False)
        assert (report.objections, report.ending) == ([], Ending.DONE), point
        stage.world.advance()
        staying = [one for one in stage.scale_set.instances.values() if one.counts]
        assert [one.image["version"] for one in staying] == [NEW, NEW], point
        assert stage.scale_set.capacity == 2, point
        assert not {one.id for one in staying} & {"0", "1"}, point


ONE = Amount(number=1)
BY_AZURE = replace(
    CALM, policy={"engine": Engine.AZURE}, pace=Pace(max_unavailable=ONE, style=Batches(size=ONE), canary=0)
)


@pytest.mark.parametrize(("what", "when"), [("request", "middle"), ("turn", "before"), ("turn", "middle")])
async def test_the_same_where_azures_own_rolling_upgrade_carries_it_out(what, when):
    whole, *_ = await played(calm=BY_AZURE)
    crashes = 0
    points = turns(whole, when) if what == "turn" else range(1, whole.counts["requests"] + 1, 5 * REQUESTS_APART)
    for count in points:
        point = Point(what=what, count=count, when=when)
        report, upgrades, model = await played(point, calm=BY_AZURE)
        assert (report.objections, report.ending) == ([], Ending.DONE), point
        assert (upgrades, model) == ([1, 1], ("Automatic", NEW)), point
        crashes += report.counts["crashes"]
    # How looks fall on what Azure does decides how many turns there are: one more or less.
    assert crashes >= len(points) - 1


@pytest.mark.parametrize("when", WHENS)
async def test_wherever_the_undo_of_a_half_done_surge_is_cut_off_all_is_as_before(when):
    """One of two is replaced when it is ordered; each run ends in another turn of the way back."""
    calm = replace(CALM, surge=Surge(add=Amount(number=1)), orders=((220.0, Verb.UNDO),), downtimes=(0.0,))
    whole = Report(seed=0)
    await Stage(calm).play(whole, with_next=False)
    assert (whole.objections, whole.ending) == ([], Ending.UNDONE)
    assert whole.counts["deletions"] > 1, "it was half done"
    for count in turns(whole, when):
        stage, report = Stage(replace(calm, crashes=(Point(what="turn", count=count, when=when),))), Report(seed=0)
        await stage.play(report, with_next=False)
        assert (report.objections, report.ending) == ([], Ending.UNDONE), count
        stage.world.advance()
        staying = [one for one in stage.scale_set.instances.values() if one.counts]
        assert [one.image["version"] for one in staying] == [OLD, OLD], count
        assert stage.scale_set.capacity == 2, count
