"""Which scale sets a subscription has, and their models: a list, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from rollset.arm.azure import Azure
from rollset.arm.listing import Listed
from rollset.fleet.audience import Audience
from rollset.fleet.catalogue import Catalogue
from rollset.fleet.faults import seconds_told, spoken
from rollset.fleet.row import Trouble, key_of
from rollset.fleet.store import Store
from rollset.fleet.sweep import Sweep
from rollset.fleet.tempo import Tempo

UNREADABLE_MAX = 20
"""So many sets of a subscription that cannot be read are told one by one."""


class Lister:
    """Lists one subscription, from time to time, and soon when `relist` is set. What is new is told to the others."""

    def __init__(
        self,
        azure: Azure,
        store: Store,
        tempo: Tempo,
        subscription: str,
        *,
        relist: asyncio.Event,
        sweep: Sweep,
        catalogue: Catalogue,
        audience: Audience,
    ) -> None:
        self._azure = azure
        self._store = store
        self._tempo = tempo
        self._subscription = subscription
        self._relist = relist
        self._sweep = sweep
        self._catalogue = catalogue
        self._audience = audience
        self._failures = 0

    async def run(self) -> None:
        while True:
            self._relist.clear()
            pause = await self._list()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._relist.wait()
                # Many may ask for it at the same time.
                await asyncio.sleep(min(pause, self._tempo.relist_seconds))

    async def _list(self) -> float:
        """Lists once; how long to wait before the next time."""
        pages, seen, unreadable = 0, set[str](), list[str]()
        try:
            async for page in self._azure.listing.scale_sets(self._subscription):
                pages += 1
                moved = self._store.listed(page.scale_sets)
                self._sweep.moved(moved)
                self._catalogue.moved(moved)
                seen |= _keys(page)
                unreadable += [str(one.error) for one in page.unreadable]
        except Exception as error:  # noqa: BLE001 (told, whatever it is)
            return self._failed(error)
        self._failures = 0
        self._sweep.gone(self._store.list_ended(self._subscription, seen))
        self._tell(len(seen), unreadable)
        if not self._audience.is_there:
            return self._tempo.list_seconds_alone
        return max(self._tempo.list_seconds, pages * 60 / self._tempo.list_pages_per_minute)

    def _tell(self, sets: int, unreadable: Sequence[str]) -> None:
        news = self._store.news(self._subscription)
        shown = tuple(unreadable[:UNREADABLE_MAX])
        self._store.tell(replace(news, listed_at=self._store.clock(), sets=sets, trouble=None, unreadable=shown))

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        pause = self._tempo.pause(self._failures, seconds_told(error))
        news, now = self._store.news(self._subscription), self._store.clock()
        since = now if news.trouble is None else news.trouble.since
        self._store.tell(replace(news, trouble=Trouble(words=spoken(error), since=since, again_at=now + pause)))
        return pause


def _keys(page: Listed) -> set[str]:
    return {key_of(one.id) for one in page.scale_sets} | {key_of(one.id) for one in page.unreadable if one.id}
