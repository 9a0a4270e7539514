"""An inventory in front of the emulator, in virtual time; with a second subscription where a test wants one."""

import asyncio
import json
from contextlib import asynccontextmanager

from azure.core.rest import HttpRequest

from rollset.arm.azure import Azure
from rollset.emulator.app import create_app
from rollset.emulator.world import SUBSCRIPTION_ID, World
from rollset.fleet.inventory import open_inventory
from rollset.fleet.tempo import TEMPO
from tests.support.emulated import ENDPOINT, Emulated, emulated
from tests.support.emulated import fleet as alike
from tests.support.inprocess import AppTransport, StaticCredential
from tests.support.virtual import virtual_loop

OLD = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126"
NEW_VERSION = "4.0.20160229"
SECOND = "5b5c0000-0000-4000-8000-000000000002"
WAIT_SECONDS_MAX = 3600
"""Of virtual time."""


@asynccontextmanager
async def stage(*names, fleet=None, subscriptions=(), throttle=False, tempo=TEMPO, **members):
    """An emulator with these sets, or this fleet, and an inventory of it."""
    async with (
        emulated(fleet or alike(*names, **members), throttle=throttle) as azure,
        open_inventory(azure.client, subscriptions, clock=virtual_loop().now, tempo=tempo) as inventory,
    ):
        yield azure, inventory


async def until(inventory, true):
    """Waits for news until it is true."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        version = inventory.version
        while not true():
            version = (await anext(inventory.follow(version))).version


async def until_known(inventory, sets):
    """Waits until so many sets are listed and looked at, and it is known what is offered of their images."""
    await until(
        inventory,
        lambda: len(inventory.rows) == sets and all(row.look and row.offered for row in inventory.rows),
    )


async def act(azure, method, path, body=None):
    """What somebody else does to a set meanwhile; `path` goes on from that of the group's sets."""
    path = f"/subscriptions/{azure.subscription}/resourceGroups/rg/providers/Microsoft.Compute/{path}"
    headers = {"Authorization": f"Bearer {azure.world.tokens.issue()[0]}"}
    request = HttpRequest(method, f"{ENDPOINT}{path}?api-version=2024-07-01", headers=headers, json=body)
    answer = await azure.transport.send(request)
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content or b"{}")


async def clear_faults(azure):
    await azure.transport.send(HttpRequest("DELETE", f"{ENDPOINT}/emulator/faults"))


class TwoSubscriptions(AppTransport):
    """Two emulators as two subscriptions of one Azure; the second one's id is put into what it says."""

    def __init__(self, first, second):
        super().__init__(create_app(first))
        self._second = AppTransport(create_app(second))

    async def _call(self, request, seconds):
        if request.url.partition("?")[0].endswith("/subscriptions"):
            both = [await super()._call(request, seconds), await self._renamed(request, seconds)]
            value = [one for answer in both for one in json.loads(b"".join(answer.chunks))["value"]]
            both[0].chunks = [json.dumps({"value": value}).encode()]
            return both[0]
        return await (self._renamed(request, seconds) if SECOND in request.url else super()._call(request, seconds))

    async def _renamed(self, request, seconds):
        url = request.url.replace(SECOND, SUBSCRIPTION_ID)
        inner = HttpRequest(request.method, url, headers=dict(request.headers), content=request.content)
        answer = await self._second._call(inner, seconds)
        answer.chunks = [b"".join(answer.chunks).replace(SUBSCRIPTION_ID.encode(), SECOND.encode())]
        answer.headers = {
            name: str(len(answer.chunks[0])) if name == "content-length" else text
            for name, text in answer.headers.items()
        }
        return answer


@asynccontextmanager
async def two_subscriptions(first, second, subscriptions=()):
    """An inventory of two subscriptions with these fleets."""
    worlds = [World(clock=virtual_loop(), seed=1, fleet=one) for one in (first, second)]
    transport = TwoSubscriptions(*worlds)
    token, _ = worlds[0].tokens.issue()
    worlds[1].tokens = worlds[0].tokens
    credential = StaticCredential(token)
    async with (
        Azure.open(ENDPOINT, credential=credential, transport=transport) as client,
        open_inventory(client, subscriptions, clock=virtual_loop().now) as inventory,
    ):
        yield Emulated(world=worlds[0], transport=transport, client=client), inventory
