"""Whole rollouts on the emulator, in virtual time, of an image that flaps, compared with the instances not upgraded yet."""

import asyncio
from dataclasses import replace

import pytest
from azure.core.rest import HttpRequest

from rollset.core.amount import Amount
from rollset.core.comparing.compare import Compare, ComparedGate, Worse
from rollset.core.comparing.former import Former
from rollset.core.failing import OnFailure
from rollset.core.outside.gates import Answer, AzureMetric, Gate, PrometheusQuery
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.former import timed
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.records import decode_entry, decode_result, encode_order
from rollset.engine.rolling import KEEP_SECONDS
from rollset.engine.state import State
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD, a_stage
from tests.support.emulated import ENDPOINT
from tests.support.virtual import virtual_loop

CAPACITY = 24
COMPARING = {"compare": Compare()}
PACE = {"max_unavailable": Amount(number=6), "across_domains": True, "bake_seconds": 90.0}


async def let_the_image_flap(stage):
    """Whoever runs the new image fails and works in turns."""
    await stage.azure.fault(kind="flaps", set="rg/web", image=NEW, down=60, up=240)


async def test_an_image_that_flaps_is_found_worse_and_nobody_else_gets_it():
    async with a_stage(capacity=CAPACITY) as stage:
        await let_the_image_flap(stage)
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is Ending.FAILED
        assert "flapping is worse" in outcome.reason
        assert stage.counts[OLD] > CAPACITY / 3, "as soon as ten have baked, nobody else"
        (told,) = [one for one in stage.told_of(events.Compared) if one.comparison.worse]
        (difference,) = told.comparison.worse
        assert difference.upgraded > difference.rest
        assert difference.p < difference.threshold
        assert outcome.compared[-1] == told.comparison


async def test_an_image_that_flaps_is_taken_back():
    async with a_stage(capacity=CAPACITY) as stage:
        await let_the_image_flap(stage)
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


@pytest.mark.parametrize("on", [{"image": NEW}, {}], ids=["the new image", "any image"])
async def test_an_extension_that_fails_on_the_new_image_alone_is_found(on):
    """The instances serve all the same, and Azure calls them provisioned: nothing else would tell."""
    async with a_stage(capacity=CAPACITY, health="extension") as stage:
        await stage.azure.fault(kind="extension-fails", set="rg/web", extension="health", **on)
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is (Ending.FAILED if on else Ending.DONE), outcome.reason
        assert ("extension failure is worse: 1 on" in outcome.reason) is bool(on)
        assert ("health failed on" in outcome.reason) is bool(on)


