"""Whole acts: the real engine and client in front of the real emulator, in virtual time, faults and crashes included.

What was done is read from the emulator's own books, never from the act's words alone.
"""

import asyncio
import json
import os
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from azure.core.rest import HttpRequest

from rollset.core.acts.act import TRAITS, Action, Edit, OnInstances, Scale
from rollset.core.acts.editing import EditConflict
from rollset.core.change import VersionChange
from rollset.core.control import Signal, Verb
from rollset.core.ids import InstanceId
from rollset.core.model.change import ModelChange
from rollset.core.selection import Selection
from rollset.emulator import choices
from rollset.engine.acts.agree import ActRefused, NotNamed, PriceChanged, check_agreed
from rollset.engine.acts.carry import Actor
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.prepare import Prepared, prepare
from rollset.engine.acts.records import decode_act_result, encode_act_order
from rollset.engine.acts.result import ActEnding, ActResult, Word
from rollset.engine.journal import MemoryDesk, MemoryJournal
from tests.engine.stage import NEW, OLD, URN
from tests.support.emulated import ENDPOINT, Emulated, emulated, fleet

FLEX = {"orchestration": "Flexible", "health": "extension", "fault_domains": 1}
ALONE = (Action.START, Action.UPGRADE, Action.UNPROTECT)
"""These need a set that is prepared for them."""

OFF = (Action.POWER_OFF, Action.DEALLOCATE)
POSTED = {
    Action.START: "start",
    Action.RESTART: "restart",
    Action.POWER_OFF: "poweroff",
    Action.DEALLOCATE: "deallocate",
    Action.REDEPLOY: "redeploy",
    Action.REIMAGE: "reimage",
    Action.UPGRADE: "manualupgrade",
    Action.DELETE: "delete",
}


class Crash(BaseException):
    """The process dies."""


class Dying(MemoryJournal):
    """Dies in the turn with this number, before or after it was made; nothing of it is kept."""

    def __init__(self, dies_in: int, *, after: bool) -> None:
        super().__init__()
        self.dies_in, self.after = dies_in, after

    async def keep(self, make):
        if len(self.kept) == self.dies_in - 1:
            if self.after:
                await make()
            raise Crash
        return await super().keep(make)


@dataclass
class Scene:
    azure: Emulated

    @property
    def web(self):
        self.azure.world.advance()
        return self.azure.world.find_set("rg", "web")

    @property
    def instances(self):
        return self.web.instances

    async def prepared(self, act, **more) -> Prepared:
        return await prepare(self.azure.client, self.azure.id("web"), act, **more)

    async def order(self, act) -> str:
        return self.ordered(await self.prepared(act))

    @staticmethod
    def ordered(prepared: Prepared) -> str:
        assert not prepared.price.refusals
        return encode_act_order(
            ActOrder(
                id="web-act",
                by="anna",
                asked_at=0.0,
                act=prepared.act,
                scale_set=prepared.fleet.scale_set,
                targets=prepared.targets,
                told=prepared.price.words,
            )
        )

    async def carry(self, order: str, journal=None) -> ActResult:
        self.desk = MemoryDesk()
        actor = Actor(azure=self.azure.client, clock=asyncio.get_running_loop().time)
        return decode_act_result(await actor.carry(order, journal or MemoryJournal(), self.desk))

    async def do(self, act) -> ActResult:
        return await self.carry(await self.order(act))

    async def others_scale(self, capacity: int) -> int:
        """As another client does: a PUT without an etag."""
        url = f"{ENDPOINT}{self.azure.id('web').path}?api-version=2024-07-01"
        token, _ = self.azure.world.tokens.issue()
        body = {"location": self.web.location, "sku": {"capacity": capacity}}
        request = HttpRequest("PUT", url, json=body, headers={"Authorization": f"Bearer {token}"})
        return (await self.azure.transport.send(request)).status_code

    def writes(self) -> Counter:
        """How often each write was sent, by the last word of its path."""
        return Counter(
            sent.url.partition("?")[0].rpartition("/")[2].lower()
            for sent in self.azure.transport.requests
            if sent.method != "GET" and "/emulator/" not in sent.url
        )


