"""Whole rollouts with hooks, in virtual time. What a hook does is what the test says; the rest is real."""

import asyncio
from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.care import Care, Stopped
from rollset.core.control import Signal, Verb
from rollset.core.failing import Tolerance
from rollset.core.image import parse_urn
from rollset.core.outside.calls import Command
from rollset.core.outside.gates import Answer, Gate, TcpProbe
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Batches
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.records import decode_result, encode_order
from tests.engine.outsiders import Outsiders
from tests.engine.stage import NEW, OLD, TWO, URN, a_stage
from tests.support.virtual import virtual_loop

MOMENT = 0.001
"""So much of a second is lost where times of day are told apart."""


def hook(moment, word, **more):
    return Hook(moment=moment, name=word, call=Command(argv=(word,)), **more)


DRAIN = hook(Moment.BEFORE_INSTANCE, "drain")
UNDRAIN = hook(Moment.AFTER_INSTANCE, "undrain")
ALL = (
    hook(Moment.BEFORE_ROLLOUT, "silence"),
    hook(Moment.BEFORE_BATCH, "tell"),
    DRAIN,
    UNDRAIN,
    hook(Moment.AFTER_BATCH, "told"),
    hook(Moment.AFTER_ROLLOUT, "unsilence"),
)


def refuses(*whom, words="exit status 1: no route"):
    def answer(about, _now):
        return Answer(yes=about.instance not in whom, words=words)

    return answer


def fails(_about, _now):
    return Answer(yes=False, words="exit status 1: no route")


async def test_every_hook_is_called_in_its_order():
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders()
        outcome = await stage.roll(hooks=ALL, style=Batches(size=TWO), max_unavailable=TWO, across_domains=True)
        assert outcome.ending is Ending.DONE
        words = [call for _, call, _ in stage.outside.called]
        assert words == [
            "silence",
            *["tell", "drain", "undrain", "told"],
            *["tell", "drain", "drain", "undrain", "undrain", "told"],
            *["tell", "drain", "undrain", "told"],
            "unsilence",
        ]
        batches = [facts["instances"] for _, call, facts in stage.outside.called if call == "told"]
        assert batches == ["0", "1 2", "3"]
        assert stage.outside.called[-1][2]["ending"] == "done"


async def test_an_instance_is_drained_before_azure_is_asked_and_undrained_when_it_is_back():
    async with a_stage(capacity=3) as stage:
        stage.outside = Outsiders(seconds={"drain": 120.0, "undrain": 30.0})
        await stage.roll(hooks=[DRAIN, UNDRAIN], max_unavailable=Amount(number=1))
        began = stage.azure.world.clock.now() - asyncio.get_running_loop().time()
        for change in stage.scale_set.account.history:
            at = change.at - began
            drained = [ended for ended, call, one in stage.outside.ended if (call, one) == ("drain", change.instance)]
            undrained = [
                start
                for start, call, facts in stage.outside.called
                if (call, facts["id"]) == ("undrain", change.instance)
            ]
            if change.change == "out":
                assert drained[0] <= at + MOMENT
            elif change.reason != "so from the start":
                assert undrained[0] >= at - MOMENT
        undrains = [ended for ended, call, _ in stage.outside.ended if call == "undrain"]
        drains = [start for start, call, _ in stage.outside.called if call == "drain"]
        assert all(undrain <= drain for undrain, drain in zip(undrains, drains[1:], strict=False)), (
            "the next is drained when the one before is back in the load balancer"
        )


async def test_those_of_one_request_are_drained_together():
    async with a_stage(capacity=8, fault_domains=1) as stage:
        stage.outside = Outsiders(seconds={"drain": 200.0})
        await stage.roll(
            hooks=[DRAIN], style=Batches(size=Amount(number=4)), max_unavailable=Amount(number=4), across_domains=True
        )
        moments = [at for at, call, _ in stage.outside.called]
        assert len(set(moments)) == 3, "the canary, and two batches"


