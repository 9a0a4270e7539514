"""Whole rollouts on the emulator, in virtual time: what they do, and what they leave behind."""

import asyncio
import logging
import re
from itertools import pairwise

import pytest

from rollset.arm.errors import NotAllowed
from rollset.core.amount import Amount
from rollset.core.decide import Blocked
from rollset.core.errors import UnsafeError
from rollset.core.fleet import UpgradeMode
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Deadlines
from rollset.core.plan import make_plan
from rollset.core.preflight.safety import refuse_unsafe
from rollset.core.selection import Selection
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.rollout import Rollout
from tests.engine.stage import NEW, OLD, TWO, URN, a_stage


async def test_every_instance_is_read_back_on_the_image_and_healthy():
    async with a_stage(capacity=20) as stage:
        outcome = await stage.roll()
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 20}
        assert sorted(outcome.upgraded, key=int) == [str(n) for n in range(20)]
        assert all(one.in_service for one in stage.scale_set.instances.values())
        assert stage.requests[0] == ("PATCH", "web")
        assert {word for method, word in stage.requests[1:]} == {"manualupgrade"}
        assert outcome.arm_requests == stage.azure.client.requests - 3


async def test_the_canary_goes_first_and_alone():
    async with a_stage(capacity=20) as stage:
        await stage.roll(max_unavailable=Amount(number=4))
        history = stage.scale_set.account.history
        first = history[0].instance
        back = next(n for n, change in enumerate(history) if change.instance == first and change.change == "in")
        assert {change.instance for change in history[:back]} == {first}
        assert stage.starts[0] == (first,)


async def test_update_domains_go_one_after_another():
    async with a_stage(capacity=20) as stage:
        await stage.roll(max_unavailable=Amount(number=3))
        out, seen = set(), []
        for change in stage.scale_set.account.history:
            (out.add if change.change == "out" else out.discard)(change.instance)
            domains = {int(one) % 5 for one in out}
            assert len(domains) <= 1, "two update domains out together"
            seen += [domain for domain in domains if not seen or seen[-1] != domain]
        assert seen == [0, 1, 2, 3, 4]


async def test_only_the_image_is_written_and_under_the_etag_that_was_read():
    async with a_stage() as stage:
        await stage.roll()
        patch = next(sent for sent in stage.azure.transport.requests if sent.method == "PATCH")
        assert patch.headers["If-Match"] == '"1"'
        urn = dict(zip(("publisher", "offer", "sku"), URN.split(":"), strict=True))
        image = {"imageReference": {**urn, "version": NEW}}
        assert patch.content == _json({"properties": {"virtualMachineProfile": {"storageProfile": image}}})


def _json(value):
    import json

    return json.dumps(value, separators=(",", ":")).encode()


async def test_batches_go_together_with_a_pause_between():
    async with a_stage() as stage:
        await stage.roll(max_unavailable=TWO, style=Batches(size=TWO, pause_seconds=120.0))
        asked = stage.told_of(events.Asked)
        proven = {event.instance: event.at for event in stage.told_of(events.Proven)}
        for before, following in pairwise(asked):
            assert following.at >= max(proven[one] for one in before.instances) + 120.0
        assert stage.counts == {NEW: 10}


async def test_a_selection_and_nothing_else_is_touched():
    async with a_stage() as stage:
        outcome = await stage.roll(selection=Selection(update_domains=frozenset({2})))
        assert outcome.ending is Ending.DONE
        assert {one for one, version in stage.images.items() if version == NEW} == {"2", "7"}


async def test_protected_and_parked_instances_are_left_alone():
    instances = {"3": {"protected": True}, "4": {"power": "deallocated"}}
    async with a_stage(instances=instances) as stage:
        plan = await stage.plan(max_unavailable=TWO)
        assert {one.instance: one.why.partition(":")[0] for one in plan.skipped} == {
            "3": "protected from scale set actions",
            "4": "deallocated",
        }
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE
        assert {one for one, version in stage.images.items() if version == OLD} == {"3", "4"}


async def test_what_is_on_the_image_already_is_not_upgraded_again():
    async with a_stage(instances={"0": {"image_version": NEW}}) as stage:
        await stage.roll()
        assert "0" not in {one for start in stage.starts for one in start}


async def test_an_unhealthy_outdated_instance_goes_first():
    async with a_stage(instances={"8": {"health": "unhealthy"}}) as stage:
        await stage.roll(max_unavailable=TWO)
        assert stage.starts[0] == ("8",)
        assert stage.counts == {NEW: 10}


