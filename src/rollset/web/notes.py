"""Tells the inventory which rollouts there are, so that the fleet page can show and filter by them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rollset.core.errors import RollsetError
from rollset.core.ids import ScaleSetAddress, ScaleSetId
from rollset.engine.durable.ledger import RolloutRow
from rollset.fleet.inventory import Inventory
from rollset.fleet.row import RolloutNote
from rollset.web.accounts import Accounts

TELL_SECONDS = 1.0
"""Between two tellings."""


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
    while True:  # Until this is cancelled.
        # The database may be away for a while; what was told stays until it is back.
        with suppress(RollsetError):
            inventory.tell_rollouts(await _notes(accounts))
        await asyncio.sleep(TELL_SECONDS)


async def _notes(accounts: Accounts) -> dict[ScaleSetId, RolloutNote]:
    """The latest rollout of each set."""
    found: dict[str, tuple[ScaleSetId, RolloutNote]] = {}
    for row in await accounts.rows():
        if row.scale_set.lower() not in found:
            scale_set = ScaleSetAddress.parse(row.scale_set).within("")
            found[row.scale_set.lower()] = (scale_set, await _note(accounts, row))
    return dict(found.values())


async def _note(accounts: Accounts, row: RolloutRow) -> RolloutNote:
    if row.ended_at is not None:
        return RolloutNote(id=row.id, words=row.ending or "ended", running=False, failed=row.exit_status == 1)
    report = await accounts.report(row.id)
    return RolloutNote(id=row.id, words=f"{report.word} {report.progress}", running=True)
