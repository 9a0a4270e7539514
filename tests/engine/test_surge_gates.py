"""Whole rollouts by surge with gates that hold an instance against a baseline: that of those not upgraded yet."""

import asyncio
from dataclasses import replace

import pytest

from rollset.core.outside.gates import Answer, Bounds
from rollset.engine import events
from rollset.engine.events import Ending
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD
from tests.engine.test_gates import ASKED, REFUSED, WEB
from tests.engine.test_hooks import Run
from tests.engine.test_surge import BY_ONE, BY_TWO, a_surging_stage

WITHIN = replace(WEB, bounds=Bounds(within=0.2))


def measured(stage, new, *, odd=None):
    """10 on the old image, `new` on the new one; the `odd` old one has a hundred times as much."""

    def answer(about, _now):
        if stage.images[about.instance] == NEW:
            return Answer(yes=True, words="measured", number=new)
        return Answer(yes=True, words="measured", number=1000.0 if about.instance == odd else 10.0)

    return answer


async def test_new_instances_are_as_good_as_the_median_of_the_old():
    async with a_surging_stage(capacity=4) as stage:
        stage.outside = Outsiders(answers={ASKED: measured(stage, 11.0, odd="0")})
        outcome = await stage.roll(surge=BY_TWO, gates=[WITHIN])
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 4}, 4)
        assert stage.fewest == 4
        assert {event.instance for event in stage.told_of(events.Measured)} <= set("0123")


async def test_a_new_one_that_is_worse_than_the_old_is_given_back():
    async with a_surging_stage(capacity=4) as stage:
        stage.outside = Outsiders(answers={ASKED: measured(stage, 20.0)})
        outcome = await stage.roll(surge=BY_TWO, gates=[WITHIN])
        assert outcome.ending is Ending.FAILED
        assert "20 is not within 20% of 10, its baseline" in outcome.reason
        assert stage.end == ({OLD: 4}, 4)


async def test_nothing_is_added_where_none_of_the_old_can_be_measured():
    async with a_surging_stage(capacity=3) as stage:
        stage.outside = Outsiders(answers={ASKED: lambda _about, _now: REFUSED})
        outcome = await stage.roll(surge=BY_ONE, gates=[WITHIN])
        assert outcome.ending is Ending.FAILED
        assert outcome.reason.startswith(
            "nothing was added: gate web has no number of 0-2 to hold new instances against"
        )
        assert stage.end == ({OLD: 3}, 3)
        assert not stage.told_of(events.Grown)


@pytest.mark.parametrize("moment", [events.Growing, events.Arrived])
async def test_after_a_crash_the_baseline_is_known(moment):
    """The next run finds the old ones deaf, and judges by what the first one measured."""
    async with a_surging_stage(capacity=2) as stage:
        stage.outside = Outsiders(answers={ASKED: measured(stage, 20.0)})
        run = Run(stage, await stage.plan(surge=BY_ONE, gates=[WITHIN]))
        told = asyncio.Event()
        stage.listeners.append(lambda event: told.set() if isinstance(event, moment) else None)
        carrying = asyncio.create_task(run.carry())
        await told.wait()
        await asyncio.sleep(20.0)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        result = await run.carry()
        assert result.ending is Ending.FAILED
        assert "20 is not within 20% of 10, its baseline" in result.reason
        assert len(stage.told_of(events.Measured)) == 2
