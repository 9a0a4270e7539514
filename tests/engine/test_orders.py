"""Rollouts that operators pause, stop, undo and approve, and that hold by themselves; sibling of test_rollout.py."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

import pytest

from rollset.core.amount import Amount
from rollset.core.control import Signal, Verb
from rollset.core.failing import OnFailure
from rollset.core.pace import Checkpoint
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.order import Order, WayBack
from rollset.engine.records import decode_entry, decode_result, encode_order
from rollset.engine.rollout import Rollout
from rollset.engine.state import State
from tests.engine.stage import NEW, OLD, TWO, a_stage

OLDER = "4.0.20151214"


class Running:
    """A rollout under way, and an operator beside it."""

    def __init__(self, stage, rollout, task):
        self.stage, self.rollout, self.task = stage, rollout, task
        self._folded = 0
        self._state = State.begin(rollout._order)

    def order(self, verb, checkpoint=None):
        desk = self.rollout.desk
        number = len(desk.left) + 1
        now = asyncio.get_running_loop().time()
        desk.leave(Signal(number=number, verb=verb, by="ann@ops", at=now, checkpoint=checkpoint))

    @property
    def state(self):
        """The fold of the journal so far."""
        kept = self.rollout.journal.kept
        while self._folded < len(kept):
            self._state = self._state.after(decode_entry(kept[self._folded]))
            self._folded += 1
        return self._state

    @property
    def starts(self):
        return [sorted(one) for one in self.stage.starts]

    async def until(self, holds):
        for _ in range(5000):
            if holds():
                return
            await asyncio.sleep(5.0)
        raise AssertionError("it never came to that")


@asynccontextmanager
async def rolling(stage, *, on_failure=OnFailure.STOP, **wish):
    plan = await stage.plan(**wish)
    plan = replace(plan, situation=replace(plan.situation, job=replace(plan.job, on_failure=on_failure)))
    rollout = Rollout(stage.azure.client, plan, stage.tell)
    task = asyncio.create_task(rollout.run())
    running = Running(stage, rollout, task)
    try:
        yield running
        stage.check_safety(plan, upgrades_max=1 if running.state.undo is None else 2)
    finally:
        task.cancel()


def share(percent, wait=None):
    return Checkpoint(share=Amount(number=percent, percent=True), wait_seconds=wait)


class TestPause:
    async def test_what_is_in_flight_is_finished_and_nothing_follows_until_it_is_resumed(self):
        async with a_stage() as stage, rolling(stage, max_unavailable=TWO) as running:
            await running.until(lambda: len(running.starts) == 3)
            running.order(Verb.PAUSE)
            await asyncio.sleep(4 * 3600.0)
            assert len(running.starts) == 3
            assert running.state.progress.asked == {}
            assert running.state.held.reason.startswith("paused by ann@ops")
            running.order(Verb.RESUME)
            outcome = await running.task
            assert outcome.ending is Ending.DONE
            assert stage.counts == {NEW: 10}

    async def test_a_request_that_is_noted_but_not_sent_stays_unsent(self):
        async with a_stage() as stage:

            def pause_at_the_second(event):
                if isinstance(event, events.Asked) and len(stage.told_of(events.Asked)) == 2:
                    running.order(Verb.PAUSE)

            stage.listeners.append(pause_at_the_second)
            async with rolling(stage) as running:
                await running.until(lambda: running.state.held)
                assert stage.requests.count(("POST", "manualupgrade")) == 1
                running.order(Verb.RESUME)
                assert (await running.task).ending is Ending.DONE

    async def test_before_anything_was_written_nothing_is(self):
        async with a_stage() as stage, rolling(stage) as running:
            running.order(Verb.PAUSE)
            await asyncio.sleep(7200.0)
            assert stage.requests == []
            running.order(Verb.RESUME)
            assert (await running.task).ending is Ending.DONE

    async def test_a_held_rollout_costs_no_requests(self):
        async with a_stage() as stage, rolling(stage) as running:
            await running.until(lambda: running.starts)
            running.order(Verb.PAUSE)
            await running.until(lambda: running.state.held)
            before = stage.azure.transport.sent
            await asyncio.sleep(24 * 3600.0)
            assert stage.azure.transport.sent - before <= 24 * 3
            running.task.cancel()
            assert (await running.task).ending is Ending.INTERRUPTED


class TestStop:
    async def test_nothing_is_started_ever_again_and_what_is_in_flight_is_told_to_its_end(self):
        fast = {"max_unavailable": TWO, "switch_policy": True}
        async with a_stage(upgrade_policy="Automatic") as stage, rolling(stage, **fast) as running:
            await running.until(lambda: len(running.starts) == 3)
            running.order(Verb.STOP)
            running.order(Verb.RESUME)
            outcome = await running.task
            assert (outcome.ending, outcome.exit_status) == (Ending.STOPPED, 3)
            assert len(running.starts) == 3
            upgraded = {one for start in running.starts for one in start}
            assert set(outcome.left["upgraded"]) == upgraded
            assert set(outcome.left["untouched"]) == {str(n) for n in range(10)} - upgraded
            assert stage.scale_set.mode == "Automatic"

    async def test_a_request_that_waits_for_its_turn_does_not_go_out(self):
        async with a_stage() as stage, rolling(stage) as running:
            # Others use up the bucket: the next request is decided on and noted, and waits for its turn.
            await running.until(lambda: len(running.starts) == 1)
            await stage.azure.fault(kind="http", method="POST", status=429, retry_after=300, times=1)
            await running.until(lambda: running.state.unanswered is not None or len(running.starts) == 2)
            running.order(Verb.STOP)
            outcome = await running.task
            assert outcome.ending is Ending.STOPPED
            assert [path for path in stage.requests if path[1] == "manualupgrade"].count(("POST", "manualupgrade")) <= 2
            assert stage.counts == {OLD: 9, NEW: 1}

    async def test_a_rolling_policy_stays_manual_for_azure_would_go_on_by_itself(self):
        async with a_stage(upgrade_policy="Rolling") as stage, rolling(stage, switch_policy=True) as running:
            await running.until(lambda: len(running.starts) == 2)
            running.order(Verb.STOP)
            outcome = await running.task
            assert stage.scale_set.mode == "Manual"
            assert "left on Manual" in outcome.remarks[0]
            before = stage.counts
            await asyncio.sleep(7200.0)
            assert stage.counts == before

    @pytest.mark.parametrize("written", [events.PolicyWritten, events.ModelWritten])
    async def test_a_rolling_policy_comes_back_where_nothing_began_for_then_azure_has_nothing_to_go_on_with(
        self, written
    ):
        async with a_stage(upgrade_policy="Rolling") as stage, rolling(stage, switch_policy=True) as running:

            def stop(event):
                if isinstance(event, written) and not running.rollout.desk.left:
                    running.order(Verb.STOP)

            stage.listeners.append(stop)
            outcome = await running.task
            assert (outcome.ending, running.starts) == (Ending.STOPPED, [])
            assert (stage.scale_set.mode, stage.scale_set.model.image_reference["version"]) == ("Rolling", OLD)
            await asyncio.sleep(7200.0)
            assert stage.counts == {OLD: 10}

    async def test_before_anything_was_written_the_set_stays_as_it_is(self):
        async with a_stage() as stage, rolling(stage) as running:
            running.order(Verb.STOP)
            assert (await running.task).ending is Ending.STOPPED
            assert stage.counts == {OLD: 10}
            assert stage.scale_set.model.image_reference["version"] == OLD


class TestSignIn:
    async def test_one_that_runs_out_in_the_middle_is_waited_for(self):
        async with a_stage() as stage, rolling(stage) as running:
            await running.until(lambda: len(running.starts) == 2)
            await stage.azure.fault(kind="http", status=401, times=20)
            assert (await running.task).ending is Ending.DONE
            assert any("401" in event.reason for event in stage.told_of(events.Troubled))

    async def test_at_the_beginning_it_ends_with_its_own_status(self):
        async with a_stage() as stage:
            plan = await stage.plan()
            await stage.azure.fault(kind="http", status=401, times=20)
            outcome = await Rollout(stage.azure.client, plan, stage.tell).run()
            assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, 5)


class TestUndo:
    MIXED: ClassVar = {"1": {"image_version": OLDER}, "4": {"image_version": OLDER}, "7": {"image_version": NEW}}

    async def test_what_this_run_changed_goes_back_to_what_each_had_and_nothing_else(self):
        async with a_stage(instances=self.MIXED) as stage:
            before = stage.images
            async with rolling(stage, max_unavailable=TWO) as running:
                await running.until(lambda: len(stage.told_of(events.Proven)) >= 6)
                running.order(Verb.UNDO)
                outcome = await running.task
            assert (outcome.ending, outcome.exit_status) == (Ending.UNDONE, 1)
            assert stage.images == before
            assert stage.scale_set.model.image_reference["version"] == OLD
            assert set(outcome.left["brought back"]) == running.state.touched
            assert set(outcome.left["untouched"]) == {str(n) for n in range(10)} - running.state.touched - {"7"}
            assert outcome.left["on the image"] == ("7",), "the image of the way there"

    async def test_a_model_that_said_latest_says_so_again(self):
        async with a_stage() as stage:
            stage.scale_set.model.image_reference["version"] = "latest"
            async with rolling(stage) as running:
                await running.until(lambda: len(stage.told_of(events.Proven)) >= 2)
                running.order(Verb.UNDO)
                assert (await running.task).ending is Ending.UNDONE
            assert stage.counts == {OLD: 10}
            assert stage.scale_set.model.image_reference["version"] == "latest"

    async def test_a_failure_brings_it_back_by_itself_where_the_job_says_so(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5"], times=1)
            async with rolling(stage, on_failure=OnFailure.UNDO) as running:
                outcome = await running.task
            assert outcome.ending is Ending.UNDONE
            assert stage.counts == {OLD: 10}

    async def test_a_stop_ends_a_way_back_too(self):
        async with a_stage() as stage, rolling(stage) as running:
            await running.until(lambda: len(stage.told_of(events.Proven)) >= 5)
            running.order(Verb.UNDO)
            await running.until(lambda: running.state.undo is not None and running.state.progress.took)
            running.order(Verb.STOP)
            outcome = await running.task
            assert outcome.ending is Ending.STOPPED
            assert stage.counts[NEW] >= 2
            assert outcome.left["not brought back"]

    async def test_a_rolling_policy_stays_manual_where_a_stop_ends_the_way_back_before_it_began(self):
        pace = {"switch_policy": True, "bake_end_seconds": 3600.0}
        async with a_stage(upgrade_policy="Rolling") as stage, rolling(stage, **pace) as running:

            def stop(_):
                if len(stage.told_of(events.ModelWritten)) == 2 and len(running.rollout.desk.left) == 1:
                    running.order(Verb.STOP)

            stage.listeners.append(stop)
            await running.until(lambda: stage.counts == {NEW: 10} and len(stage.told_of(events.Proven)) == 10)
            running.order(Verb.UNDO)
            outcome = await running.task
            assert (outcome.ending, stage.counts) == (Ending.STOPPED, {NEW: 10})
            assert (stage.scale_set.mode, "left on Manual" in outcome.remarks[0]) == ("Manual", True)
            await asyncio.sleep(7200.0)
            assert stage.counts == {NEW: 10}

    async def test_after_the_end_another_rollout_brings_it_back(self):
        async with a_stage(instances=self.MIXED) as stage:
            before = stage.images
            async with rolling(stage, max_unavailable=TWO) as running:
                assert (await running.task).ending is Ending.DONE
            done = running.state
            way_back = WayBack(rollout=done.order.id, touched=tuple(done.touched))
            now = asyncio.get_running_loop().time()
            order = Order(
                id="back", by="ann@ops", begun_at=now, fleet=done.order.fleet, job=done.order.job, way_back=way_back
            )
            again = Rollout(stage.azure.client, done.plan, stage.told.append)
            text = await again._carrier.carry(encode_order(order), again.journal, again.desk)
            assert decode_result(text).ending is Ending.UNDONE
            assert stage.images == before

    async def test_a_way_back_that_was_stopped_between_two_images_is_no_change_by_somebody_else(self):
        async with a_stage(instances=self.MIXED) as stage:
            before = stage.images
            async with rolling(stage, max_unavailable=TWO) as running:
                assert (await running.task).ending is Ending.DONE
            done, endings, backs = running.state, [], []
            way_back = WayBack(rollout=done.order.id, touched=tuple(done.touched))

            def stop_the_first(event):
                if isinstance(event, events.LegDone) and len(backs) == 1:
                    backs[0].desk.leave(Signal(number=1, verb=Verb.STOP, by="ann@ops", at=event.at))

            for number in (1, 2):
                now = asyncio.get_running_loop().time()
                order = replace(done.order, id=f"back{number}", begun_at=now, way_back=way_back)
                backs.append(Rollout(stage.azure.client, done.plan, stop_the_first))
                text = await backs[-1]._carrier.carry(encode_order(order), backs[-1].journal, backs[-1].desk)
                endings.append(decode_result(text).ending)
                model = stage.scale_set.model.image_reference["version"]
                assert model == (OLDER if number == 1 else OLD)
            assert (endings, stage.images) == ([Ending.STOPPED, Ending.UNDONE], before)


class TestHoldsByItself:
    async def test_a_checkpoint_waits_for_approval(self):
        async with a_stage() as stage, rolling(stage, checkpoints=(share(30),)) as running:
            await running.until(lambda: running.state.held)
            await asyncio.sleep(3600.0)
            assert stage.counts == {OLD: 7, NEW: 3}
            running.order(Verb.APPROVE, checkpoint=1)
            assert (await running.task).ending is Ending.DONE

    async def test_a_timed_one_opens_by_itself(self):
        async with a_stage() as stage, rolling(stage, checkpoints=(share(50, wait=900.0),)) as running:
            await running.until(lambda: running.state.progress.reached)
            reached = running.state.progress.reached[1]
            assert (await running.task).ending is Ending.DONE
            next_start = min(at for at, _ in stage.asked_at if at > reached)
            assert 900.0 <= next_start - reached <= 960.0

    @pytest.mark.parametrize("bake", [0.0, 300.0])
    async def test_the_next_leaves_when_the_last_has_baked(self, bake):
        async with a_stage(capacity=3) as stage, rolling(stage, bake_seconds=bake) as running:
            assert (await running.task).ending is Ending.DONE
            proven = [event.at for event in stage.told_of(events.Proven)]
            starts = [at for at, _ in stage.asked_at]
            assert all(start - back >= bake for back, start in zip(proven, starts[1:], strict=False))

    async def test_who_was_held_before_the_end_tells_what_is_so_at_the_end(self):
        async with a_stage(capacity=3) as stage, rolling(stage, bake_end_seconds=1800.0) as running:
            outcome = await running.task
            assert outcome.left == {"upgraded": ("0", "1", "2")}

    async def test_who_falls_ill_in_the_last_bake_fails_the_rollout(self):
        async with a_stage(capacity=3) as stage, rolling(stage, bake_end_seconds=1800.0) as running:
            await running.until(lambda: running.state.held)
            await stage.azure.fault(kind="unhealthy-now", set="rg/web", instances=["1"])
            outcome = await running.task
            assert outcome.ending is Ending.FAILED
            assert "instance 1" in outcome.reason