async def test_nobody_well_is_reimaged_because_a_hook_failed_after_its_batch():
    async with a_stage(capacity=7) as stage:
        stage.outside = Outsiders(
            calls={"told": lambda about, _now: Answer(yes=about.facts["instances"] == "0", words="no")}
        )
        outcome = await stage.roll(
            hooks=[hook(Moment.AFTER_BATCH, "told")],
            style=Batches(size=TWO),
            max_unavailable=TWO,
            across_domains=True,
            policy={"tolerance": Tolerance(retries=2)},
        )
        assert outcome.ending is Ending.FAILED
        assert "hook told (after-batch) failed" in outcome.reason
        assert stage.starts == [("0",), ("5", "1")]
        assert ("POST", "reimage") not in stage.requests


async def test_of_one_that_is_left_stopped_nobody_is_asked_and_nothing_is_drained():
    async with a_stage(capacity=5, instances={"1": {"power": "deallocated"}}) as stage:
        stage.outside = Outsiders(calls={"drain": refuses("1")})
        gate = Gate(name="well", question=TcpProbe(address="{ip}:80"))
        outcome = await stage.roll(
            hooks=[DRAIN, UNDRAIN],
            gates=[gate],
            bake_seconds=60.0,
            max_unavailable=TWO,
            policy={"care": Care(stopped=Stopped.UPGRADE)},
        )
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.counts == {NEW: 5}
        assert stage.outside.whom("drain") == stage.outside.whom("undrain") == ["0", "2", "3", "4"]
        assert "1" not in {one for _, _, one in stage.outside.asked}


