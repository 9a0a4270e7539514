"""Whole rollouts that may start batches only at certain hours; sibling of test_orders.py. The stage's clock begins at
midnight UTC on Thursday, 1 January 1970."""

import asyncio

import pytest

from rollset.core.amount import Amount
from rollset.core.control import Verb
from rollset.core.decide import HoldKind
from rollset.core.failing import OnFailure
from rollset.core.outside.calls import Command
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.when.calendar import Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.rollout import Rollout
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.engine.test_orders import rolling

HOUR, DAY = 3600.0, 86400.0
TWO_TO_THREE = MaintenanceWindow(cron="0 2 * * *", seconds=HOUR, zone="UTC", name="nightly")
NIGHTLY = Calendar(windows=(TWO_TO_THREE,))


def went_out(stage):
    """By the emulator's own account: when each instance that was upgraded left service, as seconds since midnight."""
    began = stage.azure.world.clock.now() - asyncio.get_running_loop().time()
    changes = [one for one in stage.scale_set.account.history if one.change == "out"]
    return [change.at - began for change in changes]


async def test_every_batch_starts_and_ends_inside_a_window_and_nothing_is_written_before():
    async with a_stage(capacity=20) as stage, rolling(stage, max_unavailable=TWO, calendar=NIGHTLY) as running:
        await asyncio.sleep(2 * HOUR - 60.0)
        assert stage.requests == [], "the model is not written either: what is made anew would be on the image"
        assert running.state.held.kind is HoldKind.WINDOW
        outcome = await running.task
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 20}
        nights = {int(at // DAY) for at in went_out(stage)}
        assert len(nights) > 1, "one night is not enough"
        assert all(2 * HOUR <= at % DAY < 3 * HOUR for at in went_out(stage))
        proven = [one.at % DAY for one in stage.told_of(events.Proven)]
        assert all(2 * HOUR <= at <= 3 * HOUR + 300.0 for at in proven), "what starts late enough to overrun is rare"


async def test_a_freeze_takes_a_night_out():
    first_night = Freeze(begins="1970-01-01T00:00", ends="1970-01-02T00:00", zone="UTC", reason="sales")
    calendar = Calendar(windows=(TWO_TO_THREE,), freezes=(first_night,))
    async with a_stage() as stage:
        outcome = await stage.roll(max_unavailable=TWO, calendar=calendar)
        assert outcome.ending is Ending.DONE
        assert min(went_out(stage)) >= DAY + 2 * HOUR


class TestOrdersWhileItIsHeld:
    async def test_a_pause_outlasts_the_opening(self):
        async with a_stage() as stage, rolling(stage, max_unavailable=TWO, calendar=NIGHTLY) as running:
            await asyncio.sleep(HOUR)
            running.order(Verb.PAUSE)
            await asyncio.sleep(3 * HOUR)
            assert stage.requests == []
            running.order(Verb.RESUME)
            assert (await running.task).ending is Ending.DONE
            assert min(went_out(stage)) >= DAY + 2 * HOUR, "resumed outside, it waits for the next window"

    async def test_a_stop_ends_it_at_once(self):
        async with a_stage() as stage, rolling(stage, calendar=NIGHTLY) as running:
            await asyncio.sleep(12 * HOUR)
            assert running.state.held.kind is HoldKind.WINDOW
            at, done = asyncio.get_running_loop().time(), stage.counts[NEW]
            running.order(Verb.STOP)
            outcome = await running.task
            assert outcome.ending is Ending.STOPPED
            assert asyncio.get_running_loop().time() - at < 300.0
            assert stage.counts == {NEW: done, OLD: 10 - done}

    async def test_an_undo_goes_back_at_once_at_any_hour(self):
        async with a_stage() as stage, rolling(stage, calendar=NIGHTLY) as running:
            await asyncio.sleep(12 * HOUR)
            assert stage.counts[NEW] > 1
            running.order(Verb.UNDO)
            outcome = await running.task
            assert outcome.ending is Ending.UNDONE
            assert stage.counts == {OLD: 10}
            assert asyncio.get_running_loop().time() < 20 * HOUR


async def test_a_failure_in_the_window_turns_back_beyond_its_end():
    async with a_stage() as stage:
        await stage.azure.fault(kind="bad-image", image=NEW, share=1.0, effect="unhealthy")
        async with rolling(stage, on_failure=OnFailure.UNDO, calendar=NIGHTLY) as running:
            outcome = await running.task
        assert outcome.ending is Ending.UNDONE
        assert stage.counts == {OLD: 10}


async def test_what_only_asks_for_the_first_step_says_that_it_may_not():
    async with a_stage() as stage:
        plan = await stage.plan(calendar=NIGHTLY)
        outcome = await Rollout(stage.azure.client, plan, stage.tell).start_only()
        assert outcome.reason.startswith("nothing was started: no window is open; window nightly opens Thu 1 Jan 1970")
        assert stage.requests == []


DRAIN = Hook(moment=Moment.BEFORE_INSTANCE, name="drain", call=Command(argv=("drain",)), deadline_seconds=0.75 * HOUR)


@pytest.mark.parametrize(
    "first_drain",
    [
        pytest.param(2400.0, id="the guess reckons with all that a hook may take"),
        pytest.param(60.0, id="who is drained too late goes in the next window"),
    ],
)
async def test_nothing_leaves_outside_of_a_window_because_it_was_drained_for_so_long(first_drain):
    async with a_stage(capacity=4) as stage:
        await asyncio.sleep(2.5 * HOUR)
        stage.outside = Outsiders(seconds={"drain": first_drain})

        def slow_down(event):
            if isinstance(event, events.Proven):
                stage.outside.seconds["drain"] = 2400.0

        stage.listeners.append(slow_down)
        outcome = await stage.roll(hooks=[DRAIN], calendar=NIGHTLY, max_unavailable=Amount(number=1))
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 4}
        assert all(2 * HOUR <= at % DAY < 3 * HOUR for at in went_out(stage)), went_out(stage)


@pytest.mark.parametrize("minutes", [10, 14])
async def test_windows_too_short_for_what_upgrades_take_end_it_with_the_reason(minutes):
    """Windows are taken to need 12 min 30 s at first; a window of 14 minutes holds no upgrade that takes longer."""
    short = Calendar(windows=(MaintenanceWindow(cron="0 * * * *", seconds=60.0 * minutes, zone="UTC"),))
    async with a_stage(upgrade_seconds={"median": 1500.0}) as stage:
        outcome = await stage.roll(calendar=short)
        assert outcome.ending is Ending.FAILED
        assert "no window within 400 days is long enough" in outcome.reason
        assert len(went_out(stage)) == (0 if minutes == 10 else 1)
