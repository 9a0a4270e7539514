"""Whole rollouts that Azure's own rolling upgrade carries out: started, watched, stopped, put back, and proven."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest
from azure.core.rest import HttpRequest

from rollset.arm.azure import Azure
from rollset.core.amount import Amount
from rollset.core.control import Signal, Verb
from rollset.core.errors import NotAllowedByAzure, UnsafeError
from rollset.core.failing import OnFailure
from rollset.core.pace import Batches, Engine, Pace
from rollset.core.preflight.safety import refuse_unsafe
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.news import News
from rollset.engine.order import Order
from rollset.engine.prepare import prepare
from rollset.engine.rolling import turn_back
from rollset.engine.rollout import Rollout
from rollset.engine.state import State
from tests.engine.stage import NEW, OLD, TWO, URN, a_stage
from tests.support.emulated import ENDPOINT

ROLLING = {"upgrade_policy": "Rolling", "health": "extension"}


async def a_plan(stage, version=NEW, on_failure=OnFailure.STOP, switch_policy=False, most=TWO, **pace):
    usual = {"canary": 0, "style": Batches(size=most), "max_unavailable": most}
    wish = replace(stage.wish(version=version, switch_policy=switch_policy), pace=Pace(**{**usual, **pace}))
    return await prepare(stage.azure.client, replace(wish, engine=Engine.AZURE, on_failure=on_failure))


async def roll(stage, order=None, **wish):
    """Carries it out; `order` is left as soon as Azure has taken somebody."""
    rollout = Rollout(stage.azure.client, await a_plan(stage, **wish), stage.tell)

    def leave(event):
        if isinstance(event, events.Taken) and not rollout.desk.left:
            rollout.desk.leave(Signal(number=1, verb=order, by="me", at=0.0))

    if order is not None:
        stage.listeners.append(leave)
    return await rollout.run()


def policy(stage):
    stage.azure.world.advance()
    written = stage.scale_set.properties["upgradePolicy"]
    rolling = written.get("rollingUpgradePolicy", {})
    return written["mode"], rolling.get("maxBatchInstancePercent", 20), rolling.get("pauseTimeBetweenBatches", "PT0S")


def most_out(stage):
    out, most = set(), 0
    for change in stage.scale_set.account.history:
        (out.add if change.change == "out" else out.discard)(change.instance)
        most = max(most, len(out))
    return most


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({}, id="regional"),
        pytest.param({"zones": ["1", "2", "3"]}, id="zonal"),
        pytest.param({"fault_domains": 1, "single_placement_group": False}, id="max-spreading"),
        pytest.param({"orchestration": "Flexible", "fault_domains": 1}, id="Flexible"),
    ],
)
async def test_azure_carries_it_out_and_each_instance_is_read_back(shape):
    async with a_stage(capacity=10, **{**ROLLING, **shape}) as stage:
        outcome = await roll(stage)
        assert (outcome.ending, stage.counts) == (Ending.DONE, {NEW: 10})
        assert set(outcome.upgraded) == set(stage.images)
        assert policy(stage) == ("Rolling", 20, "PT0S")
        assert most_out(stage) <= 2
        assert {word for _, word in stage.requests} == {"web"}, "nothing but writes of the set"


async def test_the_policy_says_what_ours_says_while_it_lasts():
    async with a_stage(capacity=20, **ROLLING) as stage:
        seen = []
        stage.listeners.append(lambda event: seen.append(policy(stage)) if isinstance(event, events.Taken) else None)
        outcome = await roll(stage, most=Amount(number=3), style=Batches(size=TWO, pause_seconds=90.0))
        assert (outcome.ending, set(seen)) == (Ending.DONE, {("Rolling", 10, "PT1M30S")})
        assert policy(stage) == ("Rolling", 20, "PT0S")


async def test_a_set_in_another_mode_is_switched_for_the_time_being_and_only_when_asked():
    async with a_stage(upgrade_policy="Automatic", health="extension") as stage:
        with pytest.raises(UnsafeError, match=r"Automatic, and Azure's own rolling upgrade.*--switch-policy"):
            refuse_unsafe(await a_plan(stage), told_otherwise=False)
        plan = await a_plan(stage, switch_policy=True)
        refuse_unsafe(plan, told_otherwise=False)
        outcome = await roll(stage, switch_policy=True)
        assert (outcome.ending, stage.counts) == (Ending.DONE, {NEW: 10})
        assert policy(stage)[0] == "Automatic"
        assert most_out(stage) <= 2


async def test_the_first_that_does_not_get_well_ends_it_with_azures_words():
    async with a_stage(**ROLLING) as stage:
        await stage.azure.fault(kind="boots-unhealthy", set="rg/web", instances=["5"])
        outcome = await roll(stage)
        assert outcome.ending is Ending.FAILED
        assert [one.instance for one in outcome.failures] == ["5"]
        assert "MaxUnhealthyUpgradedInstancePercentExceeded" in outcome.reason
        assert most_out(stage) <= 2


async def test_a_stop_cancels_and_leaves_the_rest_alone():
    async with a_stage(**ROLLING) as stage:
        outcome = await roll(stage, order=Verb.STOP)
        assert outcome.ending is Ending.STOPPED
        before = stage.counts
        assert 0 < before[NEW] <= 2
        assert policy(stage) == ("Manual", 20, "PT0S")
        assert "left on Manual" in " ".join(outcome.remarks)
        await asyncio.sleep(6 * 3600)
        assert stage.counts == before


async def test_an_undo_is_gone_by_rollset_and_the_policy_is_put_back():
    async with a_stage(**ROLLING) as stage:
        outcome = await roll(stage, order=Verb.UNDO)
        await asyncio.sleep(6 * 3600)
        assert (outcome.ending, stage.counts) == (Ending.UNDONE, {OLD: 10})
        assert policy(stage) == ("Rolling", 20, "PT0S")


async def test_a_failure_can_order_the_way_back():
    async with a_stage(**ROLLING) as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5"], times=1)
        outcome = await roll(stage, on_failure=OnFailure.UNDO)
        assert (outcome.ending, stage.counts) == (Ending.UNDONE, {OLD: 10})


async def test_who_was_taken_in_the_same_look_as_the_failure_is_brought_back_as_well():
    """Otherwise it would be left to the policy, which is put back at the end, and to Azure under it."""
    async with a_stage(**ROLLING) as stage:
        plan = await a_plan(stage, on_failure=OnFailure.UNDO)
        told = []
        order = Order.of(plan, id="it", by="me", begun_at=0.0)
        news = News(State.begin(order), SimpleNamespace(tell=told.append))
        news.add(events.Taken(at=1.0, instances=("4", "9")))
        onto = tuple(
            replace(one, image=plan.job.image) if one.id in ("4", "9") else one for one in plan.fleet.instances
        )
        turn_back(news, replace(plan.fleet, instances=onto), "4 failed", 1.0)
        assert [leg.instances for leg in told[-1].undo.legs] == [("4", "9")]


async def test_a_pause_holds_nothing():
    async with a_stage(capacity=5, **ROLLING) as stage:
        outcome = await roll(stage, order=Verb.PAUSE, most=Amount(number=1))
        assert (outcome.ending, stage.counts) == (Ending.DONE, {NEW: 5})


async def test_a_set_on_latest_goes_on_saying_latest():
    shape = {**ROLLING, "image": f"{URN}:latest", "instances": {str(n): {"exact_version": OLD} for n in range(10)}}
    async with a_stage(**shape) as stage:
        plan = await a_plan(stage, version="latest")
        assert plan.job.model_stays
        outcome = await roll(stage, version="latest")
        exact = {one.image["exactVersion"] for one in stage.scale_set.instances.values()}
        assert (outcome.ending, exact) == (Ending.DONE, {NEW})
        assert stage.scale_set.model.image_reference["version"] == "latest"
        assert ("POST", "osRollingUpgrade") in stage.requests
        assert policy(stage) == ("Rolling", 20, "PT0S")


FOLLOWING = {**ROLLING, "image": f"{URN}:latest", "instances": {str(n): {"exact_version": OLD} for n in range(10)}}
NEXT = "4.0.20160401"


async def publish(stage):
    body = {"image": f"{URN}:{NEXT}"}
    sent = await stage.azure.transport.send(HttpRequest("POST", f"{ENDPOINT}/emulator/publish", json=body))
    assert sent.status_code == 201


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["before it begins", "before Azure looks"])
async def test_a_version_that_comes_out_after_the_plan_reaches_nobody_or_the_first_batch(seconds):
    """Nobody has agreed to it, and nobody can name to Azure the one that was agreed to."""
    async with a_stage(**FOLLOWING) as stage:
        plan = await a_plan(stage, version="latest")
        rollout = Rollout(stage.azure.client, plan, stage.tell)
        if seconds:
            resolved = stage.azure.client.platform_versions

            async def late(*about):
                found = await resolved(*about)
                await publish(stage)
                return found

            stage.azure.client.platform_versions = late
        else:
            await publish(stage)
        outcome = await rollout.run()
        assert outcome.ending is Ending.FAILED
        exact = [one.image["exactVersion"] for one in stage.scale_set.instances.values()]
        if seconds:
            assert f"and not to {URN}:{NEW}" in outcome.reason
            assert 1 <= exact.count(NEXT) <= 4, "those on their way when the first came out elsewhere"
            assert len(stage.told_of(events.RollCancelled)) == 1
            assert outcome.left["failed"]
        else:
            assert f"latest means {URN}:{NEXT}" in outcome.reason
            assert exact == [OLD] * 10
        assert policy(stage)[0] == "Rolling"


async def test_somebody_elses_image_ends_it():
    async with a_stage(**ROLLING) as stage:

        def others(event):
            if isinstance(event, events.Taken) and not stage.told_of(events.Closing):
                asyncio.get_running_loop().create_task(foreign(stage.azure.client, stage.azure.id("web")))
                stage.listeners.clear()

        stage.listeners.append(others)
        outcome = await roll(stage)
        assert outcome.ending is Ending.FAILED
        assert "by somebody else" in outcome.reason


async def foreign(client: Azure, web):
    scale_set = await client.scale_set(web)
    await client.write_model(scale_set, replace(scale_set.image, version="4.0.20151214"))


@pytest.mark.parametrize(
    ("pace", "shape", "why"),
    [
        pytest.param({"canary": 1}, {}, "no canary", id="a canary"),
        pytest.param({"bake_seconds": 60.0}, {}, "nothing for policy.bake", id="a bake"),
        pytest.param({}, {"capacity": 50}, "smallest batch is 5%", id="a budget below 5%"),
        pytest.param({}, {"health": "none", "upgrade_policy": "Manual"}, "has neither", id="no health"),
        pytest.param({}, {"instances": {"3": {"power": "deallocated"}}}, r"switched off \(3\)", id="switched off"),
        pytest.param(
            {},
            {"orchestration": "Flexible", "fault_domains": 1, "health": "load-balancer", "upgrade_policy": "Manual"},
            "load balancer probe only",
            id="a Flexible set with a probe",
        ),
    ],
)
async def test_what_azure_cannot_be_told_is_refused(pace, shape, why):
    async with a_stage(**{**ROLLING, **shape}) as stage:
        with pytest.raises(NotAllowedByAzure, match=f"rg/web cannot be left to --engine azure: .*{why}"):
            await a_plan(stage, **pace)
        assert stage.requests == []
