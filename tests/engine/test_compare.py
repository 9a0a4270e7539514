"""Whole rollouts on the emulator, in virtual time, of an image that flaps, compared with the instances not upgraded yet."""

import asyncio

import pytest

from rollset.core.amount import Amount
from rollset.core.compare import Compare
from rollset.core.failing import OnFailure
from rollset.engine import events
from rollset.engine.events import Ending
from tests.engine.stage import NEW, OLD, a_stage

CAPACITY = 24
COMPARING = {"compare": Compare()}
PACE = {"max_unavailable": Amount(number=6), "across_domains": True, "bake_seconds": 90.0}


def let_the_image_flap(stage):
    """Whoever comes up on the new image fails and works in turns from then on."""
    faults, flapping = [], set()

    def begin(event):
        if isinstance(event, events.Proven) and stage.images[event.instance] == NEW and event.instance not in flapping:
            flapping.add(event.instance)
            fault = {"kind": "flaps", "set": "rg/web", "instances": [event.instance], "down": 60, "up": 240}
            faults.append(asyncio.ensure_future(stage.azure.fault(**fault)))

    stage.listeners.append(begin)


async def test_an_image_that_flaps_is_found_worse_and_nobody_else_gets_it():
    async with a_stage(capacity=CAPACITY) as stage:
        let_the_image_flap(stage)
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is Ending.FAILED
        assert "flapping is worse" in outcome.reason
        assert stage.counts[OLD] >= CAPACITY / 2
        (told,) = [one for one in stage.told_of(events.Compared) if one.comparison.worse]
        (difference,) = told.comparison.worse
        assert difference.upgraded > difference.rest
        assert difference.p < difference.threshold
        assert outcome.compared[-1] == told.comparison


async def test_an_image_that_flaps_is_taken_back():
    async with a_stage(capacity=CAPACITY) as stage:
        let_the_image_flap(stage)
        plan = await stage.plan(policy=COMPARING, on_failure=OnFailure.UNDO, **PACE)
        outcome = await stage.run(plan, upgrades_max=2)
        assert outcome.ending is Ending.UNDONE
        assert stage.counts == {OLD: CAPACITY}
        assert any(one.worse for one in outcome.compared)


async def test_an_image_as_good_as_the_old_one_is_compared_and_rolled():
    async with a_stage(capacity=CAPACITY) as stage:
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: CAPACITY}
        assert [one.stage for one in outcome.compared] == [1, 2]
        assert not any(one.worse for one in outcome.compared)
        assert outcome.remarks == ()


@pytest.mark.parametrize("members", [{"capacity": 8}, {"capacity": CAPACITY, "health": "none"}], ids=["few", "blind"])
async def test_who_asks_for_a_comparison_is_told_that_there_was_none(members):
    async with a_stage(**members) as stage:
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is Ending.DONE
        assert any("never compared" in remark for remark in outcome.remarks)
