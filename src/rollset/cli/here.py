"""Rollouts in a database that this process reads itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from rollset.cli.beginning import queue_name
from rollset.cli.face import Face
from rollset.cli.foreground import Foreground
from rollset.cli.office import CarryOn, Undoing, Undone
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure
from rollset.cli.undoing import undo_ended
from rollset.core.control import Signal
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import EVERY, Ledger, Which
from rollset.engine.durable.place import State
from rollset.engine.durable.presence import Presence, who
from rollset.engine.durable.workers import count_workers
from rollset.faces.account import Account, Told, holder
from rollset.faces.known import NEWEST_MAX, find_rollout
from rollset.faces.orders import Meant, Wanted
from rollset.faces.report import Report, report_document


class Here:
    """An `Office` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledger = Ledger(database)
        self._presence = Presence(database)

    @property
    def place(self) -> State:
        return self._database.state

    @property
    def quiet_seconds_max(self) -> float:
        return 0.0  # To look again costs a read of a file.

    @property
    def taken_up(self) -> bool:
        return not self._database.is_sqlite

    async def reports(self, *, ended_too: bool) -> list[dict[str, Any]]:
        rows = self._ledger.rollouts(NEWEST_MAX, EVERY if ended_too else Which(ended=False))
        return [report_document(Report.of(Account(self._ledger, row), self._presence)) for row in rows]

    async def account(self, named: str) -> Account:
        return Account(self._ledger, find_rollout(self._ledger, named))

    async def refresh(self, account: Account) -> Sequence[Told]:
        return await asyncio.to_thread(account.refresh)

    async def holder(self, account: Account) -> Holder | None:
        return await asyncio.to_thread(holder, self._presence, account.row)

    async def workers(self) -> int:
        return await asyncio.to_thread(count_workers, self._presence)

    async def leave(self, account: Account, _wanted: Wanted, meant: Meant) -> Signal | None:
        return meant.leave(self._ledger, account.id, who())

    async def bring_back(self, undoing: Undoing, account: Account) -> Undone:
        return await undo_ended(undoing, self, self._database, account)

    @property
    def carry_on(self) -> CarryOn | None:
        return None if self.taken_up else self._carry_on

    async def _carry_on(self, account: Account, connection: ConnectionFlags, face: Face) -> None:
        with self._presence:
            async with open_azure(connection, face.paused) as azure:
                endpoint = queue_name(connection)
                await Foreground(azure=azure, presence=self._presence, endpoint=endpoint, face=face).go_on(account)
        account.refresh()

    def tells(self, _tell: Callable[[str], None]) -> None:
        """A database answers at once."""
