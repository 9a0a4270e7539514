"""From an order to what came of it: leaves it for the rollout, and stays until it has been taken in or carried out.

a process has the rollout              it takes the order within moments
it waits for a worker                  the worker takes it, first of all
its process is gone, one machine       resume, stop and undo carry it on here; the others wait for that
its process is gone, a database        a worker takes it up within half a minute
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from rich.console import Console

from rollset.cli import faults
from rollset.cli.face import face_for
from rollset.cli.follow import follow
from rollset.cli.office import Office, Undoing, Where, opened_office, report_on
from rollset.cli.options import ConnectionFlags
from rollset.cli.ordered import Given
from rollset.core.control import Signal, Verb
from rollset.core.selection import spoken_ids
from rollset.engine.durable.faults import Holder
from rollset.faces.account import Account, spoken_ago
from rollset.faces.known import worker_command
from rollset.faces.orders import CARRIED_ON, TO_THE_END, Wanted, check_order
from rollset.faces.status import outcome_of

TAKEN_SECONDS_MAX = 30.0
"""How long an order is waited for to be taken in."""

LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """What the user orders, of which rollout, and where he looks."""

    verb: Verb
    rollout: str
    checkpoint: int | None
    plan_hash: str | None
    """The plan that is approved, or the beginning of its hash; `None` approves whichever it is."""
    wait: bool
    yes: bool
    where: Where
    connection: ConnectionFlags
    console: Console


async def give(ordering: Ordering) -> Given:
    """Gives the order.

    Raises:
        NoSuchRollout: no rollout is meant, or several.
        UsageError: the order makes no sense for it.
        UnsafeError: another plan is approved than it carries out.
    """
    async with opened_office(ordering.where) as office:
        account = await office.account(ordering.rollout)
        if account.ended and ordering.verb is Verb.UNDO:
            return await _undo_ended(ordering, office, account)
        return await _Giving(ordering, office, account).give()


async def _undo_ended(ordering: Ordering, office: Office, account: Account) -> Given:
    undoing = Undoing(yes=ordering.yes, wait=ordering.wait, connection=ordering.connection, console=ordering.console)
    undone = await office.bring_back(undoing, account)
    report = await report_on(office, undone.account)
    words = f"begun, to undo {account.id}; follow it with: {undone.account.named.command('watch')}"
    return Given(verb=Verb.UNDO, report=report, taken=True, words=words, outcome=undone.outcome)


class _Giving:
    """One order at work."""

    def __init__(self, ordering: Ordering, office: Office, account: Account) -> None:
        self._ordering = ordering
        self._verb = ordering.verb
        self._office = office
        self._account = account
        self._checkpoint: int | None = None

    async def give(self) -> Given:
        account, verb = self._account, self._verb
        wanted = Wanted(verb=verb, checkpoint=self._ordering.checkpoint, plan_hash=self._ordering.plan_hash)
        meant = check_order(account, wanted)
        self._checkpoint = meant.checkpoint
        gone = await self._office.holder(account) is Holder.DEAD
        if meant.already and not (gone and verb in CARRIED_ON):
            return await self._given(None, meant.already)
        # A rollout that is not paused needs no order to be carried on.
        signal = await self._office.leave(account, wanted, meant)
        if gone:
            return await self._give_to_nobody(signal)
        if not self._ordering.wait:
            return await self._given(signal, f"{verb} is ordered")
        if await self._office.holder(account) is Holder.WAITED_FOR and not await self._office.workers():
            command = worker_command(self._office.place)
            words = f"{verb} is ordered; no worker is running to obey it: start one with {command}"
            return await self._given(signal, words)
        return await self._give_to_somebody(signal)

    # Where a process has it, or will

    async def _give_to_somebody(self, signal: Signal | None) -> Given:
        assert signal is not None, "what holds already is not ordered again"
        if self._verb in TO_THE_END:
            return await self._follow(signal)
        taken = await self._wait_until_taken(signal)
        return await self._given(signal, self._words(taken=taken), taken=taken)

    async def _follow(self, signal: Signal | None) -> Given:
        outcome = await follow(self._office, self._account, face_for(self._ordering.console))
        return replace(await self._given(signal, ""), taken=True, outcome=outcome)

    async def _wait_until_taken(self, signal: Signal) -> bool:
        deadline = time.monotonic() + TAKEN_SECONDS_MAX
        while time.monotonic() < deadline:
            await self._office.refresh(self._account)
            if self._account.control.taken >= signal.number or self._account.ended:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False

    def _words(self, *, taken: bool) -> str:
        account, state = self._account, self._account.state
        if not taken:
            return f"{self._verb} is ordered, and not taken in yet after {TAKEN_SECONDS_MAX:.0f} s: it will be"
        if account.ended:
            return f"has ended meanwhile ({account.row.ending})"
        in_flight = () if state is None else state.progress.in_flight
        match self._verb:
            case Verb.PAUSE:
                still = f"; in flight still, and waited for: {spoken_ids(in_flight)}" if in_flight else ""
                return f"paused: nothing is started until {account.named.command('resume')}{still}"
            case Verb.RESUME:
                return "goes on"
            case _:
                return f"checkpoint {self._checkpoint} is approved"

    # Where its process is gone

    async def _give_to_nobody(self, signal: Signal | None) -> Given:
        account, verb = self._account, self._verb
        carry_on = self._office.carry_on
        if self._office.taken_up:
            if not self._ordering.wait or verb not in TO_THE_END:
                words = f"{verb} is ordered; its process is gone, and a worker takes it up within half a minute"
                return await self._given(signal, words)
            return await self._follow(signal)
        if carry_on is None:
            words = f"{verb} is ordered; its process is gone, so that waits until it is carried on where its state is"
            return await self._given(signal, words)
        if verb not in CARRIED_ON or not self._ordering.wait:
            words = f"{verb} is ordered; its process is gone, so that waits until: {account.named.command('resume')}"
            return await self._given(signal, words)
        faults.say(
            f"carrying on {account.id} here, for its process is gone (begun "
            f"{spoken_ago(time.time() - account.row.begun_at)} by {account.row.started_by})"
        )
        await carry_on(account, self._ordering.connection, face_for(self._ordering.console))
        return replace(await self._given(signal, ""), taken=True, outcome=outcome_of(account))

    async def _given(self, signal: Signal | None, words: str, *, taken: bool = False) -> Given:
        report = await report_on(self._office, self._account)
        return Given(verb=self._verb, report=report, signal=signal, taken=taken, words=words)
