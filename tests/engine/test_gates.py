"""Whole rollouts with gates, in virtual time. The gates themselves answer what the test says; the rest is real."""

import asyncio
import json
from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.failing import OnFailure
from rollset.core.outside.calls import WebCall
from rollset.core.outside.gates import Answer, Bounds, Gate
from rollset.core.pace import Deadlines
from rollset.core.surging.surge import Surge
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.records import decode_result, encode_order
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.support.virtual import virtual_loop

URL = "http://{ip}:8080/healthz"
WEB = Gate(name="web", question=WebCall(url=URL))
ASKED = f"GET {URL}"
REFUSED = Answer(yes=False, words="cannot connect: refused")

BY_ONE = Surge(add=Amount(number=1))


def no(_about, _now):
    return REFUSED


async def test_nobody_follows_before_the_gate_has_said_yes_twice():
    async with a_stage(capacity=6) as stage:
        stage.outside = Outsiders()
        outcome = await stage.roll(gates=[WEB], max_unavailable=Amount(number=1))
        assert outcome.ending is Ending.DONE
        assert stage.counts == {NEW: 6}
        for one in outcome.upgraded:
            asked = [at for at, _, whom in stage.outside.asked if whom == one]
            assert len(asked) == 2
            assert asked[1] - asked[0] == pytest.approx(WEB.interval_seconds)
            later = [at for at, ids in stage.asked_at if one not in ids and at > asked[0]]
            assert all(at >= asked[1] for at in later), "the next one left before"


async def test_a_gate_that_never_says_yes_stops_the_canary_and_is_named():
    async with a_stage(capacity=6) as stage:
        stage.outside = Outsiders(answers={ASKED: no})
        outcome = await stage.roll(gates=[WEB])
        assert outcome.ending is Ending.FAILED
        assert outcome.exit_status == 1
        assert stage.counts == {OLD: 5, NEW: 1}
        assert "gate web (GET http://{ip}:8080/healthz) said no" in outcome.reason
        assert outcome.reason.endswith("cannot connect: refused")


async def test_after_a_shut_gate_the_way_back_asks_nobody():
    async with a_stage(capacity=6) as stage:
        stage.outside = Outsiders(answers={ASKED: no})
        plan = await stage.plan(gates=[WEB])
        plan = replace(
            plan,
            situation=replace(plan.situation, job=replace(plan.job, on_failure=OnFailure.UNDO)),
        )
        outcome = await stage.run(plan, upgrades_max=2)
        assert outcome.ending is Ending.UNDONE
        assert stage.counts == {OLD: 6}


async def test_a_flapping_gate_is_believed_when_it_has_said_the_same_twice():
    said = {}

    def flapping(about, _now):
        said[about.instance] = said.get(about.instance, 0) + 1
        return Answer(yes=said[about.instance] % 3 != 1, words=f"answer {said[about.instance]}")

    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(answers={ASKED: flapping})
        outcome = await stage.roll(gates=[WEB], max_unavailable=TWO)
        assert outcome.ending is Ending.DONE
        assert set(said.values()) == {3}


async def test_each_instance_is_held_against_its_own_baseline():
    """Instance 2 doubles what it had; that others have more than it never matters."""

    def latency(about, _now):
        before = 10.0 * (1 + int(about.instance))
        upgraded = stage.images[about.instance] == NEW
        return Answer(yes=True, words="measured", number=before * (2 if upgraded and about.instance == "2" else 1))

    gate = replace(WEB, bounds=Bounds(within=0.2))
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(answers={ASKED: latency})
        outcome = await stage.roll(gates=[gate], max_unavailable=Amount(number=1))
        assert outcome.ending is Ending.FAILED
        assert [one.instance for one in outcome.failures] == ["2"]
        assert "60 is not within 20% of 30, its baseline" in outcome.reason
        measured = {one.instance: one.number for one in stage.told_of(events.Measured)}
        assert measured == {"0": 10.0, "1": 20.0, "2": 30.0}


