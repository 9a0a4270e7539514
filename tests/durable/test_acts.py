"""Integration: acts that are left to workers, on the real DBOS; what they do to Azure is in tests/engine/test_acts.py."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from rollset.core.acts.act import Action, OnInstances, Scale
from rollset.core.acts.price import Case
from rollset.core.acts.pricing import price
from rollset.core.control import Verb
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId
from rollset.core.selection import Selection
from rollset.engine.acts.facts import Closed, Intended
from rollset.engine.acts.prepare import Prepared
from rollset.engine.acts.present import ActPresent, ActStage, present_of_act
from rollset.engine.acts.records import decode_act_order, encode_act_result, encode_fact
from rollset.engine.acts.result import ActEnding, ActResult
from rollset.engine.durable.acts import withdraw
from rollset.engine.durable.acts.begin import begin_act
from rollset.engine.durable.acts.ledger import ActLedger, ActState, NoSuchAct
from rollset.engine.durable.acts.stop import stop_act
from rollset.engine.durable.acts.withdraw import withdraw_act
from rollset.engine.durable.claims import claim, give_up
from rollset.engine.durable.faults import Busy
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.runtime import Runtime
from tests.core.draw import a_fleet
from tests.durable.processes import CONTEXT, kill, start
from tests.durable.quick import ENDPOINT, QUICK, SECONDS_MAX, carry, eventually, wanted

FLEET = a_fleet("oooo")
WEB = FLEET.scale_set.id.path


def prepared(act) -> Prepared:
    return Prepared(fleet=FLEET, price=price(act, Case(fleet=FLEET)))


def restart(*ids) -> Prepared:
    return prepared(OnInstances(action=Action.RESTART, selection=Selection(instances=frozenset(map(InstanceId, ids)))))


SCALE = prepared(Scale(capacity=9))


def begun(database, what=None, by="anna") -> str:
    return begin_act(database, what or restart("0"), by=by, endpoint=ENDPOINT)


def ended(words, took=None, ending=ActEnding.DONE):
    return ActResult(ending=ending, words=words, at=9.0, request_ids=("r1",), took_seconds=took)


async def act(order, journal, desk):
    """Notes one fact, shows itself, and ends."""
    read = decode_act_order(order)

    async def make():
        return encode_fact(Intended(at=5.0, instances=tuple(one.id for one in read.targets)))

    await journal.keep(make)
    result = ended(f"{read.act} by {read.by}", took=31.0)

    async def close():
        return encode_fact(Closed(at=9.0, result=result))

    await journal.keep(close)
    present = ActPresent(at=9.0, stage=ActStage.ENDED, words=result.words, request_ids=("r1",), took_seconds=31.0)
    desk.show(lambda: present_of_act(present))
    return encode_act_result(result)


def serve(state) -> None:
    """A worker in a process of its own: its first act freezes, for good."""

    async def frozen(order, journal, desk):
        async def make():
            return encode_fact(Intended(at=5.0))

        await journal.keep(make)
        await asyncio.sleep(SECONDS_MAX)

    async def main() -> None:
        with open_database(state, QUICK) as database, Presence(database, Kind.WORKER) as presence:
            async with Runtime(presence, carry, endpoint=ENDPOINT, act=frozen) as runtime:
                await runtime.serve()

    asyncio.run(main())


@pytest.fixture
def ledger(database):
    return ActLedger(database)


async def served(database, until, carrier=act):
    """A worker here, until that is so."""
    with Presence(database, Kind.WORKER) as presence:
        async with Runtime(presence, carry, endpoint=ENDPOINT, act=carrier), asyncio.timeout(SECONDS_MAX):
            await eventually(until)
        return presence


async def test_an_act_is_kept_from_its_price_to_its_end(database, ledger):
    name = begun(database)
    row = ledger.act(name)
    assert name.startswith("web-restart-")
    assert (row.state, row.by, row.kind, row.words) == (ActState.QUEUED, "anna", "restart", "restart instance 0")
    assert (row.told, row.instances) == (restart("0").price.words, ("0",))
    worker = await served(database, lambda: ledger.act(name).state is ActState.ENDED)
    row = ledger.act(name)
    assert (row.ending, row.exit_status, row.host) == ("done", 0, row.host)
    assert row.host is not None
    assert (row.present.words, row.present.request_ids) == ("restart instance 0 by anna", ("r1",))
    assert ledger.result(name) == ended("restart instance 0 by anna", took=31.0)
    first, second = ledger.facts(name)
    assert (first.number, first.fact.instances, second.number) == (1, ("0",), 2)
    assert ledger.facts(name, after=1) == [second]
    assert ledger.order(name).targets == restart("0").targets
    assert ledger.took(WEB.upper(), "restart") == [31.0]
    assert worker.executor


async def test_lists_are_by_set_or_of_all_and_the_newest_comes_first(database, ledger):
    names = [begun(database, restart(one)) for one in "012"]
    assert [row.id for row in ledger.acts()] == names[::-1]
    assert [row.id for row in ledger.acts(WEB.upper(), limit=2)] == names[:0:-1]
    assert ledger.acts(WEB + "2") == []
    with pytest.raises(NoSuchAct, match="more than one act begins with"):
        ledger.act("web")
    with pytest.raises(NoSuchAct, match="no act begins with 'x'"):
        ledger.act("x")


async def test_news_are_each_change_once_in_order(database, ledger):
    assert (ledger.newest(), ledger.news(0)) == (0, [])
    first, second = begun(database, restart("0")), begun(database, restart("1"))
    news = ledger.news(0)
    assert [row.id for row in news] == [first, second]
    seen = news[-1].changed
    assert (ledger.newest(), ledger.news(seen)) == (seen, [])
    await served(database, lambda: all(row.ended_at for row in ledger.acts()))
    assert {row.id for row in ledger.news(seen)} == {first, second}
    numbers = [row.changed for row in ledger.news(0)]
    assert numbers == sorted(set(numbers))


async def test_acts_of_the_same_instances_or_of_the_set_do_not_go_on_at_once(database):
    begun(database, restart("0", "1"))
    begun(database, restart("2"))
    with pytest.raises(Busy, match=r"the restart of anna \(web-restart-\S+; it waits .*\) has not ended on instance 1"):
        begun(database, restart("1", "3"))
    begun(database, SCALE)
    with pytest.raises(Busy, match=r"the scale of anna .* and scale must not go on beside it"):
        begun(database, SCALE)


async def test_of_many_that_begin_at_once_one_does(database, ledger):
    def one(number):
        try:
            return begun(database, SCALE, by=f"user {number}")
        except Busy:
            return None

    with ThreadPoolExecutor(4) as pool:
        names = [name for name in pool.map(one, range(8)) if name]
    assert names == [row.id for row in ledger.acts()]
    assert len(names) == 1


async def test_a_rollout_and_an_act_that_changes_the_set_exclude_each_other(database):
    with Presence(database) as presence:
        claimed = claim(presence, wanted(WEB))
        with pytest.raises(Busy, match=f"the rollout {claimed.id} has not ended, and scale must not go on beside it"):
            begun(database, SCALE)
        begun(database, restart("0"))
        give_up(presence, claimed)
        begun(database, SCALE)
        with pytest.raises(Busy, match=r"the scale of anna .* no rollout of the scale set begins beside it"):
            claim(presence, wanted(WEB))


async def test_what_no_worker_has_begun_can_be_withdrawn_and_is_never_begun(database, ledger):
    name = begun(database, SCALE)
    withdraw_act(database, name, "bert")
    row = ledger.act(name)
    assert (row.state, row.ending, row.exit_status) == (ActState.ENDED, "withdrawn", 3)
    assert row.present.words == "withdrawn by bert; nothing was sent"
    with pytest.raises(UsageError, match=r"has ended \(withdrawn\): there is nothing to withdraw"):
        withdraw_act(database, name, "bert")
    other = begun(database, SCALE)
    await served(database, lambda: ledger.act(other).state is ActState.ENDED)
    assert (ledger.act(name).ending, ledger.facts(name)) == ("withdrawn", [])


async def test_a_worker_that_takes_what_is_withdrawn_at_that_moment_does_not_begin_it(database, ledger, monkeypatch):
    """The row is closed, and DBOS has not heard of it yet."""
    monkeypatch.setattr(withdraw, "open_client", lambda _: SimpleNamespace(cancel_workflow=lambda _: None))
    name, other = begun(database, SCALE), begun(database, restart("0"))
    withdraw_act(database, name, "bert")
    await served(database, lambda: ledger.act(other).state is ActState.ENDED)
    assert (ledger.act(name).ending, ledger.facts(name)) == ("withdrawn", [])


async def test_what_has_begun_is_not_withdrawn(database, ledger):
    begins, ends = asyncio.Event(), asyncio.Event()

    async def slow(order, journal, desk):
        begins.set()
        await ends.wait()
        return encode_act_result(ended("done"))

    name = begun(database)
    with Presence(database, Kind.WORKER) as presence:
        async with Runtime(presence, carry, endpoint=ENDPOINT, act=slow), asyncio.timeout(SECONDS_MAX):
            await begins.wait()
            with pytest.raises(UsageError, match="has begun, and what was asked of Azure cannot be taken back"):
                await asyncio.to_thread(withdraw_act, database, name, "bert")
            ends.set()
            await eventually(lambda: ledger.act(name).state is ActState.ENDED)
    assert ledger.act(name).ending == "done"


async def test_what_has_begun_hears_that_it_is_to_stop(database, ledger):
    begins = asyncio.Event()
    heard = []

    async def patient(order, journal, desk):
        begins.set()
        while not heard:
            await desk.wait(SECONDS_MAX)
            heard.extend(desk.signals(0))
        return encode_act_result(ended("stopped", ending=ActEnding.STOPPED))

    name = begun(database)
    with Presence(database, Kind.WORKER) as presence:
        async with Runtime(presence, carry, endpoint=ENDPOINT, act=patient), asyncio.timeout(SECONDS_MAX):
            await begins.wait()
            await asyncio.to_thread(stop_act, database, name, "bert")
            await eventually(lambda: ledger.act(name).state is ActState.ENDED)
    assert [(one.verb, one.by) for one in heard] == [(Verb.STOP, "bert")]
    assert (ledger.act(name).ending, ledger.act(name).exit_status) == ("stopped", 3)
    with pytest.raises(UsageError, match=r"has ended \(stopped\)"):
        stop_act(database, name, "bert")


async def test_what_waits_for_a_worker_is_withdrawn_by_a_stop(database, ledger):
    name = begun(database, SCALE)
    stop_act(database, name, "bert")
    assert ledger.act(name).ending == "withdrawn"


async def test_what_goes_on_is_told_for_the_next_price(database, ledger):
    name = begun(database, restart("0", "1"))
    (one,) = ledger.underway(WEB)
    assert (one.id, one.exclusive, one.instances) == (name, False, {"0", "1"})
    await served(database, lambda: not ledger.underway(WEB))


async def test_an_act_of_a_killed_worker_goes_on_in_another_with_what_was_kept(state, database, ledger):
    name = begun(database)
    worker = start(serve, state)
    await eventually(lambda: ledger.facts(name))
    kill(worker)
    begun_anew = []

    async def second(order, journal, desk):
        async def make():
            begun_anew.append(1)
            return encode_fact(Intended(at=7.0))

        kept = json.loads(await journal.keep(make))
        desk.show(lambda: present_of_act(ActPresent(at=9.0, stage=ActStage.ENDED, words=f"kept {kept['at']}")))
        return encode_act_result(ended("done"))

    await served(database, lambda: ledger.act(name).state is ActState.ENDED, second)
    assert (ledger.act(name).present.words, begun_anew) == ("kept 5.0", [])


async def test_an_act_that_breaks_ends_and_frees_its_instances(database, ledger):
    async def broken(order, journal, desk):
        raise ZeroDivisionError("an invariant is broken")

    name = begun(database)
    await served(database, lambda: ledger.act(name).state is ActState.ENDED, broken)
    row = ledger.act(name)
    assert (row.ending, row.exit_status, ledger.underway(WEB)) == ("broken", 1, ())
    assert ledger.result(name) is None


async def test_a_worker_of_rollouts_alone_leaves_acts_to_others(database, ledger):
    name = begun(database)
    with Presence(database, Kind.WORKER) as presence:
        async with Runtime(presence, carry, endpoint=ENDPOINT):
            await asyncio.sleep(3 * QUICK.queue_seconds)
    assert ledger.act(name).state is ActState.QUEUED


CONTEXT.set_forkserver_preload(["tests.durable.processes", "tests.durable.test_acts"])