async def test_a_failing_hook_parks_its_instance_and_the_rest_goes_on():
    async with a_stage(capacity=6) as stage:
        stage.outside = Outsiders(calls={"drain": refuses("2")})
        outcome = await stage.roll(hooks=[DRAIN, UNDRAIN], max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert outcome.exit_status == 1
        assert stage.images == {**dict.fromkeys("01345", NEW), "2": OLD}
        assert "instance 2 parked: hook drain (before-instance) failed: exit status 1: no route" in outcome.reason
        assert outcome.left["parked by a hook"] == ("2",)
        assert ["2 parked" in one for one in outcome.remarks] == [True], "told once"
        assert stage.outside.whom("drain").count("2") == 1
        assert "2" not in stage.outside.whom("undrain")


async def test_a_late_hook_is_a_failed_one():
    async with a_stage(capacity=3) as stage:
        stage.outside = Outsiders(seconds={"drain": 1000.0})
        outcome = await stage.roll(hooks=[replace(DRAIN, deadline_seconds=60.0)], max_unavailable=Amount(number=1))
        assert outcome.ending is Ending.FAILED
        assert (
            "instance 0 parked: hook drain (before-instance) failed: not done within 60 s, and ended" in outcome.reason
        )
        assert stage.counts == {OLD: 3}
        assert outcome.seconds < 120.0, "the parked one has the only place: nobody is patient with it"


async def test_parked_ones_hold_their_places():
    """Two places: when two are parked, nobody else is touched."""
    async with a_stage(capacity=8, fault_domains=1) as stage:
        stage.outside = Outsiders(calls={"drain": refuses("1", "3")})
        outcome = await stage.roll(hooks=[DRAIN], max_unavailable=TWO, across_domains=True)
        assert outcome.ending is Ending.FAILED
        assert stage.images["1"] == stage.images["3"] == OLD
        assert set(outcome.left["parked by a hook"]) == {"1", "3"}
        assert OLD in [stage.images[one] for one in "4567"]
        assert "no more than 2 may be out of service" in outcome.reason


async def test_a_hook_that_fails_after_the_upgrade_parks_as_well():
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(calls={"undrain": refuses("1")})
        outcome = await stage.roll(hooks=[UNDRAIN], max_unavailable=TWO)
        assert outcome.ending is Ending.FAILED
        assert stage.counts == {NEW: 4}
        assert outcome.left["parked by a hook"] == ("1",)


async def test_a_failing_hook_before_the_rollout_stops_before_anything_is_written():
    async with a_stage(capacity=4, upgrade_policy="Rolling", health="load-balancer") as stage:
        stage.outside = Outsiders(calls={"silence": fails})
        outcome = await stage.roll(hooks=ALL, switch_policy=True)
        assert outcome.ending is Ending.FAILED
        assert "hook silence (before-rollout) failed: exit status 1: no route; nothing was started" in outcome.reason
        assert stage.requests == []
        assert [call for _, call, _ in stage.outside.called] == ["silence", "unsilence"]
        assert stage.outside.called[-1][2]["ending"] == "failed"


async def test_a_failing_hook_after_a_batch_stops_the_rollout():
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(calls={"told": fails})
        outcome = await stage.roll(hooks=ALL)
        assert outcome.ending is Ending.FAILED
        assert stage.counts == {OLD: 3, NEW: 1}
        assert "hook told (after-batch) failed" in outcome.reason


async def test_a_failing_hook_after_the_rollout_is_told_and_is_no_success():
    async with a_stage(capacity=2) as stage:
        stage.outside = Outsiders(calls={"unsilence": fails})
        outcome = await stage.roll(hooks=ALL, max_unavailable=Amount(number=1))
        assert (outcome.ending, outcome.exit_status) == (Ending.DONE, 1)
        assert outcome.remarks == ("hook unsilence (after-rollout) failed: exit status 1: no route",)


class Run:
    """A rollout under orders."""

    def __init__(self, stage, plan):
        self.desk, self.journal = MemoryDesk(), MemoryJournal()
        self._stage = stage
        self._order = encode_order(Order.of(plan, id="one", by="ann", begun_at=virtual_loop().now()))

    def leave(self, verb):
        self.desk.leave(Signal(number=len(self.desk.left) + 1, verb=verb, by="bob", at=virtual_loop().now()))

    async def carry(self):
        carrier = Carrier(
            azure=self._stage.azure.client,
            clock=virtual_loop().now,
            by="ann",
            tell=self._stage.tell,
            outside=self._stage.outside,
        )
        return decode_result(await carrier.carry(self._order, MemoryJournal(self.journal.kept), self.desk))


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.UNDO])
async def test_an_order_in_the_middle_of_a_drain_sends_nothing_more_and_says_who_was_drained(verb):
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(seconds={"drain": 290.0})
        run = Run(stage, await stage.plan(hooks=[DRAIN], max_unavailable=TWO))
        carrying = asyncio.create_task(run.carry())
        await asyncio.sleep(100.0)
        run.leave(verb)
        ordered_at = virtual_loop().time()
        result = await carrying
        assert result.ending is (Ending.STOPPED if verb is Verb.STOP else Ending.UNDONE)
        assert stage.counts == {OLD: 4}
        assert "manualupgrade" not in {word for _, word in stage.requests}
        assert result.remarks[0].startswith("0 parked, and perhaps out of service until somebody looks")
        if verb is Verb.STOP:
            assert virtual_loop().time() - ordered_at < 30.0, "a stop does not wait for a drain"


async def test_a_pause_in_the_middle_of_a_drain_finishes_what_has_begun():
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(seconds={"drain": 200.0})
        run = Run(stage, await stage.plan(hooks=[DRAIN], max_unavailable=TWO))
        carrying = asyncio.create_task(run.carry())
        await asyncio.sleep(100.0)
        run.leave(Verb.PAUSE)
        await asyncio.sleep(3000.0)
        assert stage.counts == {OLD: 3, NEW: 1}
        run.leave(Verb.RESUME)
        result = await carrying
        assert result.ending is Ending.DONE
        assert stage.outside.whom("drain") == ["0", "1", "2", "3"]


