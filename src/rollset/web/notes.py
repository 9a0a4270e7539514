"""Tells the inventory which rollouts there are, so that the fleet page can show and filter by them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

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


class Newest:
    """The latest rollout of each set. All are read once; then those that go on, and those that have begun since."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._rows: dict[str, RolloutRow] = {}
        self._notes: dict[str, RolloutNote] = {}
        self._noted_at: dict[str, float] = {}
        self._read = False

    async def notes(self) -> dict[ScaleSetId, RolloutNote]:
        """What the inventory shall tell of each set."""
        for row in await self._changed() if self._read else await self._accounts.latest():
            self._notes[row.id] = await self._note(row)
            self._noted_at[row.id] = time.monotonic()
            self._rows[row.scale_set.lower()] = row
        self._read = True
        ids = {row.id for row in self._rows.values()}
        for one in self._notes.keys() - ids:
            del self._notes[one], self._noted_at[one]
        return {ScaleSetAddress.parse(row.scale_set).within(""): self._notes[row.id] for row in self._rows.values()}

    async def _changed(self) -> list[RolloutRow]:
        """The newest of each set, where it may have another note than the last time."""
        begun = max((row.begun_at for row in self._rows.values()), default=0.0) - CLOCKS_SECONDS
        going = await self._accounts.rows(GOING_MAX, Which(ended=False))
        recent = await self._accounts.rows(GOING_MAX, Which(begun_since=begun))
        over = [row for row in self._rows.values() if row.ended_at is None and row.id not in {one.id for one in going}]
        ended = [one for row in over for one in await self._accounts.rows(1, Which(scale_set=row.scale_set))]
        found: dict[str, RolloutRow] = {}
        for row in sorted((*going, *recent, *ended), key=lambda one: (one.begun_at, one.id)):
            found[row.scale_set.lower()] = row
        return [row for path, row in found.items() if row != self._rows.get(path) or self._is_old(row)]

    def _is_old(self, row: RolloutRow) -> bool:
        """Whether the process that carries it out may be gone meanwhile: no row tells that."""
        return row.ended_at is None and time.monotonic() - self._noted_at[row.id] >= RENEW_SECONDS

    async def _note(self, row: RolloutRow) -> RolloutNote:
        if row.ended_at is not None:
            return RolloutNote(id=row.id, words=row.ending or "ended", running=False, failed=row.exit_status == 1)
        report = await self._accounts.report(row.id)
        return RolloutNote(id=row.id, words=f"{report.word} {report.progress}", running=True)
