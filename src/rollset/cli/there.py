"""Rollouts at a dashboard that is asked over its HTTP API."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec

from rollset.cli import faults
from rollset.cli.face import face_for
from rollset.cli.follow import follow
from rollset.cli.office import CarryOn, Undoing, Undone
from rollset.cli.undoing import show_way
from rollset.client.address import find_address
from rollset.client.copy import Copy
from rollset.client.faults import Lost
from rollset.client.line import Line
from rollset.core.control import Signal
from rollset.engine.durable.faults import Holder
from rollset.engine.records import Unreadable
from rollset.faces.account import Account, Told
from rollset.faces.exactly import short_hash
from rollset.faces.journals import Garbled, Reading, read_reading
from rollset.faces.known import NEWEST_MAX, SUBSCRIPTION, Named, ServerPlace
from rollset.faces.orders import Meant, Wanted

QUIET_SECONDS_MAX = 5.0
"""Many may watch at one server: while a rollout only waits, each asks so seldom."""


class There:
    """An `Office` at the end of a line."""

    def __init__(self, line: Line, *, flagged: bool = False) -> None:
        self._line = line
        self._place = ServerPlace(url=line.url, flagged=flagged)
        self._copies: dict[str, Copy] = {}

    @property
    def place(self) -> ServerPlace:
        return self._place

    @property
    def quiet_seconds_max(self) -> float:
        return QUIET_SECONDS_MAX

    @property
    def taken_up(self) -> bool:
        return any(one.reading.taken_up for one in self._copies.values())

    async def reports(self, *, ended_too: bool) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page, pages = 1, 1
        while page <= pages and len(found) < NEWEST_MAX:
            told = await self._line.read("rollouts", state="all" if ended_too else "going", page=page)
            found += told["rollouts"]
            page, pages = page + 1, told["pages"]
        return [self._as_seen_from_here(one) for one in found[:NEWEST_MAX]]

    def _as_seen_from_here(self, report: dict[str, Any]) -> dict[str, Any]:
        """The same with the command that finds the server, instead of the one that finds the server's state."""
        if report["approve_with"] is not None:
            named = Named(id=str(report["id"]), place=self._place)
            report["approve_with"] = f"{named.command('approve')} --hash {short_hash(str(report['plan_hash']))}"
        return report

    async def account(self, named: str) -> Account:
        reading = await self._read(named)
        copy = self._copies[reading.row.id] = Copy(place=self._place, reading=reading)
        with self._understood():
            return Account(copy, reading.row)

    async def refresh(self, account: Account) -> Sequence[Told]:
        copy = self._copies[account.id]
        after = max((one.number for one in copy.reading.entries), default=copy.after)
        copy.after = after
        copy.reading = await self._read(account.id, after)
        with self._understood():
            return account.refresh()

    async def _read(self, named: str, after: int = 0) -> Reading:
        told = await self._line.read(
            "journal", of=named, after=after, subscription=os.environ.get(SUBSCRIPTION) or None
        )
        with self._understood():
            return read_reading(told)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Within, a journal is read that may be of another version."""
        try:
            yield
        except (Garbled, Unreadable, msgspec.DecodeError) as error:
            raise self._line.stranger(f"its journal cannot be read: {error}") from error

    async def holder(self, account: Account) -> Holder | None:
        return self._copies[account.id].reading.holder

    async def workers(self) -> int:
        return max((one.reading.workers for one in self._copies.values()), default=0)

    async def leave(self, account: Account, wanted: Wanted, meant: Meant) -> Signal | None:
        if meant.already:
            return None
        known = max((one.number for one in account.signals), default=0)
        body = {"verb": wanted.verb.value, "checkpoint": meant.checkpoint, "plan": wanted.plan_hash}
        lost: Lost | None = None
        try:
            await self._line.send(f"rollouts/{account.id}/orders", body)
        except Lost as error:
            lost = error
        # Whatever was answered, the journal says what was left; so an order is never sent a second time.
        await self.refresh(account)
        left = [one for one in account.signals if one.number > known and one.verb is wanted.verb]
        if lost is not None and not left:
            raise Lost(
                f"{lost}; {wanted.verb} is not among the orders of {account.id}: look at it with "
                f"{account.named.command('status')}, then order it again"
            ) from lost
        return left[-1] if left else None

    async def bring_back(self, undoing: Undoing, account: Account) -> Undone:
        way = await self._line.read(f"rollouts/{account.id}/way-back")
        show_way(way["scale_set"], way["lines"], way["count"], undoing)
        try:
            begun = await self._line.send(f"rollouts/{account.id}/orders", {"verb": "undo"})
        except Lost as error:
            listed = self._place.command("rollouts")
            raise Lost(f"{error}; whether the way back of {account.id} has begun is told by: {listed}") from error
        back = await self.account(str(begun["id"]))
        if not undoing.wait:
            return Undone(account=back, outcome=None)
        return Undone(account=back, outcome=await follow(self, back, face_for(undoing.console)))

    @property
    def carry_on(self) -> CarryOn | None:
        return None

    def tells(self, tell: Callable[[str], None]) -> None:
        self._line.tell = tell


@asynccontextmanager
async def opened_there(url: str, *, flagged: bool) -> AsyncIterator[There]:
    """The rollouts of the dashboard at `url`."""
    async with opened_line(url) as line:
        yield There(line, flagged=flagged)


def opened_line(url: str) -> Line:
    """A line to the dashboard at `url`, with the token of the environment.

    Raises:
        UsageError: it cannot be the address of one.
        NotAdmitted: there is no token for it.
    """
    return Line(find_address(url, os.environ), faults.say)