async def test_after_a_crash_in_the_middle_of_a_drain_it_is_drained_again_and_nobody_is_forgotten():
    async with a_stage(capacity=3) as stage:
        stage.outside = Outsiders(seconds={"drain": 200.0})
        run = Run(stage, await stage.plan(hooks=[DRAIN, UNDRAIN], max_unavailable=Amount(number=1)))
        carrying = asyncio.create_task(run.carry())
        await asyncio.sleep(100.0)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        result = await run.carry()
        assert result.ending is Ending.DONE
        assert stage.counts == {NEW: 3}
        assert stage.outside.whom("drain") == ["0", "0", "1", "2"]
        assert stage.outside.whom("undrain") == ["0", "1", "2"]


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.UNDO])
async def test_an_order_after_a_crash_in_the_middle_of_a_drain_says_who_was_drained(verb):
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders(seconds={"drain": 200.0})
        run = Run(stage, await stage.plan(hooks=[DRAIN, UNDRAIN], max_unavailable=TWO))
        carrying = asyncio.create_task(run.carry())
        await asyncio.sleep(100.0)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        run.leave(verb)
        result = await run.carry()
        assert result.ending is (Ending.STOPPED if verb is Verb.STOP else Ending.UNDONE)
        assert stage.counts == {OLD: 4}
        assert result.remarks[0].startswith("0 perhaps out of service until somebody looks: hooks had run")


async def test_who_was_drained_for_an_upgrade_that_azure_does_not_allow_is_named():
    async with a_stage(capacity=4) as stage:
        await stage.azure.fault(kind="forbid", method="POST", path_contains="manualupgrade", skip=1)
        stage.outside = Outsiders()
        outcome = await stage.roll(hooks=[DRAIN, UNDRAIN], max_unavailable=Amount(number=1))
        assert outcome.ending is Ending.FAILED
        assert stage.outside.whom("drain") == ["0", "1"]
        assert stage.outside.whom("undrain") == ["0"]
        assert outcome.remarks[0].startswith("1 perhaps out of service until somebody looks: hooks had run")


async def test_an_instance_that_is_protected_during_its_drain_is_not_touched():
    async with a_stage(capacity=4) as stage:

        def protecting(about, _now):
            if about.instance == "2":
                one = stage.scale_set.instances["2"]
                one.protection = {"protectFromScaleSetActions": True}
                one.fragments.clear()
            return Answer(yes=True, words="exit status 0")

        stage.outside = Outsiders(calls={"drain": protecting})
        outcome = await stage.roll(hooks=[DRAIN], max_unavailable=TWO)
        assert stage.images == {"0": NEW, "1": NEW, "2": OLD, "3": NEW}
        assert "it was protected from scale set actions while its hooks ran" in outcome.reason


async def test_a_foreign_image_during_a_drain_stops_before_the_request():
    async with a_stage(capacity=4) as stage:

        async def slowly():
            await asyncio.sleep(60.0)
            await stage.azure.client.write_model(
                await stage.azure.client.scale_set(stage.azure.id("web")), parse_urn(f"{URN}:4.0.20151214")
            )

        stage.outside = Outsiders(seconds={"drain": 250.0})
        other = asyncio.create_task(slowly())
        outcome = await stage.roll(hooks=[DRAIN])
        await other
        assert outcome.ending is Ending.FAILED
        assert "by somebody else during the rollout" in outcome.reason
        assert "manualupgrade" not in {word for _, word in stage.requests}
        assert "0 parked" in outcome.remarks[0]


async def test_the_way_back_drains_too():
    async with a_stage(capacity=4) as stage:
        stage.outside = Outsiders()
        run = Run(stage, await stage.plan(hooks=[DRAIN, UNDRAIN], max_unavailable=TWO))
        stage.listeners.append(
            lambda event: run.leave(Verb.UNDO) if isinstance(event, events.Proven) and not run.desk.left else None
        )
        result = await run.carry()
        assert result.ending is Ending.UNDONE
        assert stage.counts == {OLD: 4}
        back = [one for _, call, one in stage.outside.ended if call == "drain"]
        assert sorted(back) == sorted(one for _, call, one in stage.outside.ended if call == "undrain")
        assert len(back) >= 2