@asynccontextmanager
async def a_scene(*, seed=1, **members):
    facts = {"capacity": 4, "image": f"{URN}:{OLD}", "fault_domains": 5}
    async with emulated(fleet("web", **{**facts, **members}), seed=seed) as azure:
        yield Scene(azure)


def on(action, *ids):
    return OnInstances(action=action, selection=Selection(instances=frozenset(map(InstanceId, ids)) if ids else None))


def words(result):
    return {one.id: one.word for one in result.instances}


@pytest.mark.parametrize("kind", [pytest.param({}, id="Uniform"), pytest.param(FLEX, id="Flexible")])
@pytest.mark.parametrize("action", [one for one in Action if one not in ALONE])
async def test_an_action_is_done_and_tells_what_each_instance_is_now(kind, action):
    async with a_scene(**kind) as scene:
        first, second, *rest = scene.instances
        result = await scene.do(on(action, first, second))
        assert (result.ending, words(result)) == (ActEnding.DONE, {first: Word.DONE, second: Word.DONE})
        assert result.request_ids
        gone = {first, second} if action is Action.DELETE else set()
        assert set(scene.instances) == {first, second, *rest} - gone
        down = action in {*OFF, Action.DELETE}
        running = [one.power.value for one in scene.instances.values()].count("running")
        assert running == (2 if down else 4)
        assert result.words.endswith(f"{2 if down else 4} of {2 if gone else 4} serve now")
        assert json.loads(scene.desk.present)["words"] == result.words


async def test_who_was_taken_out_is_awaited_until_he_serves_and_the_time_is_measured():
    async with a_scene() as scene:
        began = scene.azure.world.now
        result = await scene.do(on(Action.RESTART))
        history = [one for one in scene.web.account.history if one.at > began]
        assert max(one.at for one in history if one.change == "in") <= scene.azure.world.now
        assert choices.RESTART_SECONDS < result.took_seconds < choices.RESTART_SECONDS + 60
        assert result.words == "4 of 4 instances restarted; 4 of 4 serve now"


async def test_an_upgrade_brings_the_model_and_a_start_brings_back():
    async with a_scene() as scene:
        await scene.do(Edit(image=VersionChange(version=NEW)))
        result = await scene.do(on(Action.UPGRADE, "0", "1"))
        assert result.ending is ActEnding.DONE
        assert {one.id: one.image["version"] for one in scene.instances.values()} == {
            "0": NEW,
            "1": NEW,
            "2": OLD,
            "3": OLD,
        }
        await scene.do(on(Action.DEALLOCATE, "2"))
        assert (await scene.do(on(Action.START))).words == "1 of 1 instances started; 4 of 4 serve now"


async def test_protections_are_written_one_by_one():
    async with a_scene() as scene:
        result = await scene.do(on(Action.PROTECT, "0", "1"))
        assert result.ending is ActEnding.DONE
        assert [one.protected for one in scene.instances.values()] == [True, True, False, False]
        assert (await scene.do(on(Action.UNPROTECT))).ending is ActEnding.DONE
        assert not any(one.protected for one in scene.instances.values())


# Crashes. The facts of an action are: intended (1), sent (2), watched (3), closed (4).


@pytest.mark.parametrize("action", [one for one in POSTED if one is not Action.START])
@pytest.mark.parametrize("dies_in", [1, 2, 3, 4])
async def test_whoever_takes_over_after_a_death_behind_the_act_never_does_harm_twice(action, dies_in):
    async with a_scene() as scene:
        if action is Action.UPGRADE:
            await scene.do(Edit(image=VersionChange(version=NEW)))
        order, journal = await scene.order(on(action, "0", "1")), Dying(dies_in, after=True)
        with pytest.raises(Crash):
            await scene.carry(order, journal)
        result = await scene.carry(order, MemoryJournal(journal.kept))
        assert (result.ending, set(words(result).values())) == (ActEnding.DONE, {Word.DONE})
        assert scene.writes()[POSTED[action]] == 1


