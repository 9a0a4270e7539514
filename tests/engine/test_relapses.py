"""Whole rollouts on the emulator, in virtual time, of an image that flaps faster than it bakes: they end, and say why."""

import asyncio

import pytest

from rollset.core.amount import Amount
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.pace import Deadlines
from rollset.core.surging.surge import Surge
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.records import decode_entry, decode_result, encode_order
from rollset.engine.state import State
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.support.virtual import virtual_loop

BAKE, HEALTH = 120.0, 300.0
HELD = "all must stay so"
PACE = {"bake_seconds": BAKE, "deadlines": Deadlines(health=HEALTH), "max_unavailable": TWO}


def let_the_image_flap(stage, whom=None):
    """Who comes up on the new image fails for longer than a look takes to come, and works for less than a bake, in turns."""
    flapping = {}

    def begin(event):
        if not isinstance(event, events.Proven) or event.instance in flapping or stage.images[event.instance] != NEW:
            return
        if whom is None or event.instance in whom:
            fault = {"kind": "flaps", "set": "rg/web", "instances": [event.instance], "down": 70, "up": 50}
            flapping[event.instance] = asyncio.ensure_future(stage.azure.fault(**fault))

    stage.listeners.append(begin)


@pytest.mark.parametrize("pace", [{}, {"surge": Surge(add=Amount(number=1))}], ids=["in place", "surge"])
async def test_a_canary_that_flaps_fails_and_nobody_follows_it(pace):
    async with a_stage(capacity=6) as stage:
        let_the_image_flap(stage)
        outcome = await stage.roll(**PACE, **pace)
        assert outcome.ending is Ending.FAILED
        assert "it had 420 s to stay well for 120 s without a break, and fell ill" in outcome.reason
        assert [one.error.code for one in outcome.failures] == ["BakeDeadline"]
        assert stage.end[0][OLD] == (6 if pace else 5)
        assert stage.end[1] == 6
        first = min(event.at for event in stage.told_of(events.Proven))
        (failed,) = stage.told_of(events.Failed)
        assert BAKE + HEALTH < failed.at - first < BAKE + HEALTH + 180.0


async def test_it_is_tried_again_and_taken_back_as_told():
    async with a_stage(capacity=6) as stage:
        let_the_image_flap(stage)
        policy = {"tolerance": Tolerance(retries=1)}
        plan = await stage.plan(policy=policy, on_failure=OnFailure.UNDO, **PACE)
        outcome = await stage.run(plan, upgrades_max=3)
        assert outcome.ending is Ending.UNDONE
        assert len(stage.told_of(events.Failed)) == 2
        assert stage.counts == {OLD: 6}


async def test_the_rest_is_done_where_one_that_flaps_is_put_up_with():
    async with a_stage(capacity=6, fault_domains=1) as stage:
        let_the_image_flap(stage, whom={"3"})
        policy = {"tolerance": Tolerance(max_failures=Amount(number=1))}
        outcome = await stage.roll(policy=policy, bake_end_seconds=600.0, **PACE)
        assert outcome.ending is Ending.FAILED
        assert stage.counts == {NEW: 6}
        assert [one.instance for one in outcome.failures] == ["3"]


async def test_one_that_flaps_in_the_last_bake_ends_it():
    """Nothing is to go any more, and yet the rollout is never done."""
    async with a_stage(capacity=3) as stage:
        let_the_image_flap(stage, whom={"2"})
        pace = {**PACE, "bake_seconds": 0.0}
        outcome = await stage.roll(bake_end_seconds=600.0, **pace)
        assert outcome.ending is Ending.FAILED
        assert "it had 900 s to stay well for 600 s without a break" in outcome.reason
        assert stage.counts == {NEW: 3}


@pytest.mark.parametrize("on_failure", [OnFailure.STOP, OnFailure.UNDO])
async def test_a_fleet_that_is_never_well_as_a_whole_ends_it_also_without_a_bake(on_failure):
    """Each is ill for a minute of five, so that of a dozen somebody always is, on the old image too."""
    async with a_stage(capacity=12) as stage:
        let_all_flap = {"kind": "flaps", "set": "rg/web", "down": 60, "up": 240}
        begun = []
        stage.listeners.append(
            lambda event: (
                begun.append(asyncio.ensure_future(stage.azure.fault(**let_all_flap)))
                if isinstance(event, events.Proven) and not begun
                else None
            )
        )
        plan = await stage.plan(on_failure=on_failure, across_domains=True, max_unavailable=Amount(number=12))
        outcome = await stage.run(plan, upgrades_max=2)
        assert outcome.ending is Ending.FAILED
        assert "to stay well for 600 s without a break" in outcome.reason


async def test_who_falls_ill_in_the_last_bake_begins_it_anew():
    async with a_stage(capacity=3) as stage:
        last = asyncio.Event()
        stage.listeners.append(
            lambda event: last.set() if isinstance(event, events.Waiting) and HELD in event.reason else None
        )
        plan = await stage.plan(bake_end_seconds=600.0)
        rolling = asyncio.ensure_future(stage.run(plan))
        await last.wait()
        await asyncio.sleep(300.0)
        await stage.azure.fault(kind="unhealthy-now", set="rg/web", instances=["2"])
        await asyncio.sleep(70.0)
        await stage.azure.fault(kind="recover", set="rg/web", instances=["2"])
        well_again = asyncio.get_running_loop().time()
        outcome = await rolling
        assert outcome.ending is Ending.DONE
        assert asyncio.get_running_loop().time() >= well_again + 600.0


async def test_a_crash_does_not_begin_its_time_anew():
    """Each run lives for three looks or so, far less than the time that the canary has."""
    async with a_stage(capacity=4) as stage:
        let_the_image_flap(stage)
        plan = await stage.plan(**PACE)
        clock = virtual_loop().now
        text = encode_order(Order.of(plan, id="it", by="ann", begun_at=clock()))
        journal, result, crashes = MemoryJournal(), None, 0
        while result is None and crashes < 200:
            carrier = Carrier(azure=stage.azure.client, clock=clock, by="ann", tell=stage.tell)
            journal = MemoryJournal(journal.kept)
            running = asyncio.ensure_future(carrier.carry(text, journal, MemoryDesk()))
            done, _ = await asyncio.wait([running], timeout=150.0)
            result = decode_result(running.result()) if done else None
            running.cancel()
            crashes += 1
        state = State.begin(Order.of(plan, id="it", by="ann", begun_at=0.0))
        for entry in journal.kept:
            state = state.after(decode_entry(entry))
        assert result is not None, f"no end after {crashes} runs: {state.progress.spells}"
        assert [one.error.code for one in result.failures] == ["BakeDeadline"]
        assert crashes > 5
        assert stage.counts == {OLD: 3, NEW: 1}
