"""One set whose page is open, in front of the emulator: how soon a change is seen, and what looking costs."""

import asyncio

from rollset.core.fleet import Power
from rollset.core.ids import InstanceId
from rollset.fleet.tempo import TEMPO
from rollset.fleet.watching import REST
from tests.fleet.stage import act, clear_faults, stage, until_known
from tests.support.virtual import virtual_loop

NEW = {
    "publisher": "MicrosoftWindowsServer",
    "offer": "WindowsServer",
    "sku": "2012-R2-Datacenter",
    "version": "4.0.20160229",
}


def looks(azure, since=0):
    return [url for url in azure.transport.urls[since:] if "/virtualMachines?" in url and "skiptoken" not in url]


async def seen(watch, true):
    """Follows the watch until it is true; how long that took."""
    began, version = virtual_loop().time(), watch.version
    async with asyncio.timeout(3600):
        while watch.sight is None or not true(watch.sight):
            version = (await anext(watch.follow(version))).version
    return virtual_loop().time() - began


async def test_a_change_is_seen_within_a_second_of_being_readable():
    async with stage("web", capacity=20) as (azure, inventory), inventory.watch(azure.id("web")) as watch:
        await seen(watch, lambda _: True)
        before = watch.version
        await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["3", "7"]})
        took = await seen(watch, lambda sight: sight.fleet.by_id["3"].power is not Power.RUNNING)
        changes = watch.changes(before)
    assert took <= 1.0
    assert {"3", "7"} <= set(changes.changed) <= {"3", "7", REST}
    assert (changes.gone, changes.whole) == ((), False)


async def test_a_change_is_told_before_the_look_at_a_large_set_has_ended():
    members = {"capacity": 1000, "single_placement_group": False}
    async with stage("web", **members) as (azure, inventory), inventory.watch(azure.id("web")) as watch:
        await seen(watch, lambda _: True)
        await azure.fault(kind="slow", path_contains="web/virtualMachines", seconds=2)
        await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["3"]})
        took = await seen(watch, lambda sight: sight.fleet.by_id["3"].power is not Power.RUNNING)
        assert took < 5, "nine pages take eighteen seconds"
        assert set(watch.sight.later) == {"3"}, "the others are as they were in the look before"
        assert len(watch.sight.fleet.instances) == 1000


async def test_instances_that_come_and_go_are_told():
    async with stage("web", capacity=3) as (azure, inventory), inventory.watch(azure.id("web")) as watch:
        await seen(watch, lambda _: True)
        before = watch.version
        await act(azure, "POST", "virtualMachineScaleSets/web/delete", {"instanceIds": ["1"]})
        await act(azure, "PATCH", "virtualMachineScaleSets/web", {"sku": {"capacity": 3}})
        await seen(watch, lambda sight: len(sight.fleet.instances) == 3 and InstanceId("1") not in sight.fleet.by_id)
        assert watch.changes(before).gone == ("1",)
        assert "3" in watch.changes(before).changed


async def test_however_many_look_there_is_one_watcher_and_none_when_nobody_looks():
    async with stage("web", capacity=3) as (azure, inventory):
        await until_known(inventory, 1)
        async with inventory.watch(azure.id("web")) as one, inventory.watch(azure.id("WEB")) as other:
            assert one is other
            await seen(one, lambda _: True)
            sent = len(azure.transport.urls)
            await asyncio.sleep(5)
            together = len(looks(azure, sent))
        sent = len(azure.transport.urls)
        await asyncio.sleep(5)
        assert together <= 5 / TEMPO.watch_seconds + 1
        assert looks(azure, sent) == []


async def test_looking_leaves_a_share_of_azures_bucket_to_others():
    """An hour of watching with nobody looking away: Azure never refuses, and a rollout could always look at once."""
    async with stage("web", capacity=3, throttle=True) as (azure, inventory):
        async with inventory.watch(azure.id("web")) as watch:
            await asyncio.sleep(3600)
            trouble, sent = watch.trouble, len(looks(azure))
        left = min(
            level.left for level in azure.world.limits.levels(virtual_loop().now()) if "HighCost" in level.policy
        )
    assert trouble is None
    assert left >= 30 * TEMPO.keep_watched - 1
    assert 0.9 * 10 * 60 < sent < 10 * 60 + 31
    assert azure.pauses == []