async def test_the_same_job_again_continues_where_the_fleet_stands():
    async with a_stage() as stage:
        plan = await stage.plan(max_unavailable=TWO)
        running = asyncio.create_task(Rollout(stage.azure.client, plan, stage.told.append).run())
        await asyncio.sleep(1500.0)
        running.cancel()
        first = await running
        assert first.ending is Ending.INTERRUPTED
        assert first.exit_status == 130
        assert first.in_flight
        assert 0 < len(first.upgraded) < 10
        second = await stage.roll(max_unavailable=TWO)
        assert second.ending is Ending.DONE
        assert stage.counts == {NEW: 10}


async def test_nothing_starts_after_an_interrupt():
    async with a_stage() as stage:
        plan = await stage.plan(max_unavailable=TWO)
        running = asyncio.create_task(Rollout(stage.azure.client, plan, stage.told.append).run())
        await asyncio.sleep(900.0)
        running.cancel()
        outcome = await running
        before = list(stage.starts)
        await asyncio.sleep(7200.0)
        assert stage.starts == before
        on_image = {one for one, version in stage.images.items() if version == NEW}
        assert on_image == set(outcome.upgraded) | set(outcome.in_flight)


class TestFailure:
    async def test_a_failing_canary_stops_everything(self):
        async with a_stage() as stage:
            await stage.azure.fault(
                kind="upgrade-fails",
                set="rg/web",
                instances=["0"],
                code="VMExtensionProvisioningError",
                message="script",
            )
            outcome = await stage.roll()
            assert outcome.ending is Ending.FAILED
            assert outcome.exit_status == 1
            (failure,) = outcome.failures
            assert failure.instance == "0"
            assert failure.error.code == "VMExtensionProvisioningError"
            assert "script" in outcome.reason
            assert stage.starts == [("0",)]

    async def test_a_later_failure_lets_the_others_in_flight_end_and_starts_nothing_more(self):
        async with a_stage(capacity=20) as stage:
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["6"])
            outcome = await stage.roll(max_unavailable=Amount(number=3))
            assert outcome.ending is Ending.FAILED
            assert [failure.instance for failure in outcome.failures] == ["6"]
            assert outcome.in_flight == ()
            failed_at = stage.told_of(events.Failed)[0].at
            assert all(event.at < failed_at for event in stage.told_of(events.Asked))

    async def test_the_same_command_takes_up_the_failed_one_first(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["6"], times=1)
            assert (await stage.roll()).ending is Ending.FAILED
            stage.told.clear()
            assert (await stage.roll()).ending is Ending.DONE
            assert stage.starts[0] == ("6",)
            assert stage.counts == {NEW: 10}

    async def test_not_healthy_within_the_deadline(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="boots-unhealthy", set="rg/web", instances=["5"])
            outcome = await stage.roll(max_unavailable=TWO, deadlines=Deadlines(health=300.0))
            assert outcome.ending is Ending.FAILED
            assert outcome.failures[0].instance == "5"
            assert outcome.failures[0].error.code == "HealthDeadline"
            assert "300 s" in outcome.reason

    async def test_an_upgrade_that_hangs(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="hangs", set="rg/web", instances=["0"])
            outcome = await stage.roll(deadlines=Deadlines(upgrade=1800.0))
            assert outcome.ending is Ending.FAILED
            assert outcome.failures[0].error.code == "UpgradeDeadline"
            assert outcome.seconds == pytest.approx(1800.0, rel=0.1)

    async def test_an_instance_that_vanishes_is_no_failure(self):
        async with a_stage() as stage:
            running = asyncio.create_task(stage.roll(max_unavailable=TWO))
            await asyncio.sleep(600.0)
            asked = stage.starts[-1][0]
            scale_set = await stage.azure.client.scale_set(stage.azure.id("web"))
            await _post(stage, f"{scale_set.id.path}/delete", {"instanceIds": [asked]})
            outcome = await running
            assert outcome.ending is Ending.DONE
            assert asked not in stage.images
            assert stage.counts == {NEW: 9}


async def _post(stage, path, body):
    return await _send(stage, "POST", path, body)