@pytest.mark.parametrize("action", [one for one in POSTED if one is not Action.START])
async def test_a_death_between_the_note_and_the_request(action):
    """What does harm when it is asked twice is not asked at all then: nobody knows, and that is told."""
    async with a_scene() as scene:
        if action is Action.UPGRADE:
            await scene.do(Edit(image=VersionChange(version=NEW)))
        order, journal = await scene.order(on(action, "0", "1")), Dying(2, after=False)
        with pytest.raises(Crash):
            await scene.carry(order, journal)
        result = await scene.carry(order, MemoryJournal(journal.kept))
        if TRAITS[action].repeatable:
            assert (result.ending, scene.writes()[POSTED[action]]) == (ActEnding.DONE, 1)
        else:
            assert (result.ending, scene.writes()[POSTED[action]]) == (ActEnding.UNCERTAIN, 0)
            assert set(words(result).values()) == {Word.UNKNOWN}
            assert "nothing is to be seen of it; it was not sent again" in result.words


async def test_what_is_found_long_after_is_still_told_from_what_was_never_begun():
    """The restart was over long before anybody looked: Azure's own note of it tells."""
    async with a_scene() as scene:
        order, journal = await scene.order(on(Action.RESTART, "0")), Dying(2, after=True)
        with pytest.raises(Crash):
            await scene.carry(order, journal)
        await asyncio.sleep(3600)
        result = await scene.carry(order, MemoryJournal(journal.kept))
        assert (result.ending, scene.writes()["restart"], result.took_seconds) == (ActEnding.DONE, 1, None)


# Faults


@pytest.mark.parametrize("action", [one for one in POSTED if one is not Action.START])
@pytest.mark.parametrize("kind", ["lost-reply", "dropped"])
async def test_a_lost_answer(action, kind):
    async with a_scene() as scene:
        if action is Action.UPGRADE:
            await scene.do(Edit(image=VersionChange(version=NEW)))
        await scene.azure.fault(kind=kind, method="POST", path_contains=POSTED[action], times=1)
        result = await scene.do(on(action, "0", "1"))
        sent = scene.writes()[POSTED[action]]
        if kind == "lost-reply":
            assert (result.ending, sent) == (ActEnding.DONE, 1)
        elif TRAITS[action].repeatable:
            assert (result.ending, sent) == (ActEnding.DONE, 2)
        else:
            assert (result.ending, sent) == (ActEnding.UNCERTAIN, 1)


async def test_throttled_it_waits_as_long_as_azure_asks_for():
    async with a_scene() as scene:
        await scene.azure.fault(
            kind="http", method="POST", path_contains="restart", status=429, retry_after=300, times=2
        )
        began = asyncio.get_running_loop().time()
        result = await scene.do(on(Action.RESTART, "0"))
        assert (result.ending, scene.writes()["restart"]) == (ActEnding.DONE, 3)
        assert asyncio.get_running_loop().time() - began > 600
        assert result.took_seconds < 300


async def test_a_conflict_is_tried_a_few_times_and_then_told_in_azures_words():
    async with a_scene() as scene:
        body = {"error": {"code": "OperationNotAllowed", "message": "Another operation is in progress."}}
        await scene.azure.fault(kind="http", method="POST", path_contains="restart", status=409, times=99, body=body)
        result = await scene.do(on(Action.RESTART, "0", "1"))
        assert (result.ending, scene.writes()["restart"]) == (ActEnding.REFUSED, 3)
        assert (
            "0, 1 refused (restarting 2 instances of rg/web: Azure answered 409 OperationNotAllowed: " in result.words
        )
        assert result.request_ids
        assert {one.power.value for one in scene.instances.values()} == {"running"}


async def stopped(scene, act, *, journal=None) -> ActResult:
    """The result of an act that an operator stops while it waits for Azure."""
    carrying = asyncio.create_task(scene.carry(await scene.order(act), journal))
    await asyncio.sleep(60)
    scene.desk.leave(Signal(number=1, verb=Verb.STOP, by="bert", at=0.0))
    return await carrying


async def test_stopped_while_azure_is_not_ready_for_it_nobody_is_touched():
    async with a_scene() as scene:
        await scene.azure.fault(kind="http", method="POST", path_contains="restart", status=429, retry_after=300)
        began = asyncio.get_running_loop().time()
        result = await stopped(scene, on(Action.RESTART, "0", "1"))
        assert (result.ending, result.ending.exit_status, scene.writes()["restart"]) == (ActEnding.STOPPED, 3, 1)
        assert words(result) == {"0": Word.STOPPED, "1": Word.STOPPED}
        assert "0, 1 not touched (stopped by bert before Azure was asked)" in result.words
        assert asyncio.get_running_loop().time() - began < 120


