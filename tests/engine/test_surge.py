"""Whole rollouts by surge on the emulator, in virtual time: who serves meanwhile, and what capacity is left behind."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from rollset.core.amount import Amount
from rollset.core.control import Signal, Verb
from rollset.core.pace import Checkpoint, OnFailure
from rollset.core.preflight.safety import refuse_unsafe
from rollset.core.selection import Selection
from rollset.core.surging.surge import Fallback, Surge
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.rollout import Rollout
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.simulation.others import Others

ONE = Amount(number=1)
BY_ONE = Surge(add=ONE)
BY_TWO = Surge(add=TWO)


@asynccontextmanager
async def a_surging_stage(*, least=None, **members):
    """A stage that looks, whenever an old instance is about to be deleted, at how many will be in service after it."""
    async with a_stage(**members) as stage:
        stage.fewest = stage.most = stage.scale_set.capacity

        def look(event):
            stage.azure.world.advance()
            stage.most = max(stage.most, stage.scale_set.capacity)
            if isinstance(event, events.Retiring) and not event.made:
                serving = {one.id for one in stage.scale_set.instances.values() if one.in_service}
                stage.fewest = min(stage.fewest, len(serving - set(event.instances)))

        stage.listeners.append(look)
        yield stage


def others_of(stage):
    return Others(stage.azure.world, stage.azure.transport.app, stage.azure.id("web").path, lambda *_: None)


def once(stage, kind, act):
    """Does `act` when the first fact of this kind is told."""
    tasks = []

    def hear(event):
        if isinstance(event, kind) and not tasks:
            tasks.append(asyncio.get_running_loop().create_task(act()))

    stage.listeners.append(hear)
    return tasks


async def test_a_set_of_one_is_rolled_without_downtime():
    async with a_surging_stage(capacity=1) as stage:
        plan = await stage.plan(surge=BY_ONE)
        refuse_unsafe(plan, told_otherwise=False)
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 1}, 1)
        assert (stage.fewest, stage.most) == (1, 2)
        assert outcome.left == {"replaced": ("0",), "upgraded": outcome.upgraded}


KINDS = {
    "regional": {},
    "zonal": {"zones": ["1", "2", "3"], "fault_domains": 1},
    "flexible": {"orchestration": "Flexible", "health": "extension", "fault_domains": 1},
}


@pytest.mark.parametrize("members", KINDS.values(), ids=KINDS.keys())
async def test_old_instances_go_as_new_ones_come_and_the_capacity_is_kept(members):
    async with a_surging_stage(capacity=9, **members) as stage:
        outcome = await stage.roll(surge=Surge(add=Amount(number=3)))
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 9}, 9)
        assert (stage.fewest, stage.most) == (9, 12)
        grown = [event.by for event in stage.told_of(events.Grown)]
        assert grown[0] == 1, "the canary goes alone"
        assert sum(grown) == 9
        zones = Counter(one.slot.zone for one in stage.scale_set.instances.values() if one.counts)
        assert max(zones.values()) - min(zones.values()) <= 2, "zones stay balanced, as far as Azure does its part"


async def test_an_old_one_that_is_still_being_deleted_at_the_end_does_not_hold_the_new_model_up():
    async with a_surging_stage(capacity=3, upgrade_policy="Automatic") as stage:
        outcome = await stage.roll(surge=BY_ONE, switch_policy=True)
        assert (outcome.ending, outcome.remarks) == (Ending.DONE, ())
        model = stage.scale_set.model.image_reference["version"]
        assert (stage.scale_set.mode, model, stage.end) == ("Automatic", NEW, ({NEW: 3}, 3))


async def test_instances_that_azure_makes_to_spare_are_no_surplus_of_ours():
    async with a_surging_stage(capacity=6) as stage:
        await others_of(stage)._send("PATCH", stage.azure.id("web").path, {"properties": {"overprovision": True}})
        outcome = await stage.roll(surge=BY_TWO)
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 6}, 6)
        assert (stage.fewest, stage.most) == (6, 8)


@pytest.mark.parametrize(("deed", "by"), [("_scale_out", 1), ("_scale_in", -1)])
@pytest.mark.parametrize("moment", [events.Growing, events.Grown, events.Arrived, events.Retiring, events.Retired])
async def test_what_others_scale_meanwhile_stays_as_they_want_it(deed, by, moment):
    async with a_surging_stage(capacity=4) as stage:
        once(stage, moment, lambda: getattr(others_of(stage), deed)(None))
        outcome = await stage.roll(surge=BY_ONE)
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 4 + by}, 4 + by)
        assert stage.fewest >= min(4, 4 + by)


@pytest.mark.parametrize("kind", ["lost-reply", "dropped"])
@pytest.mark.parametrize(("method", "skip"), [("PATCH", 1), ("PATCH", 2), ("POST", 0), ("POST", 1)])
async def test_a_lost_answer_adds_and_deletes_nothing_twice(kind, method, skip):
    async with a_surging_stage(capacity=3) as stage:
        await stage.azure.fault(kind=kind, method=method, path_contains="virtualMachineScaleSets", times=1, skip=skip)
        outcome = await stage.roll(surge=BY_ONE)
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 3}, 3)
        assert (stage.fewest, stage.most) == (3, 4)


SHORTAGES = [
    {"kind": "quota-exceeded"},
    {"kind": "allocation-fails"},
    {"kind": "allocation-fails", "code": "SubnetIsFull"},
    {"kind": "http", "method": "PATCH", "status": 409, "skip": 1, "times": 50}
    | {"body": {"error": {"code": "QuotaExceeded", "message": "Operation results in exceeding quota limits."}}},
]


@pytest.mark.parametrize("shortage", SHORTAGES, ids=lambda one: one.get("code", one["kind"]))
async def test_without_room_it_stops_as_it_was_before(shortage):
    async with a_surging_stage(capacity=3) as stage:
        await stage.azure.fault(**shortage)
        outcome = await stage.roll(surge=BY_ONE)
        assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, 1)
        assert "no room for more instances" in outcome.reason
        assert "--surge-fallback in-place" in outcome.reason
        assert not outcome.failures, "it is no fault of the image"
        assert stage.end == ({OLD: 3}, 3)
        assert len(stage.told_of(events.FellBack)) == 1


@pytest.mark.parametrize("shortage", SHORTAGES[:2], ids=lambda one: one["kind"])
async def test_without_room_it_goes_on_in_place_where_that_was_asked_for(shortage):
    async with a_surging_stage(capacity=3) as stage:
        await stage.azure.fault(**shortage)
        outcome = await stage.roll(surge=Surge(add=ONE, fallback=Fallback.IN_PLACE))
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 3}, 3)
        assert stage.told_of(events.FellBack)[0].fallback is Fallback.IN_PLACE
        assert {one for start in stage.starts for one in start} == {"0", "1", "2"}


@pytest.mark.parametrize("fault", [{"kind": "bad-image", "image": NEW}, {"kind": "bad-image", "effect": "fails"}])
async def test_a_new_instance_that_does_not_get_well_is_deleted_and_stops_it(fault):
    async with a_surging_stage(capacity=3) as stage:
        await stage.azure.fault(**{"image": NEW, **fault})
        outcome = await stage.roll(surge=BY_ONE)
        assert outcome.ending is Ending.FAILED
        assert len(outcome.failures) == 1
        assert stage.end == ({OLD: 3}, 3)
        assert stage.starts == []


async def test_failures_that_are_put_up_with_are_deleted_and_leave_an_old_instance_each():
    async with a_surging_stage(capacity=6) as stage:
        await stage.azure.fault(kind="bad-image", image=NEW, share=0.3)
        outcome = await stage.roll(surge=BY_TWO, on_failure=OnFailure.CONTINUE)
        failed = len(outcome.failures)
        assert (outcome.ending, failed > 0) == (Ending.FAILED, True)
        assert stage.end == ({NEW: 6 - failed, OLD: failed}, 6)
        assert stage.fewest == 6


async def test_undo_replaces_back_what_was_replaced():
    async with a_surging_stage(capacity=4) as stage:
        await stage.azure.fault(kind="bad-image", image=NEW, share=0.4)
        outcome = await stage.roll(surge=BY_ONE, on_failure=OnFailure.UNDO)
        assert stage.told_of(events.Retired), "the first were replaced before one failed"
        assert outcome.ending is Ending.UNDONE, outcome
        assert stage.end == ({OLD: 4}, 4)
        assert stage.fewest == 4
        assert stage.scale_set.model.image_reference["version"] == OLD


@pytest.mark.parametrize("moment", [events.Growing, events.Grown, events.Arrived, events.Proven, events.Retiring])
@pytest.mark.parametrize("how", [Verb.STOP, Verb.UNDO, None])
async def test_however_it_ends_the_capacity_is_as_it_was(moment, how):
    async with a_surging_stage(capacity=3) as stage:
        plan = await stage.plan(surge=BY_TWO)
        rollout = Rollout(stage.azure.client, plan, stage.tell)
        running = asyncio.ensure_future(rollout.run())

        async def end():
            if how is None:
                running.cancel()
            else:
                rollout.desk.leave(Signal(number=1, verb=how, by="ann", at=0.0))

        once(stage, moment, end)
        outcome = await running
        images, capacity = stage.end
        assert capacity == images.total() == 3, outcome
        assert stage.fewest == 3
        wanted = {Verb.STOP: Ending.STOPPED, Verb.UNDO: Ending.UNDONE, None: Ending.INTERRUPTED}
        assert outcome.ending is wanted[how]
        assert outcome.remarks == ()
        if how is Verb.UNDO:
            assert images == {OLD: 3}


async def test_only_the_chosen_are_replaced_and_none_that_is_protected_from_scale_in():
    async with a_surging_stage(capacity=6) as stage:
        body = {"location": "westus", "properties": {"protectionPolicy": {"protectFromScaleIn": True}}}
        others = others_of(stage)
        await others._send("PUT", f"{stage.azure.id('web').path}/virtualMachines/1", body)
        plan = await stage.plan(surge=BY_TWO, selection=Selection(instances=frozenset(["0", "1", "2", "3"])))
        assert [(one.instance, one.why) for one in plan.skipped] == [("1", "protected from scale-in")]
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE
        assert set(outcome.left["replaced"]) == {"0", "2", "3"}
        assert {one for one, version in stage.images.items() if version == OLD} >= {"1", "4", "5"}
        assert stage.end == ({NEW: 3, OLD: 3}, 6)


async def test_bakes_and_checkpoints_hold_a_surge_as_well():
    async with a_surging_stage(capacity=4) as stage:
        checkpoint = Checkpoint(share=Amount(number=50, percent=True), wait_seconds=3600.0)
        outcome = await stage.roll(surge=BY_TWO, bake_seconds=300.0, checkpoints=(checkpoint,))
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 4}, 4)
        proven = {event.instance: event.at for event in stage.told_of(events.Proven)}
        retired = [event.at for event in stage.told_of(events.Retiring)]
        assert retired[0] >= min(proven.values()) + 300.0
        grown = [event.at for event in stage.told_of(events.Grown)]
        second = sorted(proven.values())[1]
        assert (
            len([at for at in grown if at < second + 300.0 + 3600.0]) == len(grown) - 1 or grown[-1] >= second + 3600.0
        )
        held = [event for event in stage.told_of(events.Waiting) if "2 of 4" in event.reason]
        assert held, "the share is one of those that the set has without the surge"
