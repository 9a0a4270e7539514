"""Begins a rollout: claims the scale set, and carries it out here, or leaves it to a worker and follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.face import Face
from rollset.cli.follow import follow
from rollset.cli.foreground import Foreground
from rollset.cli.office import Office
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import endpoint_of
from rollset.engine.durable.claims import Claim, Wanted, claim
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.workers import count_workers
from rollset.engine.events import Outcome
from rollset.engine.order import Order
from rollset.engine.records import encode_order
from rollset.faces.known import Named, worker_command


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """How it went: `outcome` is `None` where the rollout was left to a worker, `rollout` where there was none to do."""

    rollout: Named | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """What it takes to begin a rollout. `presence` is entered and holds what is claimed; `office` reads it."""

    azure: Azure
    presence: Presence
    endpoint: str
    face: Face
    office: Office

    @property
    def database(self) -> Database:
        return self.presence.database

    async def begin(self, wanted: Wanted, make: Callable[[Claim], Order], *, detach: bool = False) -> Rolled:
        """Claims the set and begins what `make` makes of the claim.

        Raises:
            Held: another rollout of the set has not ended.
        """
        claimed = claim(self.presence, wanted)
        order, named = make(claimed), self.named(claimed.id, wanted.undoes)
        if self.database.is_sqlite and not detach:
            return Rolled(rollout=named, outcome=await self.foreground.start(claimed, order))
        from rollset.engine.durable.queueing import leave  # noqa: PLC0415 (takes half a second)

        leave(self.presence, claimed, encode_order(order), self.endpoint)
        if not count_workers(self.presence):
            command = worker_command(self.database.state)
            faults.say(f"no worker is running: the rollout waits until one is started with: {command}")
        return Rolled(rollout=named) if detach else await self.follow(claimed.id)

    async def follow(self, rollout: str) -> Rolled:
        """Shows what a worker does for it."""
        account = await self.office.account(rollout)
        return Rolled(rollout=account.named, outcome=await follow(self.office, account, self.face))

    def named(self, rollout: str, undoes: str | None) -> Named:
        return Named(id=rollout, place=self.database.state, undoes=undoes)

    @property
    def foreground(self) -> Foreground:
        return Foreground(azure=self.azure, presence=self.presence, endpoint=self.endpoint, face=self.face)


def queue_name(connection: ConnectionFlags) -> str:
    """Azure's host and port, by which workers are told apart."""
    return urlsplit(endpoint_of(connection).url).netloc