async def test_whoever_cannot_be_measured_is_not_taken_out():
    def deaf(about, _now):
        return REFUSED if about.instance == "3" else Answer(yes=True, words="7", number=7.0)

    gate = replace(WEB, bounds=Bounds(within=0.2))
    async with a_stage(capacity=5) as stage:
        stage.outside = Outsiders(answers={ASKED: deaf})
        outcome = await stage.roll(gates=[gate], max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert stage.images == {"0": NEW, "1": NEW, "2": NEW, "3": OLD, "4": NEW}
        assert outcome.left["parked by a hook"] == ("3",)
        assert "gate web has" in outcome.remarks[0]
        assert "no baseline of it: cannot connect: refused" in outcome.remarks[0]


async def test_who_turns_bad_while_it_bakes_is_waited_for_and_then_fails():
    began = {}

    def souring(about, now):
        began.setdefault(about.instance, now)
        return REFUSED if now - began[about.instance] > 100.0 else Answer(yes=True, words="HTTP 200")

    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(answers={ASKED: souring})
        outcome = await stage.roll(gates=[WEB], bake_seconds=600.0, deadlines=Deadlines(health=300.0))
        assert outcome.ending is Ending.FAILED
        assert stage.counts == {OLD: 3, NEW: 1}
        turns = [(one.yes, one.open) for one in stage.told_of(events.GateSaid)]
        assert turns == [(True, False), (True, True), (False, True), (False, False)]


async def test_after_a_crash_baselines_are_known_and_nobody_is_measured_on_the_new_image():
    """The run ends while the canary is out; the next one judges it by what the first one measured."""
    gate = replace(WEB, bounds=Bounds(within=0.2))

    def latency(about, _now):
        return Answer(yes=True, words="measured", number=100.0 if stage.images[about.instance] == NEW else 50.0)

    async with a_stage(capacity=3) as stage:
        outside = Outsiders(answers={ASKED: latency})
        plan = await stage.plan(gates=[gate])
        order = encode_order(Order.of(plan, id="one", by="ann", begun_at=virtual_loop().now()))
        journal = MemoryJournal()

        def carrier(tell=lambda _: None):
            return Carrier(azure=stage.azure.client, clock=virtual_loop().now, by="ann", outside=outside, tell=tell)

        out = asyncio.Event()
        listening = carrier(lambda event: out.set() if isinstance(event, events.Waiting) else None)
        first = asyncio.create_task(listening.carry(order, journal, MemoryDesk()))
        await out.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        text = await carrier().carry(order, MemoryJournal(list(journal.kept)), MemoryDesk())
        result = decode_result(text)
        assert result.ending is Ending.FAILED
        assert "100 is not within 20% of 50, its baseline" in result.reason
        assert sum('"Measured"' in entry for entry in journal.kept) == 1


async def test_what_is_kept_holds_no_secret(monkeypatch):
    """A template is filled in when it is asked, so the order and the journal hold its name and not its value."""
    monkeypatch.setenv("PROBE_TOKEN", "s3cret-of-the-probe")
    gate = replace(WEB, question=WebCall(url=URL, headers=(("Authorization", "Bearer ${PROBE_TOKEN}"),)))
    async with a_stage(capacity=2) as stage:
        plan = await stage.plan(gates=[gate], max_unavailable=Amount(number=1))
        text = json.dumps(encode_order(Order.of(plan, id="one", by="ann", begun_at=0.0)))
        assert "s3cret" not in text
        assert "s3cret" not in " ".join(plan.notes)


async def test_a_surge_deletes_nobody_before_the_gate_has_let_the_new_one_through():
    async with a_stage(capacity=3) as stage:
        stage.outside = Outsiders()
        outcome = await stage.roll(gates=[WEB], policy={"surge": BY_ONE})
        assert outcome.ending is Ending.DONE
        assert stage.end == ({NEW: 3}, 3)
        deleted = [event.at for event in stage.told_of(events.Retiring)]
        assert len(deleted) == 3
        for number, at in enumerate(deleted, start=1):
            proven = [event for event in stage.told_of(events.Proven) if event.at <= at]
            assert len(proven) >= number, "an old one went before a new one was proven"
        asked = {whom for _, _, whom in stage.outside.asked}
        assert asked == {event.instance for event in stage.told_of(events.Proven)}


async def test_new_instances_that_no_gate_lets_through_go_again():
    async with a_stage(capacity=3) as stage:
        stage.outside = Outsiders(answers={ASKED: no})
        outcome = await stage.roll(gates=[WEB], policy={"surge": BY_ONE})
        assert outcome.ending is Ending.FAILED
        assert "gate web" in outcome.reason
        assert stage.end == ({OLD: 3}, 3)