async def test_stopped_between_two_of_its_instances_it_tells_them_apart():
    async with a_scene() as scene:
        await scene.azure.fault(
            kind="http", method="PUT", path_contains="virtualMachines/1", status=429, retry_after=300
        )
        journal = MemoryJournal()
        result = await stopped(scene, on(Action.PROTECT, "0", "1"), journal=journal)
        assert words(result) == {"0": Word.DONE, "1": Word.STOPPED}
        assert (result.ending, scene.instances["0"].protected, scene.instances["1"].protected) == (
            *(ActEnding.STOPPED, True, False),
        )
        # Whoever takes it over after that finds that it has been stopped, and asks for nobody.
        again = await scene.carry(await scene.order(on(Action.PROTECT, "0", "1")), MemoryJournal(journal.kept))
        assert again == result


async def test_a_change_of_the_set_is_stopped_before_it_is_written():
    async with a_scene() as scene:
        await scene.azure.fault(kind="http", method="PATCH", status=429, retry_after=300)
        result = await stopped(scene, Scale(capacity=9))
        assert (result.ending, result.words) == (ActEnding.STOPPED, "stopped by bert before it was written")
        assert scene.web.capacity == 4


async def test_stopped_after_azure_was_asked_it_is_seen_to_its_end():
    async with a_scene() as scene:
        order = await scene.order(on(Action.REIMAGE, "0"))
        carrying = asyncio.create_task(scene.carry(order))
        await asyncio.sleep(15)
        assert scene.writes()["reimage"] == 1
        scene.desk.leave(Signal(number=1, verb=Verb.STOP, by="bert", at=0.0))
        result = await carrying
        assert (result.ending, words(result)) == (ActEnding.DONE, {"0": Word.DONE})


async def test_forbidden_it_says_which_right_is_missing():
    async with a_scene() as scene:
        await scene.azure.fault(kind="forbid", method="POST", path_contains="restart")
        result = await scene.do(on(Action.RESTART, "0"))
        assert (result.ending, scene.writes()["restart"]) == (ActEnding.REFUSED, 1)
        assert "ask for a role that allows" in result.words


async def test_who_is_gone_or_protected_by_then_is_left_out():
    async with a_scene() as scene:
        order = await scene.order(on(Action.RESTART))
        await scene.do(on(Action.DELETE, "1"))
        await scene.do(on(Action.PROTECT, "2"))
        result = await scene.carry(order)
        assert words(result) == {"0": Word.DONE, "1": Word.LEFT_OUT, "2": Word.LEFT_OUT, "3": Word.DONE}
        assert "1 left out (it is no more); 2 left out (protected from actions of the set)" in result.words
        assert result.ending is ActEnding.DONE


async def test_nothing_is_sent_where_everybody_is_there_already():
    async with a_scene() as scene:
        order = await scene.order(on(Action.POWER_OFF, "0"))
        await scene.do(on(Action.POWER_OFF, "0"))
        assert ((await scene.carry(order)).ending, scene.writes()["poweroff"]) == (ActEnding.NOTHING, 1)


async def test_what_fails_on_an_instance_is_told_in_azures_words():
    async with a_scene(instances={"1": {"power": "deallocated"}, "2": {"power": "deallocated"}}) as scene:
        await scene.azure.fault(kind="allocation-fails", set="rg/web", times=1)
        result = await scene.do(on(Action.START))
        assert (result.ending, Counter(words(result).values())) == (ActEnding.FAILED, {Word.FAILED: 1, Word.DONE: 1})
        assert "AllocationFailed" in result.words
        assert result.errors[0].code == "AllocationFailed"


async def test_an_outage_is_waited_out():
    async with a_scene() as scene:
        order = await scene.order(on(Action.RESTART, "0"))
        await scene.azure.fault(kind="http", method="GET", status=503, times=40)
        assert (await scene.carry(order)).ending is ActEnding.DONE


