"""Integration: rollouts that run in this process, turn by turn, on the real DBOS."""

import asyncio
import json

import pytest

from rollset.core.control import Verb
from rollset.core.errors import RollsetError, UsageError
from rollset.engine.durable.claims import find_held, give_up
from rollset.engine.durable.faults import Held, NoSuchRollout, StateError
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.queueing import enqueue
from rollset.engine.durable.runtime import Runtime
from rollset.engine.journal import NotOurs
from tests.durable.quick import ENDPOINT, SECONDS_MAX, WEB, Work, carry, claimed, eventually

DONE = json.dumps({"ending": "done", "exit_status": 0})


@pytest.fixture
def presence(database):
    with Presence(database) as here:
        yield here


@pytest.fixture
def ledger(database):
    return Ledger(database)


async def run(presence, carrier, order="{}"):
    """Runs one rollout to its end; gives its id and what it returned."""
    claim = claimed(presence)
    async with Runtime(presence, carrier, endpoint=ENDPOINT) as runtime:
        return claim.id, await runtime.start_here(claim, order)


async def test_a_rollout_keeps_its_turns_in_order_and_its_end(presence, ledger, tmp_path):
    work = Work(turns=5, acts=str(tmp_path / "acts"))
    name, result = await run(presence, carry, work.order())
    assert json.loads(result) == {"ending": "done", "exit_status": 0, "turns": 5}
    assert ledger.result(name) == result
    entries = ledger.entries(name)
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [json.loads(entry.text)["turn"] for entry in entries] == [0, 1, 2, 3, 4]
    assert ledger.entries(name, after=3) == entries[3:]
    assert ledger.present(name).text == "after turn 4"
    row = ledger.rollout(name)
    assert (row.ending, row.exit_status, row.executor) == ("done", 0, presence.executor)
    assert row.ended_at >= row.begun_at
    assert find_held(presence, WEB) is None


async def test_a_signal_wakes_a_rollout_that_waits(presence, ledger):
    heard = []

    async def waiting(order, journal, desk):
        async def make():
            while not (found := desk.signals(0)):
                await desk.wait(3600)
            heard.extend(found)
            return found[0].verb

        await journal.keep(make)
        return DONE

    claim = claimed(presence)
    async with Runtime(presence, waiting, endpoint=ENDPOINT) as runtime:
        running = asyncio.create_task(runtime.start_here(claim, "{}"))
        left = ledger.signal(claim.id, Verb.APPROVE, "bert@desk", checkpoint=2)
        async with asyncio.timeout(SECONDS_MAX):
            await running
    assert heard == [left]
    assert (left.number, left.verb, left.by, left.checkpoint) == (1, Verb.APPROVE, "bert@desk", 2)
    assert ledger.signals(claim.id) == [left]
    with pytest.raises(UsageError, match=r"has ended \(done\): stop has no effect"):
        ledger.signal(claim.id, Verb.STOP, "bert@desk")


async def test_how_it_stands_is_seen_by_others_while_it_runs(presence, ledger):
    seen = asyncio.Event()

    async def showing(order, journal, desk):
        async def make():
            desk.show(lambda: "old")
            desk.show(lambda: "new")
            await seen.wait()
            return ""

        await journal.keep(make)
        return DONE

    claim = claimed(presence)
    async with Runtime(presence, showing, endpoint=ENDPOINT) as runtime, asyncio.timeout(SECONDS_MAX):
        running = asyncio.create_task(runtime.start_here(claim, "{}"))
        await eventually(lambda: ledger.present(claim.id) is not None)
        assert ledger.present(claim.id).text == "new"
        assert ledger.rollout(claim.id).status == "PENDING"
        seen.set()
        await running


async def test_an_error_that_nobody_foresaw_ends_the_rollout_and_frees_its_set(presence, ledger):
    async def broken(order, journal, desk):
        async def make():
            raise ZeroDivisionError("an invariant is broken")

        await journal.keep(make)

    with pytest.raises(ZeroDivisionError, match="an invariant is broken"):
        await run(presence, broken)
    (row,) = ledger.rollouts()
    assert (row.ending, row.exit_status, row.status) == ("broken", 1, "ERROR")
    assert ledger.entries(row.id) == []
    assert find_held(presence, WEB) is None


async def test_a_claim_that_was_freed_meanwhile_is_not_begun(presence, ledger, tmp_path):
    """As after a process was frozen between its claim and its start, and others took it for dead."""
    work = Work(turns=1, acts=str(tmp_path / "acts"))
    claim = claimed(presence)
    give_up(presence, claim)
    async with Runtime(presence, carry, endpoint=ENDPOINT) as runtime:
        with pytest.raises(RollsetError, match="was freed for others meanwhile; run the same command again"):
            await runtime.start_here(claim, work.order())
    assert work.acted() == []
    assert ledger.rollout(claim.id).ending == "never begun"


async def test_a_turn_that_failed_is_no_entry_and_nothing_follows_it(presence, ledger):
    async def stubborn(order, journal, desk):
        async def fail():
            raise RollsetError("no")

        async def succeed():
            return "yes"

        await journal.keep(succeed)
        for _ in range(2):
            with pytest.raises(RollsetError):
                await journal.keep(fail)
        await journal.keep(succeed)

    with pytest.raises(RollsetError, match="no"):
        await run(presence, stubborn)
    assert [entry.text for entry in ledger.entries(ledger.rollouts()[0].id)] == ["yes"]


