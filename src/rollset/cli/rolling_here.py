"""A wish that becomes a rollout of this process, or of a worker that reads the same database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from rollset.cli import faults
from rollset.cli.beginning import Rolled, Starter, queue_name
from rollset.cli.face import face_for
from rollset.cli.here import Here
from rollset.cli.rolling import Wanting
from rollset.cli.session import open_azure
from rollset.cli.statedir import opened
from rollset.core.errors import UnsafeError
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding
from rollset.engine.durable.claims import Claim, Wanted, find_held
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence, who
from rollset.engine.durable.recalling import recalled
from rollset.engine.order import Order
from rollset.engine.preflight import examine_plan
from rollset.engine.prepare import prepare
from rollset.faces.account import Account, spoken_ago


@asynccontextmanager
async def opened_here(wanting: Wanting) -> AsyncIterator[RollingHere]:
    """Ready, with the database and Azure at hand."""
    face = face_for(wanting.console)
    with opened(wanting.where.state) as database, Presence(database) as presence:
        async with open_azure(wanting.connection, face.paused) as azure:
            endpoint, office = queue_name(wanting.connection), Here(database)
            yield RollingHere(
                wanting, Starter(azure=azure, presence=presence, endpoint=endpoint, face=face, office=office)
            )


class RollingHere:
    """A `Yard` of this machine."""

    def __init__(self, wanting: Wanting, starter: Starter) -> None:
        self._wanting = wanting
        self._starter = starter

    # A rollout that was cut off

    async def go_on(self) -> Rolled | None:
        former = self._find_former()
        return None if former is None else await self._go_on(former)

    def _find_former(self) -> Account | None:
        """The unfinished rollout of the set that this command means, if its process is gone.

        Raises:
            Held: it is in good hands.
            UnsafeError: it is another one than this command means.
        """
        held = find_held(self._starter.presence, self._wanting.wish.scale_set.path)
        if held is None:
            return None
        if held.holder is not Holder.DEAD:
            raise held
        ledger = Ledger(self._starter.database)
        account = Account(ledger, ledger.rollout(held.rollout))
        if account.state is None:
            raise held
        order = account.state.order
        agreed = self._wanting.agreed is None or order.plan_hash.startswith(self._wanting.agreed.hash)
        if agreed and order.wish == self._wanting.wish and order.start_only is self._wanting.start_only:
            return account
        raise UnsafeError(
            f"{self._wanting.wish.scale_set} has an unfinished rollout onto {account.row.image}, begun "
            f"{_begun(account)}, whose process is gone, and this command asks for something else; carry it on with: "
            f"{account.named.command('resume')}, or end it with: {account.named.command('stop')}"
        )

    async def _go_on(self, account: Account) -> Rolled:
        """Carries on where it stands, without asking again: it was agreed to."""
        faults.say(f"continuing rollout {account.id}, begun {_begun(account)}")
        if not self._starter.database.is_sqlite:
            return Rolled(rollout=account.named) if self._wanting.detach else await self._starter.follow(account.id)
        if self._wanting.detach:
            raise UnsafeError(
                f"{account.id} was begun in the foreground, and no worker can take it up: run the same command without "
                "--detach"
            )
        return Rolled(rollout=account.named, outcome=await self._starter.foreground.go_on(account))

    # A new one

    async def plan(self) -> Plan:
        plan = await prepare(self._starter.azure, self._wanting.wish)
        return await asyncio.to_thread(recalled, self._starter.database, plan)

    async def findings(self, plan: Plan) -> Sequence[Finding]:
        named = self._wanting.budget_named
        return (await examine_plan(self._starter.azure, plan, budget_named=named, now=time.time())).findings

    async def begin(self, plan: Plan) -> Rolled:
        by, wanting = who(), self._wanting

        def order(claimed: Claim) -> Order:
            made = Order.of(plan, id=claimed.id, by=by, begun_at=claimed.begun_at, wish=wanting.wish)
            return replace(made, start_only=wanting.start_only)

        wanted = Wanted(scale_set=plan.fleet.scale_set.id.path, image=str(plan.job.image), started_by=by)
        return await self._starter.begin(wanted, order, detach=wanting.detach)


def _begun(account: Account) -> str:
    return f"{spoken_ago(time.time() - account.row.begun_at)} by {account.row.started_by}"