async def test_an_outage_without_an_end_is_not():
    async with a_scene() as scene:
        order = await scene.order(on(Action.RESTART, "0"))
        await scene.azure.fault(kind="http", method="GET", status=503)
        result = await scene.carry(order)
        assert result.ending is ActEnding.FAILED
        assert result.words.endswith("nothing was sent")


async def test_an_old_list_does_not_prove_that_a_restart_is_over_of_which_azure_has_forgotten_the_operation():
    async with a_scene() as scene:
        await scene.azure.fault(kind="expire-operations", which="new")
        await scene.azure.fault(kind="stale-lists", seconds=20)
        result = await scene.do(on(Action.RESTART, "0"))
        scene.azure.world.advance()
        assert (result.ending, scene.instances["0"].power.value) == (ActEnding.DONE, "running")
        assert (result.at >= choices.RESTART_SECONDS, result.took_seconds) == (True, None)


async def test_machines_are_asked_one_by_one_where_the_set_has_no_such_call(monkeypatch):
    monkeypatch.setattr(choices, "FLEXIBLE_ACTS_BY_NAME", False)
    async with a_scene(**FLEX) as scene:
        first, second, *_ = scene.instances
        await scene.azure.fault(kind="dropped", method="POST", path_contains=f"{second}/restart", times=1)
        result = await scene.do(on(Action.RESTART, first, second))
        assert words(result) == {first: Word.DONE, second: Word.UNKNOWN}
        assert (result.ending, scene.writes()["restart"]) == (ActEnding.UNCERTAIN, 3)


# Changes of the set


async def test_a_set_is_scaled_both_ways_and_told_when_all_are_there():
    async with a_scene() as scene:
        more = await scene.do(Scale(capacity=6))
        assert (more.ending, more.words) == (ActEnding.DONE, "sku.capacity 4 -> 6; 6 of 6 serve now")
        fewer = await scene.do(Scale(capacity=3))
        assert (fewer.ending, fewer.words) == (ActEnding.DONE, "sku.capacity 6 -> 3; 3 of 3 serve now")
        assert scene.web.capacity == 3


async def test_an_edit_writes_all_of_it_in_one_request():
    async with a_scene() as scene:
        edit = Edit(image=VersionChange(version=NEW), model=ModelChange(vm_size="Standard_D4s_v5"), capacity=5)
        result = await scene.do(edit)
        assert (result.ending, scene.writes()["web"]) == (ActEnding.DONE, 1)
        assert result.words == (
            f"virtualMachineProfile.storageProfile.imageReference {URN}:{OLD} -> {URN}:{NEW}, sku.name "
            "Standard_D2s_v3 -> Standard_D4s_v5, sku.capacity 4 -> 5; 5 of 5 serve now"
        )


async def test_a_model_may_be_told_to_follow_the_newest_version():
    async with a_scene() as scene:
        assert (await scene.do(Edit(image=VersionChange(version="latest")))).ending is ActEnding.DONE
        seen = await scene.azure.client.scale_set(scene.azure.id("web"))
        assert seen.image.version == "latest"


async def test_a_conflict_has_both_sides_and_writes_nothing():
    async with a_scene() as scene:
        order = await scene.order(Scale(capacity=9))
        await scene.do(Scale(capacity=5))
        result = await scene.carry(order)
        assert (result.ending, scene.web.capacity) == (ActEnding.CONFLICT, 5)
        (clash,) = result.clashes
        assert (clash.path, clash.read, clash.now, clash.wanted) == ("sku.capacity", "4", "5", "9")


async def test_a_conflict_is_found_between_the_look_and_the_write_as_well():
    """The etag guards the moment in which nobody looks."""
    async with a_scene() as scene:
        order, journal = await scene.order(Scale(capacity=9)), MemoryJournal()
        keep = journal.keep

        async def others_first(make):
            if len(journal.kept) == 1:
                journal.keep = keep
                await scene.do(Scale(capacity=5))
            return await keep(make)

        journal.keep = others_first
        result = await scene.carry(order, journal)
        assert (result.ending, scene.web.capacity) == (ActEnding.CONFLICT, 5)


