"""The inventory in front of the emulator, in virtual time: what it knows of many sets, and what it tells when."""

import asyncio
from contextlib import asynccontextmanager

from rollset.core.fleet import Power
from rollset.fleet.inventory import open_inventory
from rollset.fleet.query import Query
from rollset.fleet.row import State
from tests.support.emulated import emulated, fleet
from tests.support.virtual import virtual_loop

OLD = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126"


@asynccontextmanager
async def stage(*names, subscriptions=(), throttle=False, **members):
    """An emulator with these sets, and an inventory of it."""
    async with (
        emulated(fleet(*names, **members), throttle=throttle) as azure,
        open_inventory(azure.client, subscriptions, clock=virtual_loop().now) as inventory,
    ):
        yield azure, inventory


async def until(inventory, true):
    """Waits for news until it is true."""
    async with asyncio.timeout(3600):
        version = inventory.version
        while not true():
            version = (await anext(inventory.follow(version))).version


async def test_every_set_of_every_subscription_is_listed_and_looked_at():
    standing = {"0": {"power": "deallocated"}, "1": {"protected": True}, "2": {"health": "unhealthy"}}
    async with stage("web", "api", capacity=5, image=OLD, instances=standing, tags={"team": "shop"}) as (
        azure,
        inventory,
    ):
        await until(
            inventory, lambda: len(inventory.rows) == 2 and all(row.look and row.offered for row in inventory.rows)
        )
        row = inventory.row(azure.id("WEB"))
        (news,) = inventory.subscriptions
    assert (row.counts.total, row.counts.running, row.counts.stopped, row.counts.protected) == (5, 4, 1, 1)
    assert row.counts.unhealthy == 1
    assert (row.outdated, row.behind, row.oldest, row.oldest_behind) == (0, 1, "4.0.20160126", 1)
    assert row.states == {State.STOPPED, State.PROTECTED, State.UNHEALTHY, State.BEHIND}
    assert [cell.power for cell in row.look.heat] == [Power.DEALLOCATED] + 4 * [Power.RUNNING]
    assert (news.name, news.sets, news.troubles) == ("Emulated subscription", 2, ())
    assert [row.id.name for row in inventory.select(Query(text="shop")).rows] == ["api", "web"]