async def _send(stage, method, path, body):
    from azure.core.rest import HttpRequest

    token = stage.azure.world.tokens.issue()[0]
    request = HttpRequest(
        method,
        f"http://localhost:8040{path}?api-version=2024-07-01",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    answer = await stage.azure.transport.send(request)
    assert answer.status_code in (200, 202), answer.content
    return answer


class TestOtherActors:
    async def test_a_foreign_image_before_the_write_stops_the_rollout(self):
        async with a_stage() as stage:
            plan = await stage.plan()
            other = f"{plan.fleet.scale_set.id.path}"
            await _send(stage, "PATCH", other, _image("4.0.20151214"))
            outcome = await Rollout(stage.azure.client, plan, stage.told.append).run()
            assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, UnsafeError.exit_status)
            assert re.search(r"changed to .* by somebody else", outcome.reason)
            assert stage.scale_set.model.image_reference["version"] == "4.0.20151214"
            assert stage.starts == []

    async def test_an_etag_that_rose_for_another_reason_does_not(self):
        async with a_stage() as stage:
            plan = await stage.plan()
            await _send(stage, "PATCH", plan.fleet.scale_set.id.path, {"tags": {"owner": "ops"}})
            outcome = await stage.run(plan)
            assert outcome.ending is Ending.DONE

    async def test_a_foreign_image_in_the_middle_stops_before_the_next_start(self):
        async with a_stage() as stage:
            running = asyncio.create_task(stage.roll(max_unavailable=TWO))
            await asyncio.sleep(700.0)
            started = sum(map(len, stage.starts))
            await _send(stage, "PATCH", stage.azure.id("web").path, _image("4.0.20151214"))
            outcome = await running
            assert outcome.ending is Ending.FAILED
            assert "by somebody else during the rollout" in outcome.reason
            assert sum(map(len, stage.starts)) == started
            assert "4.0.20151214" not in stage.counts

    async def test_instances_that_appear_are_counted_and_need_no_upgrade(self):
        async with a_stage() as stage:
            running = asyncio.create_task(stage.roll(max_unavailable=TWO))
            await asyncio.sleep(900.0)
            await _send(stage, "PATCH", stage.azure.id("web").path, {"sku": {"capacity": 13}})
            outcome = await running
            assert outcome.ending is Ending.DONE
            assert stage.counts == {NEW: 13}

    async def test_a_scale_in_is_taken_in_stride(self):
        async with a_stage(capacity=20) as stage:
            running = asyncio.create_task(stage.roll(max_unavailable=TWO, deadlines=Deadlines(health=60.0)))
            await asyncio.sleep(900.0)
            await _send(stage, "PATCH", stage.azure.id("web").path, {"sku": {"capacity": 14}})
            outcome = await running
            assert outcome.ending is Ending.DONE, outcome.reason
            assert stage.counts == {NEW: 14}

    async def test_one_that_is_stopped_on_its_way_is_not_waited_for(self):
        async with a_stage() as stage:
            running = asyncio.create_task(stage.roll(max_unavailable=TWO))
            await asyncio.sleep(500.0)
            victim = stage.starts[-1][0]
            await _post(stage, f"{stage.azure.id('web').path}/deallocate", {"instanceIds": [victim]})
            outcome = await running
            assert outcome.ending is Ending.DONE, outcome.reason
            assert outcome.seconds < 5400.0
            assert {one for one, version in stage.images.items() if version == OLD} <= {victim}

    async def test_a_set_that_shrinks_to_one_keeps_it_in_service(self):
        """The budget of ten percent is one instance at least; the last that serves is not taken out all the same."""
        async with a_stage() as stage:
            running = asyncio.create_task(stage.roll())
            await asyncio.sleep(200.0)
            await _send(stage, "PATCH", stage.azure.id("web").path, {"sku": {"capacity": 1}})
            outcome = await running
            (last,) = stage.scale_set.instances.values()
            lost = [one.at for one in stage.scale_set.account.history if (one.instance, one.change) == (last.id, "out")]
            shrunk_at = stage.azure.world.clock.now() - asyncio.get_running_loop().time() + 200.0
            assert [at for at in lost if at > shrunk_at] == []
            assert last.in_service
            assert outcome.ending is Ending.DONE or "the last one is not taken out" in outcome.reason

    @pytest.mark.parametrize("chosen", [None, frozenset(map(InstanceId, "67"))], ids=["all", "two of them"])
    async def test_when_all_that_were_chosen_are_gone_it_is_done(self, chosen):
        async with a_stage() as stage:
            selection = None if chosen is None else Selection(instances=chosen)
            running = asyncio.create_task(stage.roll(selection=selection))
            await asyncio.sleep(200.0)
            if chosen is None:
                await _send(stage, "PATCH", stage.azure.id("web").path, {"sku": {"capacity": 0}})
            else:
                await _post(stage, f"{stage.azure.id('web').path}/delete", {"instanceIds": sorted(chosen)})
            outcome = await running
            assert outcome.ending is Ending.DONE, outcome.reason
            assert outcome.in_flight == ()
            assert outcome.seconds < 3600.0

    async def test_others_that_hold_the_budget_are_waited_for(self):
        async with a_stage() as stage:
            path, others = stage.azure.id("web").path, {"instanceIds": ["8", "9"]}
            running = asyncio.create_task(stage.roll(max_unavailable=TWO, deadlines=Deadlines(health=3600.0)))
            await asyncio.sleep(500.0)
            await _post(stage, f"{path}/deallocate", others)
            await asyncio.sleep(1200.0)
            held = len(stage.starts)
            await asyncio.sleep(1200.0)
            assert len(stage.starts) == held, "nothing starts while others hold the whole budget"
            assert isinstance(stage.told_of(events.Waiting)[-1].decision, Blocked)
            await _post(stage, f"{path}/start", others)
            assert (await running).ending is Ending.DONE
            assert stage.counts == {NEW: 10}


