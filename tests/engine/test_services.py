"""Whole rollouts beside Azure's own repairs and OS upgrades: suspended meanwhile, and on again however it ends."""

import asyncio

import pytest

from rollset.core.control import Verb
from rollset.core.others import UNTOUCHED, OtherActors, Service, WhileRolling
from rollset.core.pace import OnFailure
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.records import decode_entry, decode_result, encode_order
from rollset.engine.rollout import Rollout
from rollset.engine.state import Stage, State
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.engine.test_orders import rolling
from tests.engine.test_rollout import _post, _send

ALL = OtherActors(repairs=WhileRolling.SUSPEND, os_upgrade=WhileRolling.SUSPEND)
REPAIRS = {"automaticRepairsPolicy": {"enabled": True, "gracePeriod": "PT10M", "repairAction": "Replace"}}
OS_UPGRADE = {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}}


async def switch_on(stage, *properties):
    for one in properties:
        await _send(stage, "PATCH", stage.azure.id("web").path, {"properties": one})
        await asyncio.sleep(60.0)


def running(stage):
    """By the emulator's own account."""
    return not stage.scale_set.repairs.suspended


def os_upgrade(stage):
    return stage.scale_set.properties["upgradePolicy"]["automaticOSUpgradePolicy"]["enableAutomaticOSUpgrade"]


async def test_repairs_are_suspended_before_the_first_write_and_resumed_at_the_end():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        plan = await stage.plan(max_unavailable=TWO)
        assert any("automatic repairs is switched on: it is suspended" in note for note in plan.notes)
        seen = []
        stage.listeners.append(lambda event: seen.append(running(stage)) if isinstance(event, events.Asked) else None)
        before = len(stage.requests)
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE
        assert not any(seen)
        assert running(stage)
        writes = [word for _, word in stage.requests[before:]]
        assert writes[:2] == ["setOrchestrationServiceState", "web"]
        assert writes[-1] == "setOrchestrationServiceState"
        assert [one.service for one in stage.told_of(events.Restored)] == [Service.REPAIRS]


