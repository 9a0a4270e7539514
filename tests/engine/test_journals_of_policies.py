"""Rollouts with policies survive an upgrade of rollset too; sibling of test_journal.py.

The journals were recorded once, by `journals/policies.py`. Here others do to Azure what the rollouts had done by then.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest
from azure.core.rest import HttpRequest

from rollset.core.others import Service
from rollset.core.surging.surge import Ledger
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.records import decode_entry, decode_result
from rollset.engine.state import Stage
from tests.engine.journals import load
from tests.engine.journals.policies import LARGE, MEMBERS, REPAIRS, SCENES, an_outside
from tests.engine.journals.record import NEW
from tests.engine.test_journal import DOWNTIME_SECONDS, folded
from tests.support.emulated import ENDPOINT, emulated, fleet
from tests.support.virtual import virtual_loop

IMAGE = {"storageProfile": {"imageReference": {"version": NEW}}}
UP_SECONDS = 900.0
"""By then whatever others have asked for is done."""


def test_what_policies_have_noted_is_read_as_it_stood():
    state = folded(load("policies"))
    progress = state.progress
    assert state.stage is Stage.ROLLING
    assert (set(progress.took), set(progress.asked)) == ({"0", "5", "1", "2"}, {"7", "3"})
    assert dict(progress.parked) == {"6": "hook drain (before-instance) failed: no route"}
    assert (dict(progress.retries), dict(progress.failed)) == ({"1": 1}, {})
    assert state.lifted == {"7"}
    assert state.suspended == {Service.REPAIRS}
    assert progress.baselines["0"] == {"web": 10.0}
    assert progress.gated["2"]["web"].open
    assert state.order.job.model.vm_size == LARGE
    assert state.order.job.calendar.restricts


def test_what_a_surge_has_noted_is_read_as_it_stood():
    state = folded(load("surging"))
    made, retired = frozenset({"4", "5", "6"}), frozenset({"0", "1"})
    assert state.progress.surge == Ledger(added=3, made=made, retired=retired, grown_at=state.progress.surge.grown_at)
    assert set(state.progress.asked) == {"6"}


def test_what_azures_roll_has_noted_is_read_as_it_stood():
    state = folded(load("by-azure"))
    assert state.roll is not None
    assert (state.roll.begun, state.roll.policy.batch_percent) == (True, 25)
    assert (set(state.progress.took), set(state.progress.asked)) == ({"0", "5", "1"}, {"6"})


class Others:
    """Do by hand what the rollout had done."""

    def __init__(self, azure):
        self._azure = azure
        self._path = azure.id("web").path

    async def write(self, **properties):
        await self._send("PATCH", "", {"properties": properties})

    async def act(self, action, *instances):
        await self._send("POST", f"/{action}", {"instanceIds": list(instances)})

    async def scale(self, capacity):
        await self._send("PATCH", "", {"sku": {"capacity": capacity}})

    async def resize(self, size):
        await self._send("PATCH", "", {"sku": {"name": size}})

    async def suspend(self):
        await self._send(
            "POST", "/setOrchestrationServiceState", {"serviceName": "AutomaticRepairs", "action": "Suspend"}
        )

    async def _send(self, method, below, body):
        world = self._azure.world
        headers = {"Authorization": f"Bearer {world.tokens.issue()[0]}"}
        url = f"{ENDPOINT}{self._path}{below}?api-version=2024-07-01"
        answer = await self._azure.transport.send(HttpRequest(method, url, json=body, headers=headers))
        assert answer.status_code < 300, answer.text()


@asynccontextmanager
async def as_it_stood(name, **members):
    async with emulated(fleet("web", **{**MEMBERS, **SCENES[name].members, **members})) as azure:
        yield azure, Others(azure)


async def carried_on(azure, name):
    """By this rollset, some time after the last entry."""
    golden, clock = load(name), virtual_loop().now
    rest = decode_entry(golden.entries[-1]).at + DOWNTIME_SECONDS - clock()
    assert rest > 0, "no clock goes back"
    await asyncio.sleep(rest)
    carrier = Carrier(azure=azure.client, clock=clock, by="carl@ops", outside=an_outside())
    journal = MemoryJournal(list(golden.entries))
    result = decode_result(await carrier.carry(golden.order, journal, MemoryDesk()))
    assert journal.kept[: len(golden.entries)] == golden.entries
    assert '"is":"Resumed"' in journal.kept[len(golden.entries)]
    azure.world.advance()
    return result, azure.world.find_set("rg", "web")


@pytest.mark.parametrize("arrived", [("7", "3"), ("7",), ()], ids=["arrived meanwhile", "one has", "never begun"])
async def test_policies_hold_to_the_end(arrived):
    async with as_it_stood("policies", instances={"5": {"protected": True}}) as (azure, others):
        await others.write(**REPAIRS)
        await others.suspend()
        await others.resize(LARGE)
        await others.write(virtualMachineProfile={**IMAGE, "licenseType": "Windows_Server"})
        await others.act("manualupgrade", "0", "1", "2", *arrived)
        await asyncio.sleep(UP_SECONDS)
        azure.world.find_set("rg", "web").instances["5"].protection = None
        await others.act("manualupgrade", "5")
        await asyncio.sleep(UP_SECONDS)
        result, web = await carried_on(azure, "policies")
    runs = {one.id: one.image["version"] == NEW and one.applied.size == LARGE for one in web.instances.values()}
    assert runs == {str(one): one != 6 for one in range(8)}, "all but the parked one"
    assert {len(one.upgrades) for one in web.instances.values() if one.id != "6"} == {1}, "nothing is done twice"
    assert result.ending is Ending.FAILED
    assert result.left["parked by a hook"] == ("6",)
    assert web.instances["7"].protected, "what was lifted is put back"
    assert not web.repairs.suspended


async def test_a_surge_ends_with_the_capacity_that_it_found():
    async with as_it_stood("surging") as (azure, others):
        await others.write(virtualMachineProfile=IMAGE)
        for capacity, old in ((5, "0"), (5, "1"), (5, None)):
            await others.scale(capacity)
            await asyncio.sleep(UP_SECONDS / 3)
            if old is not None:
                await others.act("delete", old)
                await asyncio.sleep(60.0)
        result, web = await carried_on(azure, "surging")
    assert result.ending is Ending.DONE, result.reason
    staying = [one for one in web.instances.values() if one.counts]
    assert [one.image["version"] for one in staying] == [NEW] * 4
    assert web.capacity == 4


async def test_azures_own_roll_is_followed_to_its_end_and_its_policy_put_back():
    async with as_it_stood("by-azure") as (azure, others):
        limits = {"maxBatchInstancePercent": 25, "maxUnhealthyInstancePercent": 25}
        policy = {**limits, "maxUnhealthyUpgradedInstancePercent": 0, "pauseTimeBetweenBatches": "PT0S"}
        await others.write(
            upgradePolicy={"mode": "Rolling", "rollingUpgradePolicy": policy}, virtualMachineProfile=IMAGE
        )
        result, web = await carried_on(azure, "by-azure")
    assert result.ending is Ending.DONE, result.reason
    assert {one.image["version"] for one in web.instances.values()} == {NEW}
    assert {len(one.upgrades) for one in web.instances.values()} == {1}
    assert web.mode == "Rolling"
    assert web.properties["upgradePolicy"]["rollingUpgradePolicy"]["maxBatchInstancePercent"] == 20


@pytest.mark.parametrize("name", SCENES)
def test_every_kind_of_fact_is_read(name):
    kinds = {type(event) for text in load(name).entries for event in decode_entry(text).events}
    assert (
        kinds
        >= {
            "policies": {
                events.Hooked,
                events.GateSaid,
                events.Measured,
                events.Parked,
                events.Suspended,
                events.Failed,
            },
            "surging": {events.Growing, events.Grown, events.Arrived, events.Retiring, events.Retired},
            "by-azure": {events.RollStarting, events.RollStarted, events.Taken},
        }[name]
    )
