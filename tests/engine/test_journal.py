"""A rollout in flight survives an upgrade of rollset: what an older one has kept is read, and gone on from, by this one.

The journals in `journals/` were recorded once, by the script that stands there.
"""

import asyncio
import json

import pytest

from rollset.core.standing import Standing
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.records import decode_entry, decode_order, decode_result
from rollset.engine.state import Stage, State
from tests.engine.journals import load
from tests.engine.journals.record import CAPACITY, MEMBERS, NEW, OLD
from tests.support.emulated import emulated, fleet
from tests.support.virtual import virtual_loop

NAMES = ("rolling", "undoing")
DOWNTIME_SECONDS = 900.0
"""So long the rollout lay still while rollset was upgraded."""


def folded(golden) -> State:
    state = State.begin(decode_order(golden.order))
    for text in golden.entries:
        state = state.after(decode_entry(text))
    return state


def test_a_rollout_in_the_middle_is_read_as_it_stood():
    state = folded(load("rolling"))
    assert (state.order.id, state.order.by) == ("web-20260101-0000-abc", "ann@ops")
    assert state.stage is Stage.ROLLING
    assert set(state.progress.proven) == {"0", "5", "1", "6", "2"}
    assert set(state.progress.asked) == {"7"}
    assert [(one.instances, one.answered) for one in state.requests] == [(("7",), True)]
    assert state.requests[0].operation.request_id == "be3ab3e2-d883-47e7-86c4-01f7e5dfc8bb"
    assert (state.control.taken, state.control.paused, set(state.control.approved)) == (3, None, {1})
    assert state.plan.budget.allowed == 2
    assert state.order.fleet.scale_set.upgrade_mode == "Automatic"
    assert state.arm_requests == 117


def test_a_way_back_in_the_middle_is_read_as_it_stood():
    state = folded(load("undoing"))
    assert state.stage is Stage.ROLLING
    assert [(leg.image.version, set(leg.instances)) for leg in state.undo.legs] == [(OLD, {"0", "1", "5", "6"})]
    assert set(state.touched) == {"0", "1", "5", "6"}
    assert set(state.progress.asked) == {"0", "5"}
    assert state.model_says.image.version == OLD


def instances(state, *, arrived) -> dict[str, str]:
    """What each instance runs when this rollset takes over; those in flight have arrived meanwhile, or never begun."""
    on_new = (set(state.touched) if state.undo is not None else set(state.progress.proven)) - set(state.progress.asked)
    if arrived == (state.undo is None):
        on_new |= set(state.progress.asked)
    return {str(one): NEW if str(one) in on_new else OLD for one in range(CAPACITY)}


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived meanwhile", "never begun"])
@pytest.mark.parametrize("name", NAMES)
async def test_this_rollset_carries_it_to_its_end(name, arrived):
    golden = load(name)
    state = folded(golden)
    runs = instances(state, arrived=arrived)
    model = OLD if state.undo is not None else NEW
    image = MEMBERS["image"].replace(OLD, model)
    differing = {one: {"image_version": version} for one, version in runs.items() if version != model}
    members = {**MEMBERS, "image": image, "upgrade_policy": "Manual", "instances": differing}
    async with emulated(fleet("web", **members)) as azure:
        clock = virtual_loop().now
        await asyncio.sleep(decode_entry(golden.entries[-1]).at + DOWNTIME_SECONDS - clock())
        carrier = Carrier(azure=azure.client, clock=clock, by="carl@ops")
        journal = MemoryJournal(list(golden.entries))
        result = decode_result(await carrier.carry(golden.order, journal, MemoryDesk()))
        web = azure.world.find_set("rg", "web")
        upgrades = {one.id: len(one.upgrades) for one in web.instances.values()}
    end = OLD if state.undo is not None else NEW
    assert result.ending is (Ending.UNDONE if state.undo is not None else Ending.DONE), result.reason
    assert {one.image["version"] for one in web.instances.values()} == {end}
    assert upgrades == {one: int(version != end) for one, version in runs.items()}, "nothing is done a second time"
    assert web.account.most_out_at_once <= 2
    assert web.mode == "Automatic"
    assert journal.kept[: len(golden.entries)] == golden.entries
    assert '"is":"Resumed"' in journal.kept[len(golden.entries)]


def with_unknown(value):
    """The same as a newer rollset might have written it: with members that this one does not know."""
    match value:
        case dict():
            return {**{name: with_unknown(one) for name, one in value.items()}, "of_tomorrow": {"is": "unheard of"}}
        case list():
            return [with_unknown(one) for one in value]
        case _:
            return value


@pytest.mark.parametrize("name", NAMES)
def test_members_that_this_rollset_does_not_know_are_passed_over(name):
    for text in load(name).entries:
        entry = json.loads(text)
        entry["of_tomorrow"] = [1]
        entry["events"] = [with_unknown(event) for event in entry["events"]]
        assert decode_entry(json.dumps(entry)) == decode_entry(text)


def test_members_that_are_missing_get_their_defaults():
    entry = decode_entry('{"at": 5.0, "events": [{"is": "Answered", "at": 4.0, "instances": ["3"]}]}')
    (answered,) = entry.events
    assert (answered.operation, answered.refused, answered.lost, answered.broke_off) == (None, None, None, False)
    assert (entry.arm_requests, entry.change.blocked_since, dict(entry.change.asked)) == (0, None, {})


def test_standings_are_kept_by_name_and_not_by_number():
    text = json.dumps({"at": 1.0, "events": [], "change": {"since": {"3": ["SETTLING", 1.0]}}})
    assert decode_entry(text).change.since["3"][0] is Standing.SETTLING
