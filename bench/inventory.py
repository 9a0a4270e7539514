"""Ten thousand sets of twenty instances in one inventory: its memory, a question to it, and how soon all are known.

The first two figures are of a store that is filled with what Azure's own shapes give, so the memory is that of a
server. The last is of the real inventory in front of the real emulator, whose limits are those of Azure, in virtual
time: how long until every set of a smaller subscription was looked at, over the least that Azure's buckets allow to
somebody who leaves half of them to others.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path
from statistics import median

import msgspec
from tests.support.emulated import emulated, fleet
from tests.support.virtual import run_virtual, virtual_loop

from rollset.arm.instances import INSTANCE, to_instance
from rollset.arm.reply import Reply
from rollset.arm.scale_sets import SCALE_SET, to_scale_set
from rollset.core.fleet import Instance, ScaleSet
from rollset.fleet.inventory import open_inventory
from rollset.fleet.look import Look
from rollset.fleet.offered import Offered
from rollset.fleet.query import Column, Query, choices_of, select
from rollset.fleet.row import Row, State, key_of
from rollset.fleet.store import Store, place_of
from rollset.fleet.tempo import TEMPO

SETS, INSTANCES = 10_000, 20
MEGABYTES_AIM = 300
MILLISECONDS_AIM = 50

SWEPT = 2000
BURST, REFILL = 1080, 6.0
"""Costly reads that Azure has for a subscription and region at once, and again each second."""
SWEEP_AIM = 1.15

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
REPEATS = 9

QUERIES = {
    "all by name": Query(),
    "two words of text, by capacity": Query(text="shop westeurope", sort=Column.CAPACITY, down=True),
    "a tag and a region, by how far behind": Query(
        tags={"team": "team7"}, regions=frozenset({"westus"}), sort=Column.BEHIND, down=True
    ),
    "a state, by outdated": Query(states=frozenset({State.BEHIND}), sort=Column.OUTDATED, down=True),
    "an image, by group": Query(images=frozenset({"canonical:ubuntu:22_04-lts"}), sort=Column.GROUP),
}


def run() -> None:
    """Prints a line for each figure."""
    asyncio.run(_store())
    _sweep()


async def _store() -> None:
    gc.collect()
    before = _resident()
    store = Store(time.time)
    for number in range(SETS):
        _take(store, number)
    gc.collect()
    megabytes = (_resident() - before) / 2**20
    rows = tuple(store.rows.values())
    print(
        f"{SETS:,} sets, {SETS * INSTANCES:,} instances    {megabytes:.0f} MB (aim: at most {MEGABYTES_AIM}), "
        f"{megabytes * 2**20 / SETS / 1024:.1f} kB a set"
    )
    for name, query in QUERIES.items():
        milliseconds, matched = _asked(rows, query)
        print(f"{name:<40} {milliseconds:.0f} ms of CPU (aim: under {MILLISECONDS_AIM}), {matched:,} rows meet it")
    began = time.process_time()
    choices_of(rows)
    print(f"{'all choices of filters':<40} {(time.process_time() - began) * 1000:.0f} ms of CPU", flush=True)


def _take(store: Store, number: int) -> None:
    """As the inventory does it: parsed from JSON, each set and each instance by itself."""
    scale_set = _scale_set(number)
    store.listed([scale_set])
    instances = [_instance(number, one) for one in range(INSTANCES)]
    store.looked(key_of(scale_set.id), Look.of(instances, time.time()))
    place = place_of(scale_set)
    assert place is not None
    if store.offers(place)[0] is None:
        store.offered(place, Offered(versions=tuple(f"22.04.{one}" for one in range(20)), at=time.time()), None)


def _asked(rows: tuple[Row, ...], query: Query) -> tuple[float, int]:
    seconds, matched = [], 0
    for _ in range(REPEATS):
        began = time.process_time()
        matched = select(rows, query).matched
        seconds.append(time.process_time() - began)
    return median(seconds) * 1000, matched


def _scale_set(number: int) -> ScaleSet:
    path = f"/subscriptions/5b5c0000-0000-4000-8000-{number % 7:012}/resourceGroups/group{number % 300}/providers"
    image = {"publisher": "Canonical", "offer": "ubuntu", "sku": "22_04-lts", "version": f"22.04.{number % 20}"}
    document = {
        "id": f"{path}/Microsoft.Compute/virtualMachineScaleSets/set{number}",
        "location": ("westus", "westeurope", "eastus2")[number % 3],
        "etag": f'"{number}"',
        "zones": ["1", "2", "3"],
        "tags": {"team": f"team{number % 20}", "product": "shop", "owner": f"person{number}@example.com"},
        "sku": {"name": "Standard_D4s_v5", "capacity": INSTANCES + number % 7},
        "properties": {
            "upgradePolicy": {"mode": "Manual"},
            "provisioningState": "Succeeded",
            "uniqueId": f"a3135264-85d5-423f-98d4-{number:012}",
            "virtualMachineProfile": {"storageProfile": {"imageReference": image, "osDisk": {"osType": "Linux"}}},
        },
    }
    reply = _reply(document)
    return to_scale_set(reply.decode(SCALE_SET), reply)


def _instance(of: int, number: int) -> Instance:
    image = {"publisher": "Canonical", "offer": "ubuntu", "sku": "22_04-lts", "exactVersion": f"22.04.{of % 20}"}
    view = {
        "placementGroupId": f"f67c14ab-e92c-408c-{of:012}",
        "platformUpdateDomain": number % 5,
        "platformFaultDomain": number // 5,
        "statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}],
        "vmHealth": {"status": {"code": "HealthState/healthy"}},
    }
    reply = _reply(
        {
            "instanceId": str(number),
            "zones": [str(1 + number % 3)],
            "properties": {
                "latestModelApplied": True,
                "provisioningState": "Succeeded",
                "timeCreated": "2026-01-01T00:00:00Z",
                "storageProfile": {"imageReference": image},
                "instanceView": view,
            },
        }
    )
    return to_instance(reply.decode(INSTANCE), reply)


def _reply(document: object) -> Reply:
    return Reply(attempted="measuring", status=200, headers={}, body=msgspec.json.encode(document))


def _sweep() -> None:
    seconds, refused = run_virtual(_swept())
    least = (SWEPT - BURST * (1 - TEMPO.keep)) / REFILL
    print(
        f"{SWEPT:,} sets, each looked at once    {seconds / least:.2f} times the least that Azure's limits allow "
        f"(aim: at most {SWEEP_AIM}); {seconds:.0f} s, {refused} refusals (aim: none)",
        flush=True,
    )


async def _swept() -> tuple[float, int]:
    names = [f"set{number}" for number in range(SWEPT)]
    clock = virtual_loop()
    async with (
        emulated(fleet(*names, capacity=1), throttle=True) as azure,
        open_inventory(azure.client, clock=clock.now) as inventory,
    ):
        version, refused = inventory.version, 0
        while not inventory.rows or not all(row.look for row in inventory.rows):
            version = (await anext(inventory.follow(version))).version
            refused += sum(bool(news.troubles) for news in inventory.subscriptions)
        return clock.time(), refused


def _resident() -> int:
    """Bytes in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    run()