async def test_where_only_the_etag_has_moved_it_is_no_conflict():
    async with a_scene() as scene:
        order, journal = await scene.order(Scale(capacity=5)), MemoryJournal()
        keep = journal.keep

        async def others_first(make):
            if len(journal.kept) == 1:
                journal.keep = keep
                await scene.do(Edit(image=VersionChange(version=NEW)))
            return await keep(make)

        journal.keep = others_first
        assert ((await scene.carry(order, journal)).ending, scene.web.capacity) == (ActEnding.DONE, 5)


@pytest.mark.parametrize(("after", "sent"), [(True, 1), (False, 1)])
async def test_whoever_takes_an_edit_over_writes_it_once(after, sent):
    async with a_scene() as scene:
        order, journal = await scene.order(Scale(capacity=6)), Dying(2, after=after)
        with pytest.raises(Crash):
            await scene.carry(order, journal)
        result = await scene.carry(order, MemoryJournal(journal.kept))
        assert (result.ending, scene.web.capacity, scene.writes()["web"]) == (ActEnding.DONE, 6, sent)


@pytest.mark.parametrize(("kind", "sent"), [("lost-reply", 1), ("dropped", 2)])
async def test_a_lost_answer_to_an_edit(kind, sent):
    async with a_scene() as scene:
        await scene.azure.fault(kind=kind, method="PATCH", times=1)
        result = await scene.do(Scale(capacity=6))
        assert (result.ending, scene.web.capacity, scene.writes()["web"]) == (ActEnding.DONE, 6, sent)


@pytest.mark.parametrize("code", ["PropertyChangeNotAllowed", "ScopeLocked"])
async def test_an_edit_that_azure_refuses_for_good_is_told_in_its_words(code):
    async with a_scene() as scene:
        body = {"error": {"code": code, "message": "Changing property 'x' is not allowed."}}
        await scene.azure.fault(kind="http", method="PATCH", status=409, times=1, body=body)
        result = await scene.do(Scale(capacity=6))
        assert (result.ending, scene.web.capacity) == (ActEnding.REFUSED, 4)
        assert f"{code}: Changing property 'x' is not allowed" in result.words
        assert result.request_ids


async def test_what_was_shown_to_the_author_of_an_edit_is_held_against_the_set_at_once():
    async with a_scene() as scene:
        shown = await scene.prepared(Scale(capacity=6))
        await scene.do(Scale(capacity=5))
        with pytest.raises(EditConflict, match=r"sku\.capacity was 4 when it was read, is 5 now, and the edit wants 6"):
            await scene.prepared(shown.act)


# Saying yes


async def test_a_dangerous_act_asks_for_the_name_of_the_set():
    async with a_scene() as scene:
        dangerous = await scene.prepared(on(Action.RESTART, "0"))
        with pytest.raises(NotNamed, match="type web, the name of the set"):
            check_agreed(dangerous, agreed=None, typed="api")
        check_agreed(dangerous, agreed=dangerous.price.token, typed="Web")
        check_agreed(await scene.prepared(on(Action.PROTECT, "0")), agreed=None, typed=None)


async def test_yes_is_said_to_one_price():
    async with a_scene() as scene:
        told = await scene.prepared(on(Action.RESTART))
        await scene.do(on(Action.POWER_OFF, "3"))
        with pytest.raises(PriceChanged, match=r"it is now: 4 of 4 instances to restart, 1 of them out of service"):
            check_agreed(await scene.prepared(on(Action.RESTART)), agreed=told.price.token, typed="web")
        with pytest.raises(ActRefused, match="there is nothing to start"):
            check_agreed(await scene.prepared(on(Action.START, "0")), agreed=None, typed="web")


# Whatever happens

CHANCES = int(os.environ.get("ROLLSET_ACTS", "30"))
"""How many are drawn."""
FAULTS = (
    {"kind": "lost-reply", "method": "POST"},
    {"kind": "dropped", "method": "POST"},
    {"kind": "http", "method": "POST", "status": 429, "retry_after": 7},
    {"kind": "http", "method": "POST", "status": 409},
    {"kind": "http", "method": "POST", "status": 503},
    {"kind": "http", "method": "GET", "status": 503},
    {"kind": "dropped", "method": "GET"},
    {"kind": "stale-lists", "seconds": 20},
    {"kind": "expire-operations", "which": "new"},
)
ENDS_WITH = {
    Action.POWER_OFF: "stopped",
    Action.DEALLOCATE: "deallocated",
    Action.RESTART: "running",
    Action.REDEPLOY: "running",
    Action.REIMAGE: "running",
}


