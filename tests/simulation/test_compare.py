"""Comparisons over many rollouts: how often a good image is called worse, and whether a bad one is found.

Sibling of test_simulation.py, in which comparisons are drawn together with everything else.
"""

import asyncio
from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.comparing.compare import Compare
from rollset.core.failing import OnFailure
from rollset.core.pace import Pace
from rollset.engine.events import Ending
from tests.simulation.crash import Point
from tests.simulation.draws import NEW, OLD
from tests.simulation.play import Report, Stage
from tests.simulation.test_crashes import CALM, MEMBERS
from tests.support.virtual import run_virtual

CAPACITY = 12
POLICY = Compare(min_instances=3, alpha=0.2)
COMPARED = replace(
    CALM,
    capacity=CAPACITY,
    members={**MEMBERS, "capacity": CAPACITY, "upgrade_policy": "Manual"},
    pace=Pace(max_unavailable=Amount(number=4), across_domains=True, bake_seconds=900.0),
    policy={"compare": POLICY},
    calm_at=12 * 3600.0,
)
LOOK_SECONDS = 20.0


class Restless(Stage):
    """Instances fall ill again and again: everywhere alike, or those on the new image. Each can bake in between."""

    def __init__(self, script, *, everywhere=(), on_new=False):
        super().__init__(script)
        self.everywhere, self.on_new = everywhere, on_new
        self.falling = set()

    async def _faults(self):
        await super()._faults()
        for down, up in self.everywhere:
            await self.others.fault(kind="flaps", set="rg/web", down=down, up=up)
        while self.on_new:
            await asyncio.sleep(LOOK_SECONDS)
            self.world.advance()
            for one in self.scale_set.instances.values():
                if one.image["version"] == NEW and one.in_service and one.id not in self.falling:
                    self.falling.add(one.id)
                    await self.others.fault(kind="flaps", set="rg/web", instances=[one.id], down=90, up=1200)


async def played(script, **restless):
    stage, report = Restless(script, **restless), Report(seed=script.seed)
    await stage.play(report, with_next=False)
    assert report.objections == []
    return stage, report


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("on_failure", [OnFailure.STOP, OnFailure.UNDO])
async def test_an_image_that_falls_ill_again_and_again_is_stopped(seed, on_failure):
    policy = {"compare": POLICY, "on_failure": on_failure}
    stage, report = await played(replace(COMPARED, seed=seed, policy=policy), on_new=True)
    on_new = sum(one.image["version"] == NEW for one in stage.scale_set.instances.values())
    if on_failure is OnFailure.UNDO:
        assert (report.ending, on_new) == (Ending.UNDONE, 0)
    else:
        assert report.ending is Ending.FAILED
        assert on_new <= CAPACITY * 2 / 3, "the rest was left alone"


async def test_a_crash_at_any_turn_changes_no_verdict():
    _, whole = await played(COMPARED, on_new=True)
    assert whole.ending is Ending.FAILED
    for count in range(3, whole.counts["turns"], whole.counts["turns"] // 4):
        point = Point(what="turn", count=count, when="after")
        _, report = await played(replace(COMPARED, crashes=(point,)), on_new=True)
        assert report.ending is Ending.FAILED, point


def test_a_good_image_is_called_worse_no_more_often_than_was_said():
    """Everybody falls ill now and then, whatever the image: 12 rollouts, of which 2 may be stopped for nothing."""
    stopped = compared = 0
    for seed in range(12):
        stage, report = run_virtual(played(replace(COMPARED, seed=seed), everywhere=[(60, 5400)]))
        compared += bool(stage.referee.state.compared)
        assert report.ending in (Ending.DONE, Ending.FAILED)
        stopped += report.ending is Ending.FAILED
        old = sum(one.image["version"] == OLD for one in stage.scale_set.instances.values())
        assert (old == 0) is (report.ending is Ending.DONE)
    assert compared >= 10, "where too many were ill before there may be nothing to compare"
    assert stopped <= POLICY.alpha * compared
