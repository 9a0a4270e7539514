"""The rollouts that pages show: one reading of a journal serves everybody, and each reading costs what is new."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rollset.core.errors import UsageError
from rollset.core.ids import ScaleSetId
from rollset.engine.durable.ledger import Ledger, RolloutRow
from rollset.engine.durable.presence import Presence
from rollset.faces.account import Account
from rollset.faces.known import NEWEST_MAX, find_rollout
from rollset.faces.orders import Wanted, check_order
from rollset.faces.report import Report
from rollset.web.watching.chronicle import Chronicle, Chronicler

LOOK_SECONDS = 0.4
"""Between two looks into the journal of a rollout that somebody looks at."""

LIST_SECONDS = 1.0
"""Between two looks at all of them."""

T = TypeVar("T")

KEPT_MAX = 60
"""So many journals are kept as read; the one that was asked for longest ago goes first."""


@dataclass(slots=True)
class _Kept:
    account: Account
    chronicler: Chronicler = field(default_factory=Chronicler)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.chronicler.hear(self.account)

    def refresh(self) -> None:
        """Reads what is new."""
        if not self.account.ended:
            self.account.refresh()
            self.chronicler.hear(self.account)


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
        kept = await self._keep(rollout)
        async with kept.lock:
            return await asyncio.to_thread(self._read, kept)

    async def chronicle(self, rollout: str) -> Chronicle:
        """How it stands now, with all that its journal tells.

        Raises:
            NoSuchRollout: there is none of that name.
        """
        kept = await self._keep(rollout)
        async with kept.lock:
            return await asyncio.to_thread(lambda: kept.chronicler.chronicle(self._read(kept), time.time()))

    async def _keep(self, rollout: str) -> _Kept:
        kept = self._kept.get(rollout)
        if kept is None:
            row = await asyncio.to_thread(find_rollout, self._ledger, rollout)
            account = await asyncio.to_thread(Account, self._ledger, row)
            kept = self._kept.setdefault(rollout, _Kept(account))
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(rollout)
        return kept

    def _read(self, kept: _Kept) -> Report:
        kept.refresh()
        return Report.of(kept.account, self._presence)

    async def leave(self, rollout: str, wanted: Wanted, by: str) -> None:
        """Leaves an order for it.

        Raises:
            UsageError: the order makes no sense for it, or would change nothing.
            UnsafeError: another plan is approved than it carries out.
        """
        kept = await self._keep(rollout)
        async with kept.lock:
            await asyncio.to_thread(self._leave, kept, wanted, by)

    def _leave(self, kept: _Kept, wanted: Wanted, by: str) -> None:
        kept.refresh()
        meant = check_order(kept.account, wanted)
        if meant.already:
            raise UsageError(f"{kept.account.id} {meant.already}: nothing was ordered")
        meant.leave(self._ledger, kept.account.id, by)

    async def follow_chronicle(self, rollout: str) -> AsyncGenerator[Chronicle]:
        """How it stands and how it came to that, again and again, until it has ended."""
        while True:  # As long as the rollout, which has bounds of its own, or the reader.
            chronicle = await self.chronicle(rollout)
            yield chronicle
            if chronicle.report.account.ended:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def every(self, look: Callable[[], Awaitable[T]]) -> AsyncGenerator[T]:
        """Looks again and again, as long as the reader reads."""
        while True:
            yield await look()
            await asyncio.sleep(LIST_SECONDS)

    async def follow_current(self, scale_set: ScaleSetId) -> AsyncGenerator[Report | None]:
        """The same for whichever rollout a set has."""
        while True:  # As long as the reader reads.
            yield await self.current(scale_set)
            await asyncio.sleep(LOOK_SECONDS)