async def test_who_may_not_act_any_more_begins_anew_and_goes_on_where_it_was(presence, ledger):
    """As after a short loss of the lock: nobody else has taken the rollout, so this process does."""
    runs = []

    async def losing(order, journal, desk):
        runs.append(len(runs))

        async def first():
            return f"of run {runs[-1]}"

        async def second():
            if len(runs) == 1:
                raise NotOurs
            return f"of run {runs[-1]}"

        await journal.keep(first)
        await journal.keep(second)
        return DONE

    name, _ = await run(presence, losing)
    assert [entry.text for entry in ledger.entries(name)] == ["of run 0", "of run 1"]
    assert runs == [0, 1]


async def test_leaving_leaves_the_rollout_to_be_continued(database, ledger, tmp_path):
    work = Work(turns=3, acts=str(tmp_path / "acts"))

    async def cut_off(order, journal, desk):
        async def one():
            return json.dumps({"turn": 0, "pid": 0})

        async def for_ever():
            await asyncio.Event().wait()

        await journal.keep(one)
        await journal.keep(for_ever)

    with Presence(database) as first:
        claim = claimed(first)
        async with Runtime(first, cut_off, endpoint=ENDPOINT) as runtime:
            running = asyncio.create_task(runtime.start_here(claim, work.order()))
            await eventually(lambda: ledger.entries(claim.id))
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
    assert ledger.rollout(claim.id).ended_at is None
    with Presence(database) as second:
        await eventually(lambda: second.hold.is_dead(first.executor))
        async with Runtime(second, carry, endpoint=ENDPOINT) as runtime:
            await runtime.take_over(claim.id)
    assert [json.loads(entry.text)["turn"] for entry in ledger.entries(claim.id)] == [0, 1, 2]
    assert [turn for turn, _ in work.acted()] == [1, 2], "the first turn was kept, and is not made again"


async def test_a_rollout_whose_process_lives_cannot_be_taken_over(database, presence):
    with Presence(database) as other:
        claim = claimed(other)
        enqueue(other, claim, "{}", ENDPOINT)
    async with Runtime(presence, carry, endpoint=ENDPOINT) as runtime:
        with pytest.raises(Held, match="it waits for a worker"):
            await runtime.take_over(claim.id)
        unbegun = claimed(presence, "/other/set")
        with pytest.raises(StateError, match="claimed and never begun"):
            await runtime.take_over(unbegun.id)
        give_up(presence, unbegun)
        with pytest.raises(NoSuchRollout, match="has ended"):
            await runtime.take_over(unbegun.id)
        with pytest.raises(NoSuchRollout, match="there is no rollout nothing"):
            await runtime.take_over("nothing")


async def test_a_worker_takes_what_was_left_for_its_endpoint_and_nothing_else(database, ledger, tmp_path):
    works = {name: Work(turns=2, acts=str(tmp_path / name)) for name in ("public", "china")}
    with Presence(database) as starter:
        claims = {name: claimed(starter, f"/set/{name}") for name in works}
        enqueue(starter, claims["public"], works["public"].order(), ENDPOINT)
        enqueue(starter, claims["china"], works["china"].order(), "management.chinacloudapi.cn")
    with Presence(database, Kind.WORKER) as worker:
        async with Runtime(worker, carry, endpoint=ENDPOINT) as runtime, asyncio.timeout(SECONDS_MAX):
            serving = asyncio.create_task(runtime.serve())
            await eventually(lambda: ledger.rollout(claims["public"].id).ended_at is not None)
            assert not serving.done()
            serving.cancel()
    assert ledger.rollout(claims["public"].id).ending == "done"
    assert [turn for turn, _ in works["public"].acted()] == [0, 1]
    assert ledger.rollout(claims["china"].id).status == "ENQUEUED"
    assert works["china"].acted() == []


async def test_a_worker_that_leaves_hands_its_rollouts_back_at_once(database, ledger, tmp_path):
    work = Work(turns=1000, pause=0.01, acts=str(tmp_path / "acts"))
    with Presence(database) as starter:
        claim = claimed(starter)
        enqueue(starter, claim, work.order(), ENDPOINT)
    with Presence(database, Kind.WORKER) as worker:
        async with Runtime(worker, carry, endpoint=ENDPOINT), asyncio.timeout(SECONDS_MAX):
            await eventually(lambda: len(ledger.entries(claim.id)) >= 3)
    row = ledger.rollout(claim.id)
    assert (row.status, row.ended_at) == ("ENQUEUED", None)
    turns = [json.loads(entry.text)["turn"] for entry in ledger.entries(claim.id)]
    assert turns == list(range(len(turns)))


async def test_a_worker_that_may_not_act_for_a_moment_goes_on_by_itself(database, ledger):
    runs = []

    async def losing(order, journal, desk):
        runs.append(len(runs))

        async def make():
            if len(runs) == 1:
                raise NotOurs
            return f"of run {runs[-1]}"

        await journal.keep(make)
        return DONE

    with Presence(database) as starter:
        claim = claimed(starter)
        enqueue(starter, claim, "{}", ENDPOINT)
    with Presence(database, Kind.WORKER) as worker:
        async with Runtime(worker, losing, endpoint=ENDPOINT):
            await eventually(lambda: ledger.rollout(claim.id).ended_at is not None)
    assert [entry.text for entry in ledger.entries(claim.id)] == ["of run 1"]
