"""The real client in front of the real emulator, in this process and in virtual time.

    async with emulated(fleet("web", capacity=20)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        await azure.fault(kind="http", status=503, times=2)

Each request goes through the emulator's whole ASGI application; time passes only where somebody waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from azure.core.rest import HttpRequest

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.arm.pauses import Pause
from rollset.core.ids import ScaleSetId
from rollset.emulator.app import create_app
from rollset.emulator.fleet import Fleet
from rollset.emulator.world import World
from tests.support.inprocess import AppTransport, StaticCredential
from tests.support.virtual import virtual_loop

ENDPOINT = Endpoint.parse("http://localhost:8040")
GROUP = "rg"


def fleet(*names: str, **members: Any) -> Fleet:
    """A fleet file with one set for each name, all alike; `members` are those of a set there."""
    document = {"scale_sets": [{"resource_group": GROUP, "name": name, **members} for name in names]}
    return msgspec.convert(document, Fleet, strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated:
    """An emulated Azure and a client of it."""

    world: World
    transport: AppTransport
    client: Azure
    pauses: list[Pause] = field(default_factory=list)

    @property
    def subscription(self) -> str:
        return self.world.subscription_id

    def id(self, name: str, group: str = GROUP) -> ScaleSetId:
        return ScaleSetId(subscription=self.subscription, resource_group=group, name=name)

    async def fault(self, **members: Any) -> None:
        """Makes something go wrong from now on; the members are those of `POST /emulator/faults`."""
        request = HttpRequest("POST", f"{ENDPOINT}/emulator/faults", json=members)
        answer = await self.transport.send(request)
        assert answer.status_code == 201, answer.content


@asynccontextmanager
async def emulated(fleet: Fleet | None = None, *, seed: int = 1, throttle: bool = False) -> AsyncIterator[Emulated]:
    """An emulator with this fleet, by default the article's, whose clock is the running virtual loop."""
    world = World(clock=virtual_loop(), seed=seed, fleet=fleet, throttle=throttle)
    transport = AppTransport(create_app(world))
    pauses: list[Pause] = []
    credential = StaticCredential(world.tokens.issue()[0])
    async with Azure.open(ENDPOINT, credential=credential, transport=transport, on_pause=pauses.append) as client:
        yield Emulated(world=world, transport=transport, client=client, pauses=pauses)