async def test_instances_in_motion_are_seen_soon_where_a_look_at_all_would_have_to_wait():
    """Azure refills ten looks a minute for a set, one each six seconds; each instance has a bucket of its own."""
    async with stage("web", capacity=20, throttle=True) as (azure, inventory):
        async with inventory.watch(azure.id("web")) as watch:
            await asyncio.sleep(60)  # What there is at once has been used up.
            await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["3", "7"]})
            watch.expect([InstanceId("3"), InstanceId("7")])
            assert await seen(watch, lambda sight: sight.fleet.by_id["3"].power is Power.STOPPING) <= 1.0
            ages = {"3": [], "8": []}
            while watch.sight.fleet.by_id["3"].power is Power.STOPPING:
                await asyncio.sleep(0.5)
                for one, told in ages.items():
                    told.append(virtual_loop().now() - max(watch.sight.at, watch.sight.later.get(one, 0)))
        assert (watch.trouble, azure.pauses) == (None, [])
    assert max(ages["3"]) <= TEMPO.glance_seconds
    assert 4 < max(ages["8"]) <= 7


async def test_whole_domains_in_motion_stay_within_azures_buckets():
    """A set of a thousand, of which a hundred move for an hour: a look at all takes nine requests, ten are refilled."""
    members = {"capacity": 1000, "single_placement_group": False, "upgrade_seconds": {"median": 3000, "spread": 0}}
    async with stage("web", throttle=True, **members) as (azure, inventory):
        async with inventory.watch(azure.id("web")) as watch:
            await seen(watch, lambda _: True)
            body = {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": NEW}}}}
            await act(azure, "PATCH", "virtualMachineScaleSets/web", body)
            await act(
                azure,
                "POST",
                "virtualMachineScaleSets/web/manualupgrade",
                {"instanceIds": [str(n) for n in range(100)]},
            )
            await asyncio.sleep(150)
            ages = [virtual_loop().now() - max(watch.sight.at, watch.sight.later.get(str(n), 0)) for n in range(100)]
        assert (watch.trouble, azure.pauses) == (None, [])
    assert max(ages) <= 100 / TEMPO.glances_at_once * TEMPO.glance_seconds + 2


async def test_the_inventory_knows_what_the_watch_sees():
    async with stage("web", capacity=3) as (azure, inventory):
        await until_known(inventory, 1)
        async with inventory.watch(azure.id("web")) as watch:
            await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["1"]})
            await seen(watch, lambda sight: sight.fleet.by_id["1"].power is Power.STOPPED)
            assert inventory.row(azure.id("web")).counts.power == {Power.RUNNING: 2, Power.STOPPED: 1}


async def test_trouble_is_told_what_was_seen_stays_and_it_goes_on_by_itself():
    async with stage("web", capacity=3) as (azure, inventory), inventory.watch(azure.id("web")) as watch:
        await seen(watch, lambda _: True)
        before, sight = watch.version, watch.sight
        await azure.fault(kind="http", status=500, path_contains="web/virtualMachines")
        await anext(watch.follow(before))
        assert "Azure answered 500" in watch.trouble.words
        assert watch.changes(before).changed == (REST,)
        assert watch.sight.fleet == sight.fleet
        await clear_faults(azure)
        await anext(watch.follow(watch.version))
        assert watch.trouble is None


async def test_what_was_acted_on_is_seen_at_once_even_while_trouble_lasts():
    async with stage("web", capacity=3) as (azure, inventory), inventory.watch(azure.id("web")) as watch:
        await seen(watch, lambda _: True)
        await azure.fault(kind="http", status=500, path_contains="web/virtualMachines")
        await asyncio.sleep(12)
        assert watch.trouble
        await clear_faults(azure)
        inventory.refresh(azure.id("web"))
        await anext(watch.follow(watch.version))
        assert watch.trouble is None


async def test_a_set_that_is_not_there_is_told():
    async with stage("web", capacity=1) as (azure, inventory), inventory.watch(azure.id("nope")) as watch:
        await anext(watch.follow(watch.version))
        assert "reading scale set rg/nope: Azure answered 404" in watch.trouble.words
        assert watch.sight is None


async def test_flexible_sets_are_watched_too():
    flexible = stage("flex", capacity=3, orchestration="Flexible")
    async with flexible as (azure, inventory), inventory.watch(azure.id("flex")) as watch:
        await seen(watch, lambda sight: len(sight.fleet.instances) == 3)
