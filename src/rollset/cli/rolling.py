"""From a wish to a rollout: continues the one that was cut off, or plans, asks, claims the set and begins a new one.

the set is free                        plan, question, claim, begin
its rollout's process is gone          the same wish goes on, without a question; another one is refused
its rollout is alive, or waits for     refused: who has it since when, and how to follow it
a worker
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from rich.console import Console

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.account import Account, spoken_ago
from rollset.cli.asking import ask
from rollset.cli.ended import nothing_to_do
from rollset.cli.face import Face, face_for
from rollset.cli.follow import follow
from rollset.cli.foreground import Foreground
from rollset.cli.options import ConnectionFlags
from rollset.cli.planned import print_plan
from rollset.cli.session import endpoint_of, open_azure
from rollset.cli.statedir import opened
from rollset.core.errors import UnsafeError
from rollset.core.plan import Plan, refuse_unsafe
from rollset.engine.durable.claims import Wanted, claim, find_held, give_up
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence, who
from rollset.engine.durable.workers import count_workers
from rollset.engine.events import Outcome
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import encode_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """What the user wants, where it is kept, and where he looks."""

    wish: Wish
    budget_named: bool
    yes: bool
    start_only: bool
    detach: bool
    state: str | None
    connection: ConnectionFlags
    console: Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """How it went: `outcome` is `None` where the rollout was left to a worker, `rollout` where there was none to do."""

    rollout: str | None = None
    outcome: Outcome | None = None


async def carry_out(wanting: Wanting) -> Rolled:
    """Does what is wanted.

    Raises:
        UnsafeError: the plan is not safe, the set is held by another rollout, or nobody is there to be asked.
        Declined: the answer was no.
    """
    face = face_for(wanting.console)
    with opened(wanting.state) as database, Presence(database) as presence:
        async with open_azure(wanting.connection, face.paused) as azure:
            rolling = _Rolling(wanting, database, presence, azure, face)
            if (former := rolling.find_former()) is not None:
                return await rolling.go_on(former)
            return await rolling.begin()


class _Rolling:
    """One command at work."""

    def __init__(self, wanting: Wanting, database: Database, presence: Presence, azure: Azure, face: Face) -> None:
        self._wanting = wanting
        self._database = database
        self._presence = presence
        self._ledger = Ledger(database)
        self._azure = azure
        self._face = face
        self._endpoint = queue_name(wanting.connection)

    # A rollout that was cut off

    def find_former(self) -> Account | None:
        """The unfinished rollout of the set that this command means, if its process is gone.

        Raises:
            Held: it is in good hands.
            UnsafeError: it is another one than this command means.
        """
        held = find_held(self._presence, self._wanting.wish.scale_set.path)
        if held is None:
            return None
        if held.holder is not Holder.DEAD:
            raise held
        account = Account(self._ledger, self._ledger.rollout(held.rollout))
        if account.state is None:
            raise held
        order = account.state.order
        if order.wish == self._wanting.wish and order.start_only is self._wanting.start_only:
            return account
        raise UnsafeError(
            f"{self._wanting.wish.scale_set} has an unfinished rollout onto {account.row.image}, begun "
            f"{_begun(account)}, whose process is gone, and this command asks for something else; carry it on with: "
            f"rollset resume {account.id}, or end it with: rollset stop {account.id}"
        )

    async def go_on(self, account: Account) -> Rolled:
        """Carries on where it stands, without asking again: it was agreed to."""
        faults.say(f"continuing rollout {account.id}, begun {_begun(account)}")
        if not self._database.is_sqlite:
            return await self._follow(account)
        if self._wanting.detach:
            raise UnsafeError(
                f"{account.id} was begun in the foreground, and no worker can take it up: run the same command without "
                "--detach"
            )
        return Rolled(rollout=account.id, outcome=await self._here().go_on(account))

    # A new one

    async def begin(self) -> Rolled:
        wanting = self._wanting
        plan = await prepare(self._azure, wanting.wish)
        print_plan(plan, wanting.console)
        refuse_unsafe(plan, told_otherwise=wanting.budget_named)
        if plan.nothing_to_do:
            return Rolled(outcome=nothing_to_do(plan))
        if not wanting.yes:
            ask(wanting.console)
        wanting.console.print()
        return await self._claim_and_roll(plan)

    async def _claim_and_roll(self, plan: Plan) -> Rolled:
        by = who()
        scale_set = plan.fleet.scale_set.id.path
        claimed = claim(self._presence, Wanted(scale_set=scale_set, image=str(plan.job.image), started_by=by))
        order = Order.of(plan, id=claimed.id, by=by, begun_at=claimed.begun_at, wish=self._wanting.wish)
        order = replace(order, start_only=self._wanting.start_only)
        if self._database.is_sqlite and not self._wanting.detach:
            return Rolled(rollout=claimed.id, outcome=await self._here().start(claimed, order))
        try:
            from rollset.engine.durable.queueing import enqueue  # noqa: PLC0415 (takes half a second)

            enqueue(self._presence, claimed, encode_order(order), self._endpoint)
        except BaseException:
            give_up(self._presence, claimed)
            raise
        self._say_without_workers()
        account = Account(self._ledger, self._ledger.rollout(claimed.id))
        return Rolled(rollout=claimed.id) if self._wanting.detach else await self._follow(account)

    async def _follow(self, account: Account) -> Rolled:
        if self._wanting.detach:
            return Rolled(rollout=account.id)
        return Rolled(rollout=account.id, outcome=await follow(account, self._face))

    def _say_without_workers(self) -> None:
        if not count_workers(self._presence):
            faults.say(
                f"no worker is running: the rollout waits until one is started with: {worker_command(self._database)}"
            )

    def _here(self) -> Foreground:
        return Foreground(azure=self._azure, presence=self._presence, endpoint=self._endpoint, face=self._face)


def queue_name(connection: ConnectionFlags) -> str:
    """Azure's host and port, by which workers are told apart."""
    return urlsplit(endpoint_of(connection).url).netloc


def worker_command(database: Database) -> str:
    """What starts a worker for this state."""
    return f"rollset worker --state {database.state}" if database.is_sqlite else "rollset worker"


def _begun(account: Account) -> str:
    return f"{spoken_ago(time.time() - account.row.begun_at)} by {account.row.started_by}"