@pytest.mark.parametrize("seed", range(CHANCES))
async def test_whatever_happens_an_act_ends_and_says_what_is_so(seed):
    """Faults and a death drawn from the seed; the referee is the emulator's own history of who left service."""
    chance = random.Random(seed)
    action = chance.choice(list(ENDS_WITH))
    async with a_scene(seed=seed) as scene:
        order = await scene.order(on(action, "0", "1"))
        for fault in chance.sample(FAULTS, chance.randint(1, 3)):
            strikes = (
                {}
                if fault["kind"] in {"stale-lists", "expire-operations"}
                else {"times": chance.randint(1, 2), "skip": chance.choice((0, 0, 1, 3))}
            )
            await scene.azure.fault(**fault, **strikes)
        began = scene.azure.world.now
        # Mostly in the turn that sends: what is lost there matters most.
        journal = Dying(chance.choice((1, 2, 2, 2, 3, 4)), after=chance.random() < 0.7)
        try:
            result = await scene.carry(order, journal)
        except Crash:
            await asyncio.sleep(chance.choice((0, 60, 600)))
            result = await scene.carry(order, MemoryJournal(journal.kept))
        out = Counter(one.instance for one in scene.web.account.history if one.at >= began and one.change == "out")
        assert max(out.values(), default=0) <= 1, "nobody is taken out twice"
        for one in result.instances:
            power = scene.instances[one.id].power.value
            if one.word is Word.DONE:
                assert power == ENDS_WITH[action]
                assert out[one.id] == 1, "who is told to be done was done"
            if one.word is Word.REFUSED:
                assert out[one.id] == 0, "who is told to be refused was not touched"
        if TRAITS[action].repeatable:
            assert result.ending is not ActEnding.UNCERTAIN


FAULTS_OF_WRITES = (
    {"kind": "lost-reply", "method": "PATCH"},
    {"kind": "dropped", "method": "PATCH"},
    {"kind": "http", "method": "PATCH", "status": 429, "retry_after": 7},
    {"kind": "http", "method": "PATCH", "status": 409},
    {"kind": "http", "method": "PATCH", "status": 503},
    {"kind": "http", "method": "GET", "status": 503},
    {"kind": "expire-operations", "which": "new"},
)


@pytest.mark.parametrize("seed", range(CHANCES))
async def test_whatever_happens_nobodys_capacity_is_overwritten(seed):
    """Ours wants six. Others may make it five before a fact of ours is made; faults and a death come on top."""
    chance = random.Random(seed)
    async with a_scene(seed=seed) as scene:
        order = await scene.order(Scale(capacity=6))
        for fault in chance.sample(FAULTS_OF_WRITES, chance.randint(0, 3)):
            strikes = {} if fault["kind"] == "expire-operations" else {"times": 1, "skip": chance.choice((0, 0, 1))}
            await scene.azure.fault(**fault, **strikes)
        journal = Dying(chance.choice((1, 2, 2, 3, 99)), after=chance.random() < 0.6)
        others_at, written = chance.choice((None, 0, 1, 1)), []
        keep = journal.keep

        async def kept(make):
            if len(journal.kept) == others_at and not written and scene.web.capacity == 4:
                written.append(await scene.others_scale(5))
            return await keep(make)

        journal.keep = kept
        try:
            result = await scene.carry(order, journal)
        except Crash:
            result = await scene.carry(order, MemoryJournal(journal.kept))
        if written:
            assert written == [200]
            assert (result.ending, scene.web.capacity) == (ActEnding.CONFLICT, 5)
        elif result.ending in {ActEnding.DONE, ActEnding.NOTHING}:
            assert scene.web.capacity == 6
        else:
            assert (result.ending, scene.web.capacity) == (ActEnding.REFUSED, 4)