async def test_an_instance_that_stays_sick_is_not_replaced_in_the_middle():
    """Left alone, Azure would make it anew, on the new image and with another id."""
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        await stage.azure.fault(kind="unhealthy-now", set="rg/web", instances=["9"])
        await stage.azure.fault(kind="bad-image", image=NEW, share=1.0, effect="unhealthy")
        outcome = await stage.roll(max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert running(stage), "also after a failure"
        assert max(stage.images, key=int) == "9"


@pytest.mark.parametrize(
    ("verb", "ending"), [(Verb.STOP, Ending.STOPPED), (Verb.UNDO, Ending.UNDONE), (None, Ending.INTERRUPTED)], ids=str
)
async def test_they_are_resumed_however_it_ends(verb, ending):
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        async with rolling(stage, max_unavailable=TWO) as run:
            await run.until(lambda: len(run.starts) == 3)
            assert not running(stage)
            if verb is None:
                run.task.cancel()
            else:
                run.order(verb)
            assert (await run.task).ending is ending
            assert running(stage)


async def test_a_failure_that_turns_back_keeps_them_suspended_until_all_are_back():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        await stage.azure.fault(kind="bad-image", image=NEW, share=1.0, effect="unhealthy")
        seen = []
        stage.listeners.append(lambda event: seen.append(running(stage)) if isinstance(event, events.Asked) else None)
        async with rolling(stage, on_failure=OnFailure.UNDO) as run:
            assert (await run.task).ending is Ending.UNDONE
        assert stage.counts == {OLD: 10}
        assert len(seen) > 1
        assert not any(seen)
        assert running(stage)


async def test_what_was_suspended_by_somebody_else_stays_so():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        path = f"{stage.azure.id('web').path}/setOrchestrationServiceState"
        await _post(stage, path, {"serviceName": "AutomaticRepairs", "action": "Suspend"})
        await asyncio.sleep(60.0)
        before = len(stage.requests)
        assert (await stage.roll(max_unavailable=TWO)).ending is Ending.DONE
        assert not running(stage)
        assert "setOrchestrationServiceState" not in {word for _, word in stage.requests[before:]}


async def test_what_is_to_be_left_alone_is():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        plan = await stage.plan(max_unavailable=TWO, others=UNTOUCHED)
        assert any("is switched on, and left so: Azure may act" in note for note in plan.notes)
        await stage.run(plan)
        assert stage.told_of(events.Suspended) == []
        assert running(stage)


async def test_automatic_os_upgrade_is_switched_off_and_on_where_asked():
    async with a_stage() as stage:
        await switch_on(stage, OS_UPGRADE, REPAIRS)
        plan = await stage.plan(max_unavailable=TWO, others=ALL)
        seen = []
        stage.listeners.append(
            lambda event: seen.append((running(stage), os_upgrade(stage))) if isinstance(event, events.Asked) else None
        )
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE, outcome.reason
        assert set(seen) == {(False, False)}
        assert outcome.remarks == ()
        assert (running(stage), os_upgrade(stage)) == (True, True)


async def test_what_cannot_be_switched_on_again_is_said_with_the_command():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        async with rolling(stage, max_unavailable=TWO) as run:
            await run.until(lambda: len(run.starts) == 3)
            await stage.azure.fault(kind="http", status=403, path_contains="setOrchestrationServiceState", times=99)
            outcome = await run.task
        assert outcome.ending is Ending.DONE
        (remark,) = outcome.remarks
        assert remark.endswith(
            "run: az vmss set-orchestration-service-state -g rg -n web --service-name AutomaticRepairs --action Resume"
        )


async def test_who_may_not_suspend_them_is_told_before_anything_is_upgraded():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        await stage.azure.fault(kind="http", status=403, path_contains="setOrchestrationServiceState", times=99)
        outcome = await stage.roll()
        assert outcome.ending is Ending.FAILED
        assert "or leave automatic repairs alone with --automatic-repairs leave" in outcome.reason
        assert stage.starts == []
        assert stage.counts == {OLD: 10}


@pytest.mark.parametrize("cut", range(1, 9))
async def test_a_crash_at_any_entry_forgets_nothing(cut):
    """The journal is cut after each of its first entries, with Azure as it was left then: the next run restores."""
    async with a_stage(capacity=3) as stage:
        await switch_on(stage, REPAIRS)
        plan = await stage.plan(max_unavailable=TWO)
        order = Order.of(plan, id="web-1", by="ann@ops", begun_at=0.0)
        journal, loop = MemoryJournal(), asyncio.get_running_loop()
        carrier = Carrier(azure=stage.azure.client, clock=loop.time, by="ann@ops", tell=stage.tell)
        carrying = asyncio.ensure_future(carrier.carry(encode_order(order), journal, MemoryDesk()))
        for _ in range(10_000):
            if len(journal.kept) >= cut or carrying.done():
                break
            await asyncio.sleep(0.5)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        again = Carrier(azure=stage.azure.client, clock=loop.time, by="carl@ops", tell=stage.tell)
        kept = MemoryJournal(list(journal.kept[:cut]))
        result = decode_result(await again.carry(encode_order(order), kept, MemoryDesk()))
        assert result.ending is Ending.DONE
        assert running(stage)
        state = State.begin(order)
        for text in kept.kept:
            state = state.after(decode_entry(text))
        assert state.stage is Stage.ENDED
        assert state.to_restore == {Service.REPAIRS}


async def test_who_only_asks_for_the_first_step_leaves_them_alone():
    async with a_stage() as stage:
        await switch_on(stage, REPAIRS)
        await Rollout(stage.azure.client, await stage.plan(), stage.tell).start_only()
        assert running(stage)
        assert stage.told_of(events.Suspended) == []