def _image(version):
    publisher, offer, sku = URN.split(":")
    reference = {"publisher": publisher, "offer": offer, "sku": sku, "version": version}
    return {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": reference}}}}


class TestAzureInTrouble:
    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_storms_are_sat_out(self, status):
        async with a_stage() as stage:
            await stage.azure.fault(kind="http", status=status, times=5, retry_after=20, skip=6)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert stage.counts == {NEW: 10}
            assert sum(pause.seconds for pause in stage.azure.pauses) >= 100

    async def test_a_long_outage_holds_the_rollout_still(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="http", status=503, times=60, skip=10)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert stage.told_of(events.Troubled)

    async def test_lost_replies_of_writes_change_nothing(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="lost-reply", method="PATCH", path_contains="virtualMachineScaleSets", times=1)
            await stage.azure.fault(kind="lost-reply", method="POST", path_contains="manualupgrade", times=3)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            upgrades = [len(one.upgrades) for one in stage.scale_set.instances.values()]
            assert upgrades == [1] * 10, "the repeat of a request upgrades nobody again"

    async def test_lost_operations_are_survived_by_looking(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="expire-operations", which="new")
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE

    async def test_no_right_to_upgrade_ends_with_status_5(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="forbid", method="POST", path_contains="manualupgrade")
            outcome = await stage.roll()
            assert outcome.ending is Ending.FAILED
            assert outcome.exit_status == 5
            assert outcome.in_flight == ()
            assert stage.counts == {OLD: 10}

    async def test_who_may_not_read_operations_is_led_by_the_instances(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="forbid", method="GET", path_contains="/operations/")
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5"])
            outcome = await stage.roll(max_unavailable=TWO)
            assert [failure.instance for failure in outcome.failures] == ["5"]
            assert outcome.exit_status == 1

    async def test_no_right_to_write_the_model_is_an_error_and_touches_nothing(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="forbid", method="PATCH")
            outcome = await stage.roll()
            assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, NotAllowed.exit_status)
            assert stage.starts == []


