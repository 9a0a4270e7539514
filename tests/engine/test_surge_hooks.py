"""Whole rollouts by surge with hooks, in virtual time: whoever serves is drained before it is deleted, or is not deleted.

Siblings: test_surge.py without hooks, test_hooks.py in place.
"""

import asyncio

import pytest

from rollset.core.amount import Amount
from rollset.core.control import Verb
from rollset.core.failing import OnFailure
from rollset.core.outside.gates import Answer
from rollset.core.surging.surge import Surge
from rollset.engine import events
from rollset.engine.events import Ending
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD, a_stage
from tests.engine.test_hooks import ALL, DRAIN, UNDRAIN, Run, fails, refuses
from tests.engine.test_surge import BY_ONE, BY_TWO, a_surging_stage
from tests.support.virtual import virtual_loop


def check_drained(stage):
    """Nobody was deleted that had served, and had not been drained since."""
    drained = {one for _, call, one in stage.outside.ended if call == "drain"}
    served = {event.instance for event in stage.told_of(events.Proven)} | set("0123456789"[: stage.first])
    gone = {one for event in stage.told_of(events.Retired) for one in event.instances}
    assert gone & served <= drained


def begin(stage, **outside):
    stage.outside, stage.first = Outsiders(**outside), stage.scale_set.capacity


async def first(stage, kind):
    """Waits until a fact of this kind is told."""
    told = asyncio.Event()
    stage.listeners.append(lambda event: told.set() if isinstance(event, kind) else None)
    await told.wait()


async def test_every_hook_is_called_in_its_order():
    """A new one is put to work before the old one is drained, and the batch is done when Azure deletes."""
    async with a_surging_stage(capacity=2) as stage:
        begin(stage)
        outcome = await stage.roll(surge=BY_ONE, hooks=ALL)
        assert outcome.ending is Ending.DONE
        calls = [(call, facts.get("id") or facts.get("instances")) for _, call, facts in stage.outside.called]
        assert calls == [
            ("silence", None),
            *[("undrain", "2"), ("tell", "0"), ("drain", "0"), ("told", "0")],
            *[("undrain", "3"), ("tell", "1"), ("drain", "1"), ("told", "1")],
            ("unsilence", None),
        ]
        assert stage.end == ({NEW: 2}, 2)
        assert stage.fewest == 2


async def test_the_deletion_waits_for_the_drain():
    async with a_surging_stage(capacity=3) as stage:
        begin(stage, seconds={"drain": 120.0})
        deleted = {}
        stage.listeners.append(
            lambda event: (
                deleted.update(dict.fromkeys(event.instances, virtual_loop().time()))
                if isinstance(event, events.Retired)
                else None
            )
        )
        outcome = await stage.roll(surge=BY_TWO, hooks=[DRAIN])
        assert outcome.ending is Ending.DONE
        drained = {one: ended for ended, _, one in stage.outside.ended}
        assert deleted.keys() == drained.keys() == {"0", "1", "2"}
        assert all(drained[one] <= at for one, at in deleted.items())


async def test_who_cannot_be_drained_is_not_deleted_and_another_serves_in_its_place():
    """Two places: the parked one holds one of them, and the rest goes on with the other."""
    async with a_surging_stage(capacity=4) as stage:
        begin(stage, calls={"drain": refuses("1")})
        outcome = await stage.roll(surge=BY_TWO, hooks=[DRAIN])
        assert outcome.ending is Ending.FAILED
        assert "instance 1 parked: hook drain (before-instance) failed: exit status 1: no route" in outcome.reason
        assert stage.end == ({NEW: 4, OLD: 1}, 5), "the old one perhaps serves nobody: a new one does in its place"
        assert stage.images["1"] == OLD
        assert stage.outside.whom("drain").count("1") == 1
        assert outcome.left["parked by a hook"] == ("1",)
        told = [one for one in outcome.remarks if "1 instance more than without this rollout: 1 parked" in one]
        assert told
        assert told[0].endswith("az vmss delete-instances -g rg -n web --instance-ids 1")


async def test_parked_ones_hold_their_places_and_end_it_when_they_hold_all():
    async with a_surging_stage(capacity=4) as stage:
        begin(stage, calls={"drain": refuses("1")})
        outcome = await stage.roll(surge=BY_ONE, hooks=[DRAIN])
        assert outcome.ending is Ending.FAILED
        assert outcome.reason.endswith("no more than 1 may be added")
        assert stage.end == ({NEW: 2, OLD: 3}, 5)


async def test_a_new_one_that_cannot_be_put_to_work_is_given_back_and_named():
    async with a_surging_stage(capacity=3) as stage:
        begin(stage, calls={"undrain": refuses("4")})
        outcome = await stage.roll(surge=BY_TWO, hooks=[DRAIN, UNDRAIN])
        assert outcome.ending is Ending.FAILED
        assert "instance 4 parked: hook undrain (after-instance) failed" in outcome.reason
        assert stage.end == ({NEW: 3}, 3)
        assert "4" not in stage.outside.whom("drain"), "it never served"
        check_drained(stage)


