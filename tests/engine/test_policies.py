"""Whole rollouts on the emulator, in virtual time: failures put up with and retried, protections, stopped, sick fleets."""

import asyncio

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected, Stopped
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.ids import InstanceId
from rollset.core.order import Order
from rollset.core.pace import Batches
from rollset.engine import events
from rollset.engine.events import Ending
from tests.engine.stage import NEW, OLD, TWO, a_stage


def protected(stage):
    return {one.id for one in stage.scale_set.instances.values() if one.protected}


async def test_a_failed_instance_is_put_up_with_and_the_rollout_fails_at_its_end():
    async with a_stage() as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["6"])
        outcome = await stage.roll(policy={"tolerance": Tolerance(max_failures=Amount(number=1))}, max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert outcome.exit_status == 1
        assert [failure.instance for failure in outcome.failures] == ["6"]
        assert sorted(outcome.upgraded, key=int) == ["0", "1", "2", "3", "4", "5", "7", "8", "9"]
        assert "failed: 6" in outcome.reason


async def test_one_more_than_is_put_up_with_ends_it():
    async with a_stage() as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5", "1"])
        outcome = await stage.roll(
            policy={"tolerance": Tolerance(max_failures=Amount(number=1))}, max_unavailable=Amount(number=3)
        )
        assert outcome.ending is Ending.FAILED
        assert stage.counts[OLD] >= 5


async def test_a_failure_that_passes_is_tried_again_with_the_same_image():
    async with a_stage() as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["6"], times=1)
        outcome = await stage.roll(policy={"tolerance": Tolerance(retries=1)}, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE
        assert outcome.failures == ()
        assert stage.counts == {NEW: 10}
        again = [event for event in stage.told_of(events.Asked) if "once more" in event.reason]
        assert [event.instances for event in again] == [("6",)]


async def test_who_came_up_unhealthy_is_reimaged():
    async with a_stage() as stage:
        await stage.azure.fault(kind="boots-unhealthy", set="rg/web", instances=["5"], times=1)
        outcome = await stage.roll(policy={"tolerance": Tolerance(retries=2)}, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE
        assert ("POST", "reimage") in stage.requests
        assert stage.counts == {NEW: 10}


async def test_the_last_try_that_fails_counts():
    async with a_stage() as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["6"])
        outcome = await stage.roll(policy={"tolerance": Tolerance(retries=2)}, max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert [event.instances for event in stage.told_of(events.Asked)].count(("6",)) >= 2
        assert len(stage.told_of(events.Failed)) == 3


async def test_going_on_whatever_fails_ends_when_failures_hold_the_budget():
    async with a_stage() as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5", "1"])
        outcome = await stage.roll(policy={"on_failure": OnFailure.CONTINUE}, max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert {failure.instance for failure in outcome.failures} == {"1", "5"}
        assert all(stage.images[one] == OLD for one in ("2", "3", "4", "7", "8", "9"))


async def test_a_protection_is_lifted_for_the_upgrade_and_put_back():
    async with a_stage(instances={"3": {"protected": True}, "7": {"protected": True}}) as stage:
        outcome = await stage.roll(policy={"care": Care(protected=Protected.FORCE)}, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 10}
        assert protected(stage) == {"3", "7"}
        assert {event.instance for event in stage.told_of(events.ProtectedAgain)} == {"3", "7"}


async def test_a_protection_is_put_back_after_a_failure_too():
    async with a_stage(instances={"0": {"protected": True}}) as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["0"])
        outcome = await stage.roll(policy={"care": Care(protected=Protected.FORCE)}, max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert protected(stage) == {"0"}


async def test_a_forced_one_that_fails_is_tried_again_without_its_protection_in_the_way():
    async with a_stage(instances={"3": {"protected": True}}) as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["3"], times=1)
        policy = {"care": Care(protected=Protected.FORCE), "tolerance": Tolerance(retries=1)}
        outcome = await stage.roll(policy=policy, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.counts == {NEW: 10}
        assert protected(stage) == {"3"}


async def test_a_forced_one_for_which_azure_was_busy_is_asked_for_again_without_its_protection():
    async with a_stage(instances={"0": {"protected": True}}) as stage:
        await stage.azure.fault(kind="http", method="POST", path_contains="manualupgrade", status=409, times=1)
        outcome = await stage.roll(policy={"care": Care(protected=Protected.FORCE)}, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.counts == {NEW: 10}
        assert protected(stage) == {"0"}


async def test_a_protection_that_cannot_be_put_back_is_told():
    async with a_stage(instances={"0": {"protected": True}}) as stage:
        await stage.azure.fault(kind="forbid", method="PUT", skip=1)
        outcome = await stage.roll(policy={"care": Care(protected=Protected.FORCE)}, max_unavailable=TWO)
        assert protected(stage) == set()
        assert any("--protect-from-scale-set-actions true" in remark for remark in outcome.remarks)


async def test_protected_ones_are_waited_for_until_somebody_lifts_it():
    async with a_stage(instances={"3": {"protected": True}}) as stage:
        lifting = []

        def lift(event):
            waits = isinstance(event, events.Waiting) and "protected from scale set actions" in event.decision.reason
            if waits and not lifting:
                put = stage.azure.client.write_protection(stage.azure.id("web"), InstanceId("3"), protected=False)
                lifting.append(asyncio.ensure_future(put))

        stage.listeners.append(lift)
        outcome = await stage.roll(policy={"care": Care(protected=Protected.WAIT)}, max_unavailable=TWO)
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 10}


async def test_a_protection_that_nobody_lifts_fails_the_rollout():
    async with a_stage(instances={"3": {"protected": True}}) as stage:
        care = Care(protected=Protected.WAIT, protected_seconds=900.0)
        outcome = await stage.roll(policy={"care": care}, max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert stage.counts == {NEW: 9, OLD: 1}


async def test_stopped_instances_are_upgraded_last_and_left_stopped():
    async with a_stage(capacity=10, instances={"1": {"power": "deallocated"}}) as stage:
        care = Care(stopped=Stopped.UPGRADE)
        outcome = await stage.roll(policy={"care": care}, max_unavailable=Amount(number=3))
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 10}
        assert stage.scale_set.instances["1"].power.value == "deallocated"
        assert stage.starts[-1] == ("1",)


async def test_a_sick_fleet_is_repaired_the_sick_first():
    sick = {str(n): {"health": "unhealthy"} for n in range(6)}
    async with a_stage(instances=sick) as stage:
        outcome = await stage.roll(policy={"repair": True}, max_unavailable=TWO, order=Order.OLDEST_IMAGE)
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.counts == {NEW: 10}
        asked = [one for start in stage.starts for one in start]
        assert sorted(asked[:6]) == sorted(sick)


async def test_batches_grow():
    async with a_stage(capacity=20) as stage:
        growing = Batches(size=Amount(number=5), growth=(Amount(number=1), TWO))
        await stage.roll(max_unavailable=Amount(number=5), style=growing, across_domains=True)
        assert [len(start) for start in stage.starts] == [1, 2, 5, 5, 5, 2]
