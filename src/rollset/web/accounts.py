"""The rollouts that pages show: one reading of a journal serves everybody, and each reading costs what is new."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from rollset.core.ids import ScaleSetId
from rollset.engine.durable.ledger import Ledger, RolloutRow
from rollset.engine.durable.presence import Presence
from rollset.faces.account import Account
from rollset.faces.known import NEWEST_MAX, find_rollout
from rollset.faces.report import Report

LOOK_SECONDS = 0.4
"""Between two looks into the journal of a rollout that somebody looks at."""

KEPT_MAX = 200
"""So many journals are kept as read; the one that was asked for longest ago goes first."""


@dataclass(slots=True)
class _Kept:
    account: Account
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Accounts:
    """Reads rollouts in threads, for the database may take its time."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._ledger = Ledger(presence.database)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def rows(self, limit: int = NEWEST_MAX) -> list[RolloutRow]:
        """The newest rollouts."""
        return await asyncio.to_thread(self._ledger.rollouts, limit)

    async def of_set(self, scale_set: ScaleSetId) -> list[RolloutRow]:
        """Those of one set, newest first."""
        path = scale_set.path.lower()
        return [row for row in await self.rows() if row.scale_set.lower() == path]

    async def current(self, scale_set: ScaleSetId) -> Report | None:
        """How the rollout of a set stands that has not ended; none where there is none."""
        rows = await self.of_set(scale_set)
        going = next((row for row in rows if row.ended_at is None), None)
        return None if going is None else await self.report(going.id)

    async def report(self, rollout: str) -> Report:
        """How a rollout stands now.

        Raises:
            NoSuchRollout: there is none of that name.
        """
        kept = self._kept.get(rollout)
        if kept is None:
            row = await asyncio.to_thread(find_rollout, self._ledger, rollout)
            account = await asyncio.to_thread(Account, self._ledger, row)
            kept = self._kept.setdefault(rollout, _Kept(account))
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(rollout)
        async with kept.lock:
            return await asyncio.to_thread(self._read, kept.account)

    def _read(self, account: Account) -> Report:
        if not account.ended:
            account.refresh()
        return Report.of(account, self._presence)

    async def follow(self, rollout: str) -> AsyncGenerator[Report]:
        """How it stands, again and again, until it has ended; whoever sends it on sends what differs."""
        while True:  # As long as the rollout, which has bounds of its own, or the reader.
            report = await self.report(rollout)
            yield report
            if report.account.ended:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def follow_current(self, scale_set: ScaleSetId) -> AsyncGenerator[Report | None]:
        """The same for whichever rollout a set has."""
        while True:  # As long as the reader reads.
            yield await self.current(scale_set)
            await asyncio.sleep(LOOK_SECONDS)
