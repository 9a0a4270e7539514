"""Every scale set of the chosen subscriptions, kept fresh as long as a server runs.

    async with open_inventory(azure, clock=epoch_clock()) as inventory:
        window = inventory.select(Query(text="web", states=frozenset({State.OUTDATED})))
        inventory.want(row.key for row in window.rows)      # they are on somebody's screen
        async for changes in inventory.follow(inventory.version):
            rows = [inventory.row(key) for key in changes.changed]

Nothing here raises what Azure answers: whatever cannot be read stays as old as it is, and says so in a sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.fleet.catalogue import Catalogue
from rollset.fleet.feed import Changes
from rollset.fleet.look import Look
from rollset.fleet.news import SubscriptionNews
from rollset.fleet.query import Choices, Query, Window, choices_of, select
from rollset.fleet.row import RolloutNote, Row, Trouble, key_of
from rollset.fleet.store import Store
from rollset.fleet.subjects import Subjects
from rollset.fleet.tempo import TEMPO, Tempo
from rollset.fleet.watching import Sight, Watch


@asynccontextmanager
async def open_inventory(
    azure: Azure, subscriptions: Sequence[str] = (), *, clock: Callable[[], float], tempo: Tempo = TEMPO
) -> AsyncIterator[Inventory]:
    """An inventory of these subscriptions, or of all that the credential sees; it works until it is left."""
    fault: Exception | None = None
    async with asyncio.TaskGroup() as work:
        inventory = Inventory(azure.once, work, clock, tempo)
        inventory.begin(subscriptions)
        try:
            yield inventory
        except Exception as error:  # noqa: BLE001 (raised below: outside, where it is in no group of errors)
            fault = error
        finally:
            inventory.end()
    if fault is not None:
        raise fault


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """Choices as of a version, which need not be counted anew for a while."""

    choices: Choices
    version: int
    good_until: float


@dataclass(slots=True, kw_only=True)
class _Shared:
    """A watch and how many look through it."""

    watch: Watch
    task: asyncio.Task[None]
    people: int = 0


class Inventory:
    """What is known, and who asked for it. Made by `open_inventory`."""

    def __init__(self, azure: Azure, work: asyncio.TaskGroup, clock: Callable[[], float], tempo: Tempo) -> None:
        self._azure = azure
        self._work = work
        self._tempo = tempo
        self._store = Store(clock)
        self._catalogue = Catalogue(azure, self._store, tempo)
        self._subjects = Subjects(azure, self._store, self._catalogue, tempo, self._start)
        self._audience = self._subjects.audience
        self._watches: dict[str, _Shared] = {}
        self._choices: _Counted | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # What is known

    @property
    def rows(self) -> tuple[Row, ...]:
        """All sets, in no order."""
        self._audience.visit()
        return tuple(self._store.rows.values())

    def row(self, key: str | ScaleSetId) -> Row | None:
        """One set by its id or its key; none where it is not there, or not listed yet."""
        self._audience.visit()
        return self._store.rows.get(key_of(key) if isinstance(key, ScaleSetId) else key.lower())

    @property
    def subscriptions(self) -> tuple[SubscriptionNews, ...]:
        """The subscriptions in the order of their names, each with what is wrong with it."""
        return tuple(sorted(self._store.subscriptions.values(), key=lambda one: (one.name.lower(), one.id)))

    @property
    def trouble(self) -> Trouble | None:
        """Why it is not known which subscriptions there are; the feed tells of it by `subjects.SUBSCRIPTIONS`."""
        return self._subjects.trouble

    @property
    def troubles(self) -> tuple[str, ...]:
        """All that is wrong with the whole of it, a sentence each; what is wrong with a set stands in its row."""
        own = () if self.trouble is None else (self.trouble.words,)
        return (*own, *(words for one in self.subscriptions for words in one.troubles))

    def select(self, query: Query) -> Window:
        """The rows that a query asks for."""
        self._audience.visit()
        return select(tuple(self._store.rows.values()), query)

    def choices(self) -> Choices:
        """What there is to filter by, as of a few seconds ago."""
        now = asyncio.get_running_loop().time()
        if self._choices is None or (self._choices.version != self.version and now >= self._choices.good_until):
            self._choices = _Counted(
                choices=choices_of(self._store.rows.values()),
                version=self.version,
                good_until=now + self._tempo.choices_seconds,
            )
        return self._choices.choices

    # What has changed

    @property
    def version(self) -> int:
        """Rises with each change; whoever has read everything has read it as of this version."""
        return self._store.feed.version

    def changes(self, version: int) -> Changes[str]:
        """The keys of rows, and of subscriptions, that tell something else than at that version, or are gone.

        That the same was seen again is no change: a row's age is read from the row.
        """
        return self._store.feed.since(version)

    async def follow(self, version: int) -> AsyncIterator[Changes[str]]:
        """The same, each time that there is something to tell; for slow readers all of it together.

        Twice a second at most, and each half minute at least, if only of no change: ages go on, and what is on the
        screen is to be wanted again. While somebody follows, somebody is there.
        """
        told = self._store.feed.follow(
            version, gap_seconds=self._tempo.tell_seconds, seconds_max=self._tempo.tell_seconds_max
        )
        with self._audience.following():
            async for changes in told:
                yield changes

    # What somebody asks for

    def want(self, keys: Iterable[str]) -> None:
        """These rows are on somebody's screen: they are looked at first, and again every few seconds.

        It holds for a minute (`Tempo.want_seconds`); whoever still looks says so again. Where nobody has asked for
        anything for ten minutes, Azure is left alone until somebody does.
        """
        self._audience.visit()
        for subject, wanted in self._subjects.of(keys):
            subject.sweep.want(wanted)

    def refresh(self, id: ScaleSetId) -> None:  # noqa: A002 (it is the set's id)
        """Something was done to the set: what is known of it is old."""
        if (watch := self.watched(id)) is not None:
            watch.refresh()
        for subject, keys in self._subjects.of([key_of(id)]):
            subject.relist.set()
            for key in keys:
                subject.sweep.refresh(key)

    def expect(self, id: ScaleSetId, instances: Iterable[InstanceId]) -> None:  # noqa: A002
        """Something is about to be done to these instances; whoever has the set's page open shall see it soon."""
        if (watch := self.watched(id)) is not None:
            watch.expect(instances)

    def tell_rollouts(self, notes: Mapping[ScaleSetId, RolloutNote]) -> None:
        """These are the rollouts that rows shall tell of, all of them; rows that tell another now have changed."""
        self._store.rollouts({key_of(one): note for one, note in notes.items()})

    @asynccontextmanager
    async def watch(self, id: ScaleSetId) -> AsyncIterator[Watch]:  # noqa: A002
        """Looks at one set as often as Azure allows, for as long as anybody is in here."""
        self._audience.visit()
        key = key_of(id)
        shared = self._watches.get(key)
        if shared is None:
            watch = Watch(self._azure, id, self._tempo, self._store.clock)
            task = self._start(watch.run(self._seen))
            shared = self._watches[key] = _Shared(watch=watch, task=task)
        shared.people += 1
        try:
            yield shared.watch
        finally:
            shared.people -= 1
            if not shared.people:
                shared.task.cancel()
                del self._watches[key]

    def watched(self, id: ScaleSetId) -> Watch | None:  # noqa: A002
        """The set's watch, if anybody is looking."""
        shared = self._watches.get(key_of(id))
        return None if shared is None else shared.watch

    def _seen(self, sight: Sight) -> None:
        key = key_of(sight.scale_set.id)
        look = Look.of(sight.fleet.instances, sight.at)
        self._store.looked(key, look, sight.scale_set)
        for subject, _ in self._subjects.of([key]):
            subject.sweep.looked(key)

    # Its own work

    def begin(self, chosen: Sequence[str]) -> None:
        """Begins to work on the chosen subscriptions, or on all that there are."""
        self._start(self._catalogue.run())
        self._subjects.begin(chosen)

    def end(self) -> None:
        """Lets go of everything; what has been sent is not waited for."""
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._work.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
