"""Tells the inventory which rollouts there are, so that the fleet page can show and filter by them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from rollset.core.errors import RollsetError
from rollset.core.ids import ScaleSetAddress, ScaleSetId
from rollset.engine.durable.ledger import RolloutRow, Which
from rollset.fleet.inventory import Inventory
from rollset.fleet.row import RolloutNote
from rollset.web.accounts import Accounts

TELL_SECONDS = 1.0
"""Between two tellings."""

RENEW_SECONDS = 10.0
"""Between two notes of a rollout of which the database tells nothing new."""

CLOCKS_SECONDS = 120.0
"""Who begins a rollout goes by a clock of his own; so far apart they may be."""

GOING_MAX = 10_000
"""So many at most are asked for at once: there is one for each set."""


@asynccontextmanager
async def telling_rollouts(accounts: Accounts, inventory: Inventory) -> AsyncIterator[None]:
    """Within, the inventory knows of the rollouts."""
    task = asyncio.create_task(_tell(accounts, inventory), name="rollouts for the inventory")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tell(accounts: Accounts, inventory: Inventory) -> None:
    newest = Newest(accounts)
    while True:  # Until this is cancelled.
        # The database may be away for a while; what was told stays until it is back.
        with suppress(RollsetError):
            inventory.tell_rollouts(await newest.notes())
        await asyncio.sleep(TELL_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """The latest rollout of a set, and what was told of it when, on the monotonic clock."""

    row: RolloutRow
    note: RolloutNote
    at: float


class Newest:
    """The latest rollout of each set. All are read once; then those that go on, and those that have begun since."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._noted: dict[str, _Noted] = {}
        """By the ARM path of the set, in lower case."""
        self._read = False

    async def notes(self) -> dict[ScaleSetId, RolloutNote]:
        """What the inventory shall tell of each set."""
        for row in await self._changed() if self._read else await self._accounts.latest():
            note = await self._note(row)
            self._noted[row.scale_set.lower()] = _Noted(row=row, note=note, at=time.monotonic())
        self._read = True
        return {ScaleSetAddress.parse(one.row.scale_set).within(""): one.note for one in self._noted.values()}

    async def _changed(self) -> list[RolloutRow]:
        """The newest of each set, where it may have another note than the last time."""
        known = [one.row for one in self._noted.values()]
        begun = max((row.begun_at for row in known), default=0.0) - CLOCKS_SECONDS
        going = await self._accounts.rows(GOING_MAX, Which(ended=False))
        recent = await self._accounts.rows(GOING_MAX, Which(begun_since=begun))
        go_on = {row.id for row in going}
        over = [row for row in known if row.ended_at is None and row.id not in go_on]
        ended = [one for row in over for one in await self._accounts.rows(1, Which(scale_set=row.scale_set))]
        found: dict[str, RolloutRow] = {}
        for row in sorted((*going, *recent, *ended), key=lambda one: (one.begun_at, one.id)):
            found[row.scale_set.lower()] = row
        return [row for path, row in found.items() if self._is_due(row, self._noted.get(path))]

    @staticmethod
    def _is_due(row: RolloutRow, noted: _Noted | None) -> bool:
        """Whether it needs another note; no row tells that the process that carries it out is gone meanwhile."""
        if noted is None or row != noted.row:
            return True
        return row.ended_at is None and time.monotonic() - noted.at >= RENEW_SECONDS

    async def _note(self, row: RolloutRow) -> RolloutNote:
        if row.ended_at is not None:
            return RolloutNote(id=row.id, words=row.ending or "ended", running=False, failed=row.exit_status == 1)
        report = await self._accounts.report(row.id)
        return RolloutNote(id=row.id, words=f"{report.word} {report.progress}", running=True)
