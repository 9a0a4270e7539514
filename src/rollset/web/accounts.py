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
from rollset.engine.durable.ledger import EVERY, Ledger, RolloutRow, Which
from rollset.engine.durable.presence import Presence
from rollset.faces.account import Account, holder
from rollset.faces.known import find_rollout
from rollset.faces.orders import Wanted, check_order
from rollset.faces.report import Report
from rollset.web.watching.chronicle import Chronicle, Chronicler

LOOK_SECONDS = 0.4
"""Between two looks into the journal of a rollout that somebody looks at."""

LIST_SECONDS = 1.0
"""Between two looks at all of them."""

MOVES_ON_SECONDS = 2.0
"""So often who follows a history gets it also where nothing is new: the time to which it is drawn moves on."""

KEPT_MAX = 60
"""So many journals of rollouts that do not go on are kept as read; the one asked for longest ago goes first."""

UNASKED_SECONDS = 60.0
"""Of one that goes on somebody tells every few seconds (`notes`). Not asked for in so long, it has ended unread."""

T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    account: Account
    chronicler: Chronicler = field(default_factory=Chronicler)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: float = field(default_factory=time.monotonic)
    _report: Report | None = None
    _read: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        self.chronicler.hear(self.account)

    def refresh(self) -> None:
        """Reads what is new."""
        if not self.account.ended:
            self.account.refresh()
            self.chronicler.hear(self.account)

    def report(self, presence: Presence) -> Report:
        """How it stands now: the same report as before, where nothing is new."""
        self.refresh()
        of = holder(presence, self.account.row)
        read = (self.account.row, self.account.last, self.account.present, of)
        if self._report is None or read != self._read:
            self._read, self._report = read, Report.held(self.account, of)
        return self._report

    @property
    def is_idle(self) -> bool:
        """Whether it does not go on, as far as can be told without reading it."""
        return self.account.ended or time.monotonic() - self.asked_at > UNASKED_SECONDS


class Accounts:
    """Reads rollouts in threads, for the database may take its time."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._ledger = Ledger(presence.database)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def rows(self, limit: int, which: Which = EVERY, *, skip: int = 0) -> list[RolloutRow]:
        """Those that are meant, newest first."""
        return await asyncio.to_thread(self._ledger.rollouts, limit, which, skip=skip)

    async def count(self, which: Which) -> int:
        """How many are meant."""
        return await asyncio.to_thread(self._ledger.count, which)

    async def latest(self) -> list[RolloutRow]:
        """The newest of each set; costs more than `rows`."""
        return await asyncio.to_thread(self._ledger.latest)

    async def of_set(self, scale_set: ScaleSetId, limit: int) -> list[RolloutRow]:
        """Those of one set, newest first."""
        return await self.rows(limit, Which(scale_set=scale_set.path))

    async def going(self, scale_set: ScaleSetId) -> RolloutRow | None:
        """The rollout of a set that has not ended; none where there is none."""
        return next(iter(await self.rows(1, Which(scale_set=scale_set.path, ended=False))), None)

    async def current(self, scale_set: ScaleSetId) -> Report | None:
        """How the rollout of a set stands that has not ended; none where there is none."""
        going = await self.going(scale_set)
        return None if going is None else await self.report(going.id)

    async def report(self, rollout: str) -> Report:
        """How a rollout stands now.

        Raises:
            NoSuchRollout: there is none of that name.
        """
        kept = await self._keep(rollout)
        async with kept.lock:
            return await asyncio.to_thread(kept.report, self._presence)

    async def chronicle(self, rollout: str) -> Chronicle:
        """How it stands now, with all that its journal tells.

        Raises:
            NoSuchRollout: there is none of that name.
        """
        kept = await self._keep(rollout)
        async with kept.lock:
            return await asyncio.to_thread(self._tell, kept)

    def _tell(self, kept: _Kept) -> Chronicle:
        return kept.chronicler.chronicle(kept.report(self._presence), time.time())

    async def _keep(self, rollout: str) -> _Kept:
        kept = self._kept.get(rollout)
        if kept is None:
            row = await asyncio.to_thread(find_rollout, self._ledger, rollout)
            account = await asyncio.to_thread(Account, self._ledger, row)
            kept = self._kept.setdefault(rollout, _Kept(account))
            idle = [one for one, other in self._kept.items() if other.is_idle]
            for one in idle[: max(0, len(idle) - KEPT_MAX)]:
                del self._kept[one]
        kept.asked_at = time.monotonic()
        self._kept.move_to_end(rollout)
        return kept

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
        """How it stands and how it came to that, whenever something is new, until it has ended."""
        last: Chronicle | None = None
        while True:  # As long as the rollout, which has bounds of its own, or the reader.
            chronicle = await self.chronicle(rollout)
            if last is None or chronicle.report is not last.report or chronicle.at >= last.at + MOVES_ON_SECONDS:
                last = chronicle
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
        """How whichever rollout a set has stands, whenever something is new."""
        last: Report | None = None
        first = True
        while True:  # As long as the reader reads.
            report = await self.current(scale_set)
            if first or report is not last:
                first, last = False, report
                yield report
            await asyncio.sleep(LOOK_SECONDS)
