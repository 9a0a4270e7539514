"""Which subscriptions an inventory is about, and who works for each: one lists its sets, one looks at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.fleet.audience import Audience
from rollset.fleet.catalogue import Catalogue
from rollset.fleet.faults import seconds_told, spoken
from rollset.fleet.lister import Lister
from rollset.fleet.pace import Pace
from rollset.fleet.row import Trouble
from rollset.fleet.store import Store
from rollset.fleet.sweep import Sweep
from rollset.fleet.tempo import Tempo

SUBSCRIPTIONS = "/subscriptions"
"""Stands in the feed for which subscriptions there are."""

Start = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]
"""Begins work that goes on beside all other work, until it is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What works for one subscription. Setting `relist` has its sets listed anew, soon."""

    sweep: Sweep
    relist: asyncio.Event
    tasks: tuple[asyncio.Task[None], ...]


class Subjects:
    """The chosen subscriptions, or all that the credential sees. `trouble` says why these are not known."""

    def __init__(self, azure: Azure, store: Store, catalogue: Catalogue, tempo: Tempo, start: Start) -> None:
        self._azure = azure
        self._store = store
        self._catalogue = catalogue
        self._tempo = tempo
        self._start = start
        self._pace = Pace(tempo.looks_per_second)
        self._subjects: dict[str, Subject] = {}
        self.audience = Audience(tempo.audience_seconds, self._wake)
        self.trouble: Trouble | None = None

    def begin(self, chosen: Sequence[str]) -> None:
        """Begins to work on the chosen ones, or finds out again and again which there are."""
        if chosen:
            self._settle({one.lower(): one for one in chosen})
        else:
            self._start(self._find_subscriptions())

    async def _find_subscriptions(self) -> None:
        failures = 0
        while True:
            try:
                found = await self._azure.listing.subscriptions()
            except Exception as error:  # noqa: BLE001 (told, whatever it is)
                failures += 1
                pause = self._tempo.pause(failures, seconds_told(error))
                now = self._store.clock()
                self._tell(Trouble(words=spoken(error), since=now, again_at=now + pause))
            else:
                failures, pause = 0, self._tempo.subscriptions_seconds
                self._tell(None)
                self._settle({one.id.lower(): one.name for one in found})
            await asyncio.sleep(pause)

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None and self.trouble is not None:
            trouble = replace(trouble, since=self.trouble.since)
        if trouble != self.trouble:
            self.trouble = trouble
            self._store.feed.note([SUBSCRIPTIONS])

    def _settle(self, found: Mapping[str, str]) -> None:
        """These are the subscriptions; `found` holds their names by their ids."""
        for subscription in self._subjects.keys() - found.keys():
            for task in self._subjects.pop(subscription).tasks:
                task.cancel()
            self._store.drop_subscription(subscription)
        for subscription, name in found.items():
            self._store.add_subscription(subscription, name)
            if subscription not in self._subjects:
                self._subjects[subscription] = self._subject(subscription)

    def _subject(self, subscription: str) -> Subject:
        relist = asyncio.Event()
        sweep = Sweep(
            self._azure, self._store, self._tempo, subscription, pace=self._pace, audience=self.audience, relist=relist
        )
        lister = Lister(
            self._azure,
            self._store,
            self._tempo,
            subscription,
            relist=relist,
            sweep=sweep,
            catalogue=self._catalogue,
            audience=self.audience,
        )
        tasks = (self._start(lister.run()), self._start(sweep.run()))
        return Subject(sweep=sweep, relist=relist, tasks=tasks)

    def _wake(self) -> None:
        for subject in self._subjects.values():
            subject.relist.set()
            subject.sweep.wake()

    def of(self, keys: Iterable[str]) -> list[tuple[Subject, list[str]]]:
        """The keys of sets that there are, each with who works for its subscription."""
        found: dict[str, list[str]] = {}
        for key in keys:
            if key in self._store.rows:
                found.setdefault(self._store.rows[key].id.subscription.lower(), []).append(key)
        return [(self._subjects[one], known) for one, known in found.items() if one in self._subjects]