class TestALostRequestIsDecidedAnew:
    """The request for 5 and 10 goes out and is lost; what happens before it could be repeated must count."""

    @staticmethod
    async def lose_the_second_request(stage):
        await stage.azure.fault(kind="http", method="POST", path_contains="manualupgrade", status=503, times=1, skip=1)

    async def test_it_is_asked_for_again_when_nothing_speaks_against_it(self):
        async with a_stage() as stage:
            await self.lose_the_second_request(stage)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert stage.counts == {NEW: 10}

    async def test_not_after_somebody_else_changed_the_image(self):
        async with a_stage() as stage:
            await self.lose_the_second_request(stage)

            def meddle(event):
                if isinstance(event, events.Asked) and len(stage.starts) == 2:
                    task = _send(stage, "PATCH", stage.azure.id("web").path, _image("4.0.20151214"))
                    stage.meddling = asyncio.ensure_future(task)

            stage.listeners.append(meddle)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.FAILED
            assert "by somebody else during the rollout" in outcome.reason
            assert "4.0.20151214" not in stage.counts

    async def test_not_when_others_have_taken_the_budget_meanwhile(self):
        async with a_stage() as stage:
            await self.lose_the_second_request(stage)

            def meddle(event):
                if isinstance(event, events.Asked) and len(stage.starts) == 2:
                    sick = stage.azure.fault(kind="unhealthy-now", set="rg/web", instances=["8", "9"])
                    stage.meddling = asyncio.ensure_future(sick)

            stage.listeners.append(meddle)
            await stage.roll(max_unavailable=TWO)
            assert stage.scale_set.account.most_out_at_once <= 2

    async def test_a_request_that_never_arrives_is_given_up(self):
        async with a_stage() as stage:
            await stage.azure.fault(kind="http", method="POST", path_contains="manualupgrade", status=503)
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.FAILED
            assert "Azure was asked 5 times, and never began" in outcome.reason
            assert stage.counts == {OLD: 10}

    async def test_what_became_of_the_lost_request_is_no_answer_to_the_next(self):
        """The view is old by one look when the second request for 5 has been accepted: 5 is not asked for again."""
        async with a_stage() as stage:
            await self.lose_the_second_request(stage)
            look, held = stage.azure.client.instances, []

            async def look_late(scale_set, on_page=None):
                seen = await look(scale_set, on_page)
                held.append(seen)
                return held[-2] if [start[0] for start in stage.starts].count("5") == 2 and len(held) > 1 else seen

            stage.azure.client.instances = look_late
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert [start[0] for start in stage.starts].count("5") == 2

    async def test_a_throttled_request_waits_as_told_and_is_decided_anew(self):
        async with a_stage() as stage:
            await stage.azure.fault(
                kind="http", method="POST", path_contains="manualupgrade", status=429, retry_after=45, times=2
            )
            outcome = await stage.roll(max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert sum(event.seconds for event in stage.told_of(events.Troubled)) >= 90.0


class TestSwitchedPolicy:
    @pytest.mark.parametrize("mode", ["Automatic", "Rolling"])
    async def test_it_is_refused_without_being_told(self, mode):
        async with a_stage(upgrade_policy=mode) as stage:
            plan = await stage.plan()
            with pytest.raises(UnsafeError, match="--switch-policy"):
                refuse_unsafe(plan, told_otherwise=False)

    @pytest.mark.parametrize("mode", ["Automatic", "Rolling"])
    async def test_manual_for_the_rollout_and_back_at_the_end(self, mode):
        async with a_stage(upgrade_policy=mode) as stage:
            outcome = await stage.roll(switch_policy=True, max_unavailable=TWO)
            assert outcome.ending is Ending.DONE
            assert stage.counts == {NEW: 10}
            assert stage.scale_set.mode == mode
            assert [event.mode for event in stage.told_of(events.PolicyWritten)] == [UpgradeMode.MANUAL, mode]

    @pytest.mark.parametrize("mode", ["Automatic", "Rolling"])
    async def test_back_after_a_failure_without_azure_pushing_the_bad_image(self, mode):
        async with a_stage(upgrade_policy=mode) as stage:
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["1"])
            outcome = await stage.roll(switch_policy=True)
            assert outcome.ending is Ending.FAILED
            assert stage.scale_set.mode == mode
            assert stage.scale_set.model.image_reference["version"] == OLD
            assert any("names" in remark and OLD in remark for remark in outcome.remarks)
            still_old = {one for one, version in stage.images.items() if version == OLD}
            await asyncio.sleep(4 * 3600.0)
            assert still_old <= {one for one, version in stage.images.items() if version == OLD}

    async def test_back_after_an_interrupt(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            plan = await stage.plan(switch_policy=True)
            running = asyncio.create_task(Rollout(stage.azure.client, plan, stage.told.append).run())
            await asyncio.sleep(200.0)
            running.cancel()
            assert (await running).ending is Ending.INTERRUPTED
            assert stage.scale_set.mode == "Automatic"
            assert stage.scale_set.model.image_reference["version"] == OLD

    async def test_a_write_that_arrives_late_does_not_leave_the_new_image_under_the_old_policy(self):
        async with a_stage(upgrade_policy="Rolling") as stage:
            plan = await stage.plan(switch_policy=True)
            path = plan.fleet.scale_set.id.path
            rollout = Rollout(stage.azure.client, plan, stage.tell)
            read = stage.azure.client.scale_set
            late = []

            async def arrive_late(*whom):
                seen = await read(*whom)
                if stage.told_of(events.PolicyWritten) and not late:
                    late.append(await _send(stage, "PATCH", path, _image(NEW)))
                return seen

            stage.azure.client.scale_set = arrive_late
            running = asyncio.create_task(rollout.run())
            switched = asyncio.Event()
            stage.listeners.append(lambda event: isinstance(event, events.PolicyWritten) and switched.set())
            await switched.wait()
            running.cancel()
            outcome = await running
            assert outcome.ending is Ending.INTERRUPTED
            assert late
            assert stage.scale_set.mode == "Rolling"
            assert stage.scale_set.model.image_reference["version"] == OLD
            await asyncio.sleep(7200.0)
            assert stage.counts == {OLD: 10}

    async def test_a_fault_of_our_own_after_the_switch_puts_it_back(self, caplog):
        caplog.set_level(logging.DEBUG, "rollset")
        async with a_stage(upgrade_policy="Automatic") as stage:
            plan = await stage.plan(switch_policy=True)

            def stumble(event):
                if isinstance(event, events.Asked):
                    raise ZeroDivisionError("a face, say")

            outcome = await Rollout(stage.azure.client, plan, stumble).run()
            assert outcome.ending is Ending.FAILED
            assert "nobody foresaw: ZeroDivisionError: a face, say" in outcome.reason
            assert 'raise ZeroDivisionError("a face, say")' in caplog.text, "where it broke is not lost"
            assert OLD in outcome.remarks[0]
            assert stage.scale_set.mode == "Automatic"
            assert stage.scale_set.model.image_reference["version"] == OLD

    async def test_a_policy_that_somebody_else_set_meanwhile_stays(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            running = asyncio.create_task(stage.roll(switch_policy=True))
            await asyncio.sleep(200.0)
            rolling = {"properties": {"upgradePolicy": {"mode": "Rolling"}}}
            await _send(stage, "PATCH", stage.azure.id("web").path, rolling)
            outcome = await running
            assert outcome.ending is Ending.FAILED
            assert "set to Rolling by somebody else" in outcome.reason
            assert stage.scale_set.mode == "Rolling"

    async def test_an_error_after_the_switch_puts_it_back(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            await stage.azure.fault(kind="forbid", method="GET", path_contains="/operations/")
            await stage.azure.fault(kind="forbid", method="PATCH", skip=1, times=1)
            outcome = await stage.roll(switch_policy=True)
            assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, NotAllowed.exit_status)
            assert stage.scale_set.mode == "Automatic"

    async def test_no_right_to_read_operations_is_survived_by_looking(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            await stage.azure.fault(kind="forbid", method="GET", path_contains="/operations/")
            assert (await stage.roll(switch_policy=True)).ending is Ending.DONE
            assert stage.scale_set.mode == "Automatic"

    async def test_an_interrupt_while_it_is_put_back_does_not_stop_that(self):
        async with a_stage(upgrade_policy="Automatic", capacity=3) as stage:
            plan = await stage.plan(switch_policy=True)
            running = asyncio.create_task(Rollout(stage.azure.client, plan, stage.tell).run())

            def cancel_when_the_end_is_near(event):
                if isinstance(event, events.Proven) and len(stage.told_of(events.Proven)) == 3:
                    asyncio.get_running_loop().call_later(0.5, running.cancel)

            stage.listeners.append(cancel_when_the_end_is_near)
            outcome = await running
            assert outcome.ending is Ending.DONE
            assert stage.scale_set.mode == "Automatic"

    async def test_the_end_does_not_wait_for_azures_own_rolling_pass(self):
        async with a_stage(upgrade_policy="Rolling") as stage:
            await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["1"])
            outcome = await stage.roll(switch_policy=True)
            failed_at = stage.told_of(events.Failed)[0].at
            assert outcome.seconds < failed_at + 30.0

    async def test_a_policy_that_cannot_be_put_back_is_said(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            await stage.azure.fault(kind="forbid", method="PATCH", skip=2)
            outcome = await stage.roll(switch_policy=True)
            assert outcome.ending is Ending.DONE
            assert "az vmss update" in outcome.remarks[0]

    async def test_a_part_of_a_rolling_set_is_refused(self):
        async with a_stage(upgrade_policy="Rolling") as stage:
            plan = await stage.plan(switch_policy=True, selection=Selection(update_domains=frozenset({0})))
            with pytest.raises(UnsafeError, match="would stay on the old image"):
                refuse_unsafe(plan, told_otherwise=False)


class TestRefusals:
    async def test_a_set_of_one_cannot_be_done_without_downtime(self):
        async with a_stage(capacity=1) as stage:
            plan = await stage.plan()
            with pytest.raises(UnsafeError, match="without downtime"):
                refuse_unsafe(plan, told_otherwise=False)
            refuse_unsafe(plan, told_otherwise=True)

    async def test_a_budget_that_others_hold_already(self):
        async with a_stage(instances={"1": {"power": "deallocated"}, "2": {"power": "stopped"}}) as stage:
            plan = await stage.plan()
            with pytest.raises(UnsafeError, match=r"out of service and stay so.*\(1, 2\).*--max-unavailable 3"):
                refuse_unsafe(plan, told_otherwise=False)

    async def test_a_sick_one_that_goes_first_does_not_hide_a_budget_that_others_hold(self):
        async with a_stage(instances={"1": {"power": "deallocated"}, "2": {"health": "unhealthy"}}) as stage:
            plan = await stage.plan()
            assert plan.upgrades[0] == "2"
            with pytest.raises(UnsafeError, match=r"stays so.*\(1\).*--max-unavailable 2"):
                refuse_unsafe(plan, told_otherwise=False)

    async def test_nothing_to_do_is_never_refused(self):
        async with a_stage(upgrade_policy="Automatic") as stage:
            plan = await stage.plan(version=OLD)
            assert plan.nothing_to_do
            refuse_unsafe(plan, told_otherwise=False)


async def test_only_the_first_step_is_asked_for_when_not_waiting():
    async with a_stage() as stage:
        plan = await stage.plan(max_unavailable=TWO)
        outcome = await Rollout(stage.azure.client, plan, stage.told.append).start_only()
        assert outcome.ending is Ending.STARTED
        assert stage.starts == [("0",)]
        assert outcome.in_flight == ("0",)
        await asyncio.sleep(3600.0)
        assert stage.counts == {OLD: 9, NEW: 1}


async def test_not_waiting_where_only_the_model_has_to_be_written_is_done_at_once():
    async with a_stage(capacity=2, instances={str(n): {"image_version": NEW} for n in range(2)}) as stage:
        plan = await stage.plan()
        outcome = await Rollout(stage.azure.client, plan, stage.tell).start_only()
        assert outcome.ending is Ending.DONE
        assert "2 of 2 chosen instances are on" in outcome.reason
        assert stage.scale_set.model.image_reference["version"] == NEW


async def test_who_joins_while_the_canary_is_out_opens_no_way_for_the_others():
    async with a_stage(capacity=10) as stage:
        running = asyncio.create_task(stage.roll(max_unavailable=Amount(number=4)))
        await asyncio.sleep(20.0)
        await _send(stage, "PATCH", stage.azure.id("web").path, {"sku": {"capacity": 12}})
        outcome = await running
        assert outcome.ending is Ending.DONE
        proven = {event.instance: event.at for event in stage.told_of(events.Proven)}
        assert {"10", "11"} <= proven.keys(), "they became healthy during the rollout"
        second = stage.told_of(events.Asked)[1]
        assert second.at >= proven["0"]
        assert sorted(outcome.upgraded, key=int) == [str(n) for n in range(10)]


async def test_latest_is_resolved_once_to_an_exact_version():
    async with a_stage() as stage:
        await stage.roll(version="latest")
        assert stage.scale_set.model.image_reference["version"] == NEW


async def test_a_thousand_instances_in_ten_placement_groups():
    async with a_stage(capacity=1000, single_placement_group=False) as stage:
        outcome = await stage.roll(max_unavailable=Amount(number=10, percent=True))
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 1000}
        assert stage.scale_set.account.most_out_at_once == 100
        assert outcome.arm_requests <= 1500


async def test_planning_twice_gives_the_same_plan():
    async with a_stage() as stage:
        plan = await stage.plan()
        again = make_plan(plan.fleet, plan.job)
        assert again == plan


async def test_an_instance_chosen_by_id_alone():
    async with a_stage() as stage:
        outcome = await stage.roll(selection=Selection(instances=frozenset({InstanceId("7")})))
        assert outcome.upgraded == ("7",)
        assert stage.counts == {OLD: 9, NEW: 1}