async def test_who_was_drained_and_lost_its_successor_meanwhile_is_parked():
    async with a_surging_stage(capacity=2) as stage:
        begin(stage, seconds={"drain": 200.0})

        def sicken(event):
            if isinstance(event, events.Retiring) and not tasks:
                fault = {"kind": "unhealthy-now", "set": "rg/web", "instances": ["2"]}
                tasks.append(asyncio.ensure_future(stage.azure.fault(**fault)))

        tasks = []
        stage.listeners.append(sicken)
        outcome = await stage.roll(surge=BY_ONE, hooks=[DRAIN])
        assert outcome.ending is Ending.FAILED
        assert stage.images.keys() >= {"0", "1"}
        assert "no new instance served in its place any more" in str(outcome.remarks)


async def test_a_failing_hook_after_a_batch_stops_it():
    async with a_surging_stage(capacity=3) as stage:
        begin(stage, calls={"told": fails})
        outcome = await stage.roll(surge=BY_ONE, hooks=ALL)
        assert outcome.ending is Ending.FAILED
        assert "hook told (after-batch) failed" in outcome.reason
        assert stage.end == ({NEW: 1, OLD: 2}, 3)


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.UNDO])
async def test_an_order_in_the_middle_of_a_drain_deletes_nobody_and_leaves_nobody_unserved(verb):
    async with a_stage(capacity=2) as stage:
        begin(stage, seconds={"drain": 290.0})
        run = Run(stage, await stage.plan(surge=BY_ONE, hooks=[DRAIN]))

        def order(event):
            if isinstance(event, events.Retiring) and not run.desk.left:
                asyncio.get_running_loop().call_later(100.0, run.leave, verb)

        stage.listeners.append(order)
        result = await run.carry()
        assert result.ending is (Ending.STOPPED if verb is Verb.STOP else Ending.UNDONE)
        images, capacity = stage.end
        assert capacity == images.total() == 3
        assert images == ({OLD: 2, NEW: 1} if verb is Verb.STOP else {OLD: 3})
        assert any("1 instance more than without this rollout: 0 parked" in one for one in result.remarks)


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.UNDO])
@pytest.mark.parametrize("moment", [events.Proven, events.Retired])
async def test_what_is_given_back_and_serves_is_drained_too(verb, moment):
    async with a_stage(capacity=3) as stage:
        begin(stage, seconds={"drain": 30.0})
        run = Run(stage, await stage.plan(surge=BY_TWO, hooks=[DRAIN, UNDRAIN]))
        stage.listeners.append(
            lambda event: run.leave(verb) if isinstance(event, moment) and not run.desk.left else None
        )
        result = await run.carry()
        assert result.ending is (Ending.STOPPED if verb is Verb.STOP else Ending.UNDONE)
        images, capacity = stage.end
        assert capacity == images.total() == 3
        assert images[OLD] == 3 if verb is Verb.UNDO else images[OLD] >= 2
        check_drained(stage)


async def test_undo_after_a_failure_drains_on_its_way_back():
    async with a_surging_stage(capacity=4) as stage:
        begin(stage)
        await stage.azure.fault(kind="bad-image", image=NEW, share=0.4)
        outcome = await stage.roll(surge=Surge(add=Amount(number=1)), on_failure=OnFailure.UNDO, hooks=[DRAIN, UNDRAIN])
        assert stage.told_of(events.Retired), "the first were replaced before one failed"
        assert outcome.ending is Ending.UNDONE, outcome
        assert stage.end == ({OLD: 4}, 4)
        check_drained(stage)


async def test_after_a_crash_in_the_middle_of_a_drain_it_is_drained_again():
    async with a_stage(capacity=2) as stage:
        begin(stage, seconds={"drain": 200.0})
        run = Run(stage, await stage.plan(surge=BY_ONE, hooks=ALL))
        carrying = asyncio.create_task(run.carry())
        await first(stage, events.Retiring)
        await asyncio.sleep(100.0)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        result = await run.carry()
        assert result.ending is Ending.DONE
        assert stage.end == ({NEW: 2}, 2)
        assert stage.outside.whom("drain") == ["0", "0", "1"]


async def test_a_deletion_whose_answer_is_lost_in_a_crash_has_its_batch_told_of():
    async with a_stage(capacity=1) as stage:
        begin(stage, seconds={"told": 100.0})
        run = Run(stage, await stage.plan(surge=BY_ONE, hooks=ALL))
        carrying = asyncio.create_task(run.carry())
        await first(stage, events.Retired)
        await asyncio.sleep(50.0)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        result = await run.carry()
        assert result.ending is Ending.DONE
        told = [facts["instances"] for _, call, facts in stage.outside.called if call == "told"]
        assert told == ["0", "0"]
        assert stage.outside.whom("drain") == ["0"]


async def test_an_old_one_that_is_protected_during_its_drain_is_not_deleted():
    async with a_surging_stage(capacity=3) as stage:

        def protecting(about, _now):
            if about.instance == "1":
                one = stage.scale_set.instances["1"]
                one.protection = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
                one.fragments.clear()
            return Answer(yes=True, words="exit status 0")

        begin(stage, calls={"drain": protecting})
        outcome = await stage.roll(surge=BY_TWO, hooks=[DRAIN])
        assert outcome.ending is Ending.FAILED
        assert "1" in stage.images
        assert "it was protected from scale set actions while its hooks ran" in outcome.reason
