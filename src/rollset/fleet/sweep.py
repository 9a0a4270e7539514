"""Looks at the instances of a subscription's sets, one set after another, in the order of need and as buckets allow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.arm.errors import NoSuchScaleSet, NotSignedIn, Throttled, Unreachable
from rollset.core.ahead.charges import look_requests
from rollset.fleet.audience import Audience
from rollset.fleet.faults import seconds_told, spoken
from rollset.fleet.look import Look
from rollset.fleet.pace import Pace
from rollset.fleet.row import Row, Trouble
from rollset.fleet.store import Store
from rollset.fleet.tempo import Tempo
from rollset.fleet.turns import Turns

NEVER_LOOKED_AT = 0.0
"""When a set is due that was never looked at: before all others."""

BUCKET_SECONDS_MAX = 5.0
"""A wait for a bucket up to this long is for the whole subscription's; a longer one is for the set's own."""
DEFERRED_SECONDS = 0.05

OF_ALL = (Throttled, Unreachable, NotSignedIn)
"""Errors that the next set would meet as well: all of them are left alone for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """So many looks in a row have failed, and the next is due then."""

    times: int
    until: float


class Sweep:
    """One subscription. `relist` is set when a set turns out to be gone; `pace` is shared by all subscriptions."""

    def __init__(
        self,
        azure: Azure,
        store: Store,
        tempo: Tempo,
        subscription: str,
        *,
        pace: Pace,
        audience: Audience,
        relist: asyncio.Event,
    ) -> None:
        self._azure = azure
        self._store = store
        self._tempo = tempo
        self._subscription = subscription
        self._pace = pace
        self._audience = audience
        self._relist = relist
        self._turns = Turns()
        self._wanted_until: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._failed: dict[str, _Failed] = {}
        self._looking: set[str] = set()
        self._again: set[str] = set()
        """Those that are to be looked at once more when the look at them ends."""
        self._holds = 0
        self._held_until = 0.0
        self._stir = asyncio.Event()

    # What others tell it

    def moved(self, rows: Sequence[Row]) -> None:
        """These are new, or were written: they come before those that nothing has happened to, but take their turn."""
        soon = asyncio.get_running_loop().time() - self._tempo.look_seconds / 2
        for row in rows:
            if not self._turns.is_wanted(key := row.key) and key not in self._looking:
                self._turns.put(key, soon if key in self._looked else NEVER_LOOKED_AT, wanted=False)
        self._stir.set()

    def gone(self, keys: Sequence[str]) -> None:
        self._turns.drop(keys)
        for key in keys:
            for known in (self._wanted_until, self._looked, self._failed):
                known.pop(key, None)

    def want(self, keys: Iterable[str]) -> None:
        """Somebody has them on the screen, from now on for as long as the tempo says."""
        now = asyncio.get_running_loop().time()
        for key in keys:
            self._wanted_until[key] = now + self._tempo.want_seconds
            if key not in self._looking:
                due = self._looked[key] + self._tempo.wanted_seconds if key in self._looked else now
                self._turns.sooner(key, max(due, self._failed[key].until) if key in self._failed else due)
        self._stir.set()

    def refresh(self, key: str) -> None:
        """Something was done to it: it is looked at now, or once more if just being looked at, and wanted from then."""
        now = asyncio.get_running_loop().time()
        self._wanted_until[key] = now + self._tempo.want_seconds
        if key in self._looking:
            self._again.add(key)
        else:
            self._turns.sooner(key, now)
        self._stir.set()

    def looked(self, key: str) -> None:
        """Somebody else has just looked at it, or this has."""
        now = asyncio.get_running_loop().time()
        self._looked[key] = now
        self._failed.pop(key, None)
        wanted = self._is_wanted(key, now)
        pause = self._tempo.wanted_seconds if wanted else self._tempo.look_seconds
        self._turns.put(key, now + pause, wanted=wanted)

    def wake(self) -> None:
        """Somebody is there again."""
        self._stir.set()

    # Its own work

    async def run(self) -> None:
        async with asyncio.TaskGroup() as looks:
            while True:
                self._stir.clear()
                seconds = self._begin(looks)
                if seconds == 0.0:
                    await self._pace.turn()
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._stir.wait()

    def _begin(self, looks: asyncio.TaskGroup) -> float | None:
        """Begins one look if it is time for one; or else for how long there is nothing to do, none for ever."""
        now = asyncio.get_running_loop().time()
        if len(self._looking) >= self._tempo.looks_at_once:
            return None
        if now < self._held_until:
            return self._held_until - now
        key = self._turns.next(now)
        if key is None:
            return self._turns.seconds_until_next(now)
        wanted = self._is_wanted(key, now)
        if not wanted and self._turns.is_wanted(key):
            self._turns.put(key, self._looked.get(key, now) + self._tempo.look_seconds, wanted=False)
            return 0.0
        if key in self._looked and not wanted and not self._audience.is_there:
            return None  # Those that were never looked at come first, so there is none of them left.
        return self._begin_with(key, now, looks)

    def _begin_with(self, key: str, now: float, looks: asyncio.TaskGroup) -> float:
        row = self._store.rows.get(key)
        if row is None:
            self.gone([key])
            return 0.0
        requests = look_requests(row.scale_set)
        seconds = self._azure.seconds_until_look(row.scale_set, requests, self._tempo.keep)
        if seconds > BUCKET_SECONDS_MAX:
            self._turns.put(key, now + seconds, wanted=self._is_wanted(key, now))
            return DEFERRED_SECONDS
        if seconds > 0:
            return seconds
        self._turns.take(key)
        self._looking.add(key)
        looks.create_task(self._look(key, row))
        return 0.0

    async def _look(self, key: str, row: Row) -> None:
        try:
            look = Look.of(await self._azure.instances(row.scale_set), self._store.clock())
        except Exception as error:  # noqa: BLE001 (told, whatever it is)
            self._fail(key, error)
        else:
            self._held(None, 0.0)
            self.looked(key)
            self._store.looked(key, look)
            self._count()
        finally:
            self._looking.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.refresh(key)
            self._stir.set()

    def _fail(self, key: str, error: Exception) -> None:
        now, at = asyncio.get_running_loop().time(), self._store.clock()
        if isinstance(error, OF_ALL):
            if now >= self._held_until:
                self._holds += 1
                pause = self._tempo.pause(self._holds, seconds_told(error))
                self._held(Trouble(words=spoken(error), since=at, again_at=at + pause), now + pause)
            self._turns.put(key, self._held_until, wanted=self._is_wanted(key, now))
            return
        times = 1 + (self._failed[key].times if key in self._failed else 0)
        pause = self._tempo.pause(times, seconds_told(error))
        self._failed[key] = _Failed(times=times, until=now + pause)
        self._turns.put(key, now + pause, wanted=self._is_wanted(key, now))
        self._store.troubled(key, Trouble(words=spoken(error), since=at, again_at=at + pause))
        if isinstance(error, NoSuchScaleSet):
            self._relist.set()

    def _held(self, trouble: Trouble | None, until: float) -> None:
        """Leaves all sets alone until then; without trouble, no longer."""
        self._held_until = until
        if trouble is None:
            self._holds = 0
        news = self._store.news(self._subscription)
        if news.held is not None and trouble is not None:
            trouble = replace(trouble, since=news.held.since)
        if news.held != trouble:
            self._store.tell(replace(news, held=trouble))

    def _count(self) -> None:
        news = self._store.news(self._subscription)
        if news.looked_at != len(self._looked):
            self._store.tell(replace(news, looked_at=len(self._looked)))

    def _is_wanted(self, key: str, now: float) -> bool:
        return self._wanted_until.get(key, 0.0) > now