async def test_a_crash_forgets_the_falls_of_the_last_minutes_at_most():
    """The canary bakes for hours, and nothing else happens that would be kept."""
    async with a_stage(capacity=CAPACITY) as stage:
        await stage.azure.fault(kind="flaps", set="rg/web", instances=["5", "6", "7"], down=300, up=2400)
        plan = await stage.plan(policy=COMPARING, bake_seconds=8 * 3600.0)
        clock, seen = virtual_loop().now, []
        order = Order.of(plan, id="one", by="", begun_at=clock())

        def look(event):
            if isinstance(event, events.Looked):
                seen.append((event.at, event.situation.progress.flaps.counts))

        journal = MemoryJournal()
        carrier = Carrier(azure=stage.azure.client, clock=clock, by="", tell=look)
        running = asyncio.create_task(carrier.carry(encode_order(order), journal, MemoryDesk()))
        await asyncio.sleep(5 * 3600.0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        state = State.begin(order)
        for entry in journal.kept:
            state = state.after(decode_entry(entry))
        kept = state.progress.flaps.counts
        long_ago = [counts for at, counts in seen if at <= clock() - 2 * KEEP_SECONDS][-1]
        assert sum(long_ago.values()) > 6
        assert all(kept[one] >= many for one, many in long_ago.items())


LATENCY = Gate(name="latency", question=PrometheusQuery(url="http://p:9090", query='latency{instance="{id}"}'))
ASKED = str(LATENCY.question)
CPU = Gate(name="cpu", question=AzureMetric(name="Percentage CPU"))


def comparing(gate, worse=Worse.HIGHER):
    return {"policy": {"compare": Compare(gates=(ComparedGate(gate=gate.name, worse=worse),))}, "gates": [gate], **PACE}


def slower_by(milliseconds, stage):
    """Each has a number of its own, and the new image adds to it."""
    return lambda about, _: Answer(
        yes=True, words="", number=100.0 + int(about.instance) + milliseconds * (stage.images[about.instance] == NEW)
    )


@pytest.mark.parametrize(
    ("added", "worse", "ending"),
    [
        pytest.param(300.0, Worse.HIGHER, Ending.FAILED, id="higher is worse"),
        pytest.param(-300.0, Worse.HIGHER, Ending.DONE, id="lower is better"),
        pytest.param(-300.0, Worse.LOWER, Ending.FAILED, id="lower is worse"),
        pytest.param(0.0, Worse.HIGHER, Ending.DONE, id="the same"),
    ],
)
async def test_the_number_of_a_gate_is_compared(added, worse, ending):
    async with a_stage(capacity=CAPACITY) as stage:
        stage.outside = Outsiders(answers={ASKED: slower_by(added, stage)})
        outcome = await stage.roll(**comparing(LATENCY, worse))
        assert outcome.ending is ending, outcome.reason
        assert ("latency is worse" in outcome.reason) is (ending is Ending.FAILED)
        latency = [one for one in outcome.compared[0].differences if one.name == "latency"]
        assert [one.upgraded_count + one.rest_count for one in latency] > [15]


async def test_a_gate_that_answers_for_few_is_left_out_and_named():
    async with a_stage(capacity=CAPACITY) as stage:
        silent = Answer(yes=True, words="up", number=None)
        stage.outside = Outsiders(answers={ASKED: lambda *_: silent})
        outcome = await stage.roll(**comparing(LATENCY))
        assert outcome.ending is Ending.DONE
        assert "latency" in [one.name for one in outcome.compared[0].left_out]
        assert "latency was not compared: it is known of 0 upgraded instances and of 0 others" in str(
            outcome.compared[0]
        )


async def test_what_azure_monitor_measures_is_compared():
    async with a_stage(capacity=CAPACITY) as stage:
        busy = {one: {"Percentage CPU": 20 + int(one) / 10} for one in stage.images}
        measured = f"{ENDPOINT}/emulator/sets/rg/web/instance-metrics"
        assert (await stage.azure.transport.send(HttpRequest("PUT", measured, json=busy))).status_code == 200
        sent = []

        def burn(event):
            if isinstance(event, events.Proven):
                busier = {event.instance: {"Percentage CPU": 60}}
                sending = stage.azure.transport.send(HttpRequest("PUT", measured, json=busier))
                sent.append(asyncio.ensure_future(sending))

        plan = await stage.plan(**{**comparing(CPU), "bake_seconds": 300.0})
        # Azure Monitor knows no other time than that of the day.
        clock = virtual_loop().now
        order = encode_order(Order.of(plan, id="one", by="", begun_at=clock()))
        carrier = Carrier(azure=stage.azure.client, clock=clock, by="", tell=burn)
        result = decode_result(await carrier.carry(order, MemoryJournal(), MemoryDesk()))
        assert result.ending is Ending.FAILED
        assert "cpu is worse: 60 on" in result.reason


async def test_who_falls_ill_while_gates_are_asked_counts_before_the_next_request():
    """Asking takes a minute: what was seen before it is no ground to act on."""
    async with a_stage(capacity=CAPACITY) as stage:
        stage.outside = Outsiders(answers={ASKED: slower_by(0.0, stage)}, seconds={ASKED: 60.0})
        ask, ill = stage.outside.ask, []

        async def ask_and_fall(question, about, seconds):
            outdated = [one for one, image in stage.images.items() if image == OLD]
            if about.instance in outdated and not ill:
                ill.extend(outdated[-6:])
                await stage.azure.fault(kind="unhealthy-now", set="rg/web", instances=ill)
            return await ask(question, about, seconds)

        stage.outside.ask = ask_and_fall
        outcome = await stage.roll(**comparing(replace(LATENCY, timeout_seconds=90.0)))
        assert ill
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: CAPACITY}


@pytest.mark.parametrize("members", [{"capacity": 8}, {"capacity": CAPACITY, "health": "none"}], ids=["few", "blind"])
async def test_who_asks_for_a_comparison_is_told_that_there_was_none(members):
    async with a_stage(**members) as stage:
        outcome = await stage.roll(policy=COMPARING, **PACE)
        assert outcome.ending is Ending.DONE
        assert any("never compared" in remark for remark in outcome.remarks)


@pytest.mark.parametrize(("seconds", "worse"), [(300.0, True), (100.0, False)], ids=["far slower", "as quick"])
async def test_an_image_that_boots_far_slower_than_the_one_before_is_found_worse(seconds, worse):
    """It is healthy in the end, so that nothing else would tell: the journal of the rollout before has the times."""
    async with a_stage(capacity=CAPACITY, upgrade_seconds={"median": 100.0}) as stage:
        order = Order.of(await stage.plan(across_domains=True), id="web-1", by="", begun_at=virtual_loop().now())
        journal = MemoryJournal()
        carrier = Carrier(azure=stage.azure.client, clock=virtual_loop().now, by="")
        await carrier.carry(encode_order(order), journal, MemoryDesk())
        stage.scale_set.upgrade_durations = replace(stage.scale_set.upgrade_durations, median=seconds)
        plan = await stage.plan(version=OLD, policy=COMPARING, **PACE)
        took = timed(plan.fleet, plan.job, order, map(decode_entry, journal.kept)).took
        assert len(took) == CAPACITY
        outcome = await stage.run(plan.knowing(Former(rollout="web-1", took=took)), upgrades_max=2)
        assert outcome.ending is (Ending.FAILED if worse else Ending.DONE), outcome.reason
        assert ("boot time is worse: " in outcome.reason) is worse
        boots = [one for each in outcome.compared for one in each.differences if one.name == "boot time"]
        assert boots, "it was judged"
        assert all(80.0 < one.rest < 200.0 for one in boots)
        assert stage.counts.get(NEW, 0) > CAPACITY / 3 if worse else stage.counts == {OLD: CAPACITY}
