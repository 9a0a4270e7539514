"""From a wish to a rollout: continues the one that was cut off, or plans, asks, claims the set and begins a new one.

the set is free                        plan, question, claim, begin
its rollout's process is gone          the same wish goes on, without a question; another one is refused
its rollout is alive, or waits for     refused: who has it since when, and how to follow it
a worker
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from rich.console import Console

from rollset.cli import faults
from rollset.cli.asking import ask
from rollset.cli.beginning import Rolled, Starter, queue_name
from rollset.cli.face import face_for
from rollset.cli.findings import print_findings
from rollset.cli.here import Here
from rollset.cli.options import ConnectionFlags
from rollset.cli.planned import print_plan
from rollset.cli.session import open_azure
from rollset.cli.statedir import opened
from rollset.core.errors import UnsafeError
from rollset.core.plan import Plan
from rollset.core.preflight.examine import refuse_blocked, worth_telling
from rollset.core.preflight.safety import refuse_unsafe
from rollset.engine.durable.claims import Claim, Wanted, find_held
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence, who
from rollset.engine.order import Order
from rollset.engine.preflight import examine_plan
from rollset.engine.prepare import Wish, prepare
from rollset.faces.account import Account, spoken_ago
from rollset.faces.agreed import Agreed
from rollset.faces.ended import nothing_to_do
from rollset.faces.hours import notes_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """What the user wants, where it is kept, and where he looks."""

    wish: Wish
    agreed: Agreed | None
    """The plan that was agreed to, where it is not asked for now."""
    budget_named: bool
    notes: tuple[str, ...]
    """What is to be said of how it was asked for."""
    accepted: tuple[str, ...]
    """Names of blocking findings to go on in spite of."""
    yes: bool
    start_only: bool
    detach: bool
    state: str | None
    connection: ConnectionFlags
    console: Console


async def carry_out(wanting: Wanting) -> Rolled:
    """Does what is wanted.

    Raises:
        UnsafeError: the plan is not safe, the set is held by another rollout, or nobody is there to be asked.
        Declined: the answer was no.
    """
    face = face_for(wanting.console)
    with opened(wanting.state) as database, Presence(database) as presence:
        async with open_azure(wanting.connection, face.paused) as azure:
            endpoint, office = queue_name(wanting.connection), Here(database)
            starter = Starter(azure=azure, presence=presence, endpoint=endpoint, face=face, office=office)
            rolling = _Rolling(wanting, starter)
            if (former := rolling.find_former()) is not None:
                return await rolling.go_on(former)
            return await rolling.begin()


class _Rolling:
    """One command at work."""

    def __init__(self, wanting: Wanting, starter: Starter) -> None:
        self._wanting = wanting
        self._starter = starter

    # A rollout that was cut off

    def find_former(self) -> Account | None:
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

    async def go_on(self, account: Account) -> Rolled:
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

    async def begin(self) -> Rolled:
        wanting = self._wanting
        plan = await prepare(self._starter.azure, wanting.wish)
        print_plan(plan, wanting.console, (*wanting.notes, *notes_on(plan)))
        if wanting.agreed is not None:
            wanting.agreed.check(plan)
        refuse_unsafe(plan, told_otherwise=wanting.budget_named)
        if plan.nothing_to_do:
            return Rolled(outcome=nothing_to_do(plan))
        await self._check(plan)
        if not wanting.yes:
            ask(wanting.console)
        wanting.console.print()
        return await self._claim_and_roll(plan)

    async def _check(self, plan: Plan) -> None:
        """Looks around the set before anything is written, and tells what the plan does not.

        Raises:
            UnsafeError: something blocks, and was not accepted.
        """
        wanting = self._wanting
        budget_named = wanting.budget_named
        examined = await examine_plan(self._starter.azure, plan, budget_named=budget_named, now=time.time())
        print_findings(worth_telling(examined.findings), wanting.console)
        refuse_blocked(examined.findings, wanting.accepted)

    async def _claim_and_roll(self, plan: Plan) -> Rolled:
        by, wanting = who(), self._wanting

        def order(claimed: Claim) -> Order:
            made = Order.of(plan, id=claimed.id, by=by, begun_at=claimed.begun_at, wish=wanting.wish)
            return replace(made, start_only=wanting.start_only)

        wanted = Wanted(scale_set=plan.fleet.scale_set.id.path, image=str(plan.job.image), started_by=by)
        return await self._starter.begin(wanted, order, detach=wanting.detach)


def _begun(account: Account) -> str:
    return f"{spoken_ago(time.time() - account.row.begun_at)} by {account.row.started_by}"
