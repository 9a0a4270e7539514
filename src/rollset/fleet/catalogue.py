"""What regions offer of the images that sets run: asked once for each image and region, and anew from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet
from rollset.core.image import version_key
from rollset.engine.prepare import offered
from rollset.fleet.faults import seconds_told, spoken
from rollset.fleet.offered import Offered, newest_of
from rollset.fleet.row import Row, Trouble
from rollset.fleet.store import Place, Store, place_of
from rollset.fleet.tempo import Tempo


@dataclass(slots=True)
class _Asked:
    """One image in one region. `askers` are sets that run it, one for each subscription: another may be allowed."""

    askers: dict[str, ScaleSet]
    due: float = 0.0
    failures: int = 0


class Catalogue:
    """Keeps the store's offers fresh, of the images that sets run."""

    def __init__(self, azure: Azure, store: Store, tempo: Tempo) -> None:
        self._azure = azure
        self._store = store
        self._tempo = tempo
        self._asked: dict[Place, _Asked] = {}
        self._stir = asyncio.Event()

    def moved(self, rows: Sequence[Row]) -> None:
        """These sets are new, or were written: perhaps with other images."""
        for row in rows:
            if (place := place_of(row.scale_set)) is not None:
                asked = self._asked.setdefault(place, _Asked(askers={}))
                asked.askers[row.id.subscription.lower()] = row.scale_set
        self._stir.set()

    async def run(self) -> None:
        """Asks for what is due, one after the other, for ever."""
        clock = asyncio.get_running_loop()
        while True:
            self._stir.clear()
            due = min(self._asked, key=lambda place: self._asked[place].due, default=None)
            if due is not None and self._asked[due].due <= clock.time():
                await self._ask(due, clock.time())
                continue
            seconds = None if due is None else self._asked[due].due - clock.time()
            try:
                async with asyncio.timeout(seconds):
                    await self._stir.wait()
            except TimeoutError:
                pass

    async def _ask(self, place: Place, now: float) -> None:
        if all(place_of(row.scale_set) != place for row in self._store.rows.values()):
            del self._asked[place]  # Nobody runs it any more.
            return
        asked = self._asked[place]
        known = self._store.offers(place)[0]
        try:
            versions = await self._versions(asked)
        except Exception as error:  # noqa: BLE001 (told, whatever it is)
            asked.failures += 1
            pause = self._tempo.pause(asked.failures, seconds_told(error))
            at = self._store.clock()
            self._store.offered(place, known, Trouble(words=spoken(error), since=at, again_at=at + pause))
        else:
            asked.failures, pause = 0, self._tempo.offers_seconds
            self._store.offered(place, Offered(versions=versions, at=self._store.clock()), None)
        asked.due = now + pause

    async def _versions(self, asked: _Asked) -> tuple[str, ...]:
        """As the first subscription tells it that may."""
        refusal: RollsetError | None = None
        for asker in asked.askers.values():
            try:
                found = await offered(self._azure, asker, newest_of(asker.image))
            except RollsetError as error:
                refusal = refusal or error
            else:
                return tuple(sorted(found, key=version_key))
        assert refusal is not None, "somebody runs the image"
        raise refusal
