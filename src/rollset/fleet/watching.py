"""One set whose page is open: looked at as often as Azure allows, once for however many people look.

A look at all instances takes a request for each page, and Azure refills ten such requests a minute for a set. While it
allows none, the instances in motion are looked at one by one: each has a bucket of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import ceil

from rollset.arm.azure import Azure
from rollset.core.fleet import Fleet, Instance, ScaleSet
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.properties import Described, Properties
from rollset.engine.watch import Watch as View
from rollset.fleet.faults import seconds_told, spoken
from rollset.fleet.feed import Changes, Feed
from rollset.fleet.motion import Motion
from rollset.fleet.row import Trouble
from rollset.fleet.tempo import Tempo

BREATH_SECONDS_MAX = 1.0
"""A look at a large set costs this process time; it rests as long as the look took, but not longer than this."""

REST = InstanceId("")
"""Stands in the feed of a watch for all that is no instance: the model, the trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A set as it was seen at `at`; its model as of `model_at`, and some instances `later` than the rest."""

    fleet: Fleet
    properties: Properties
    at: float
    model_at: float
    later: Mapping[InstanceId, float] = field(default_factory=dict)

    @property
    def scale_set(self) -> ScaleSet:
        return self.fleet.scale_set

    @property
    def described(self) -> Described:
        """The model with all that it says."""
        return Described(scale_set=self.scale_set, properties=self.properties)


class Watch:
    """What is seen of one set. `sight` is `None` until the first look; `trouble` says why there is no newer one.

    The feed tells which instances have changed, and the name `REST` stands for everything else.
    """

    def __init__(self, azure: Azure, id: ScaleSetId, tempo: Tempo, clock: Callable[[], float]) -> None:  # noqa: A002
        self._azure = azure
        self._tempo = tempo
        self._clock = clock
        self._view: View | None = None
        self._motion = Motion()
        self._failures = 0
        self._stir = asyncio.Event()
        self._hurry = False
        self._model_due = 0.0
        self.id = id
        self.sight: Sight | None = None
        self.trouble: Trouble | None = None
        self.feed: Feed[InstanceId] = Feed(first=int(clock() * 1000))

    @property
    def version(self) -> int:
        return self.feed.version

    def changes(self, version: int) -> Changes[InstanceId]:
        """Which instances have changed since that version, came or went."""
        return self.feed.since(version)

    def follow(self, version: int) -> AsyncIterator[Changes[InstanceId]]:
        """The same, each time that there is something to tell; for slow readers all of it together."""
        return self.feed.follow(version)

    def refresh(self) -> None:
        """Something was done to the set: look at all of it now, and read the model too."""
        self._model_due, self._hurry = 0.0, True
        self._stir.set()

    def expect(self, instances: Iterable[InstanceId]) -> None:
        """Somebody acts on these instances: they are looked at more often than the others for a while."""
        self._motion.expect(instances, asyncio.get_running_loop().time() + self._tempo.expect_seconds)
        self._stir.set()

    async def run(self, seen: Callable[[Sight], None]) -> None:
        """Looks for ever; each look is given to `seen` as well."""
        clock = asyncio.get_running_loop()
        while True:
            self._hurry = False
            self._stir.clear()
            began = clock.time()
            try:
                seen(await self._look())
                due = clock.time() + self._pause(clock.time() - began)
                while (left := due - clock.time()) > 0 and not self._hurry:
                    self._stir.clear()
                    if left > self._tempo.watch_seconds and (moving := self._moving(clock.time())):
                        seen(await self._glance(moving))
                        left = self._part(due - clock.time())
                    await self._wait(left)
            except Exception as error:  # noqa: BLE001 (told, whatever it is)
                await self._wait(self._failed(error))

    def _part(self, seconds: float) -> float:
        """Until the next glance: that many seconds in equal parts, none of them too long."""
        return seconds / max(1, ceil(seconds / self._tempo.glance_seconds))

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stir.wait()

    # All instances

    async def _look(self) -> Sight:
        view, properties, model_at = await self._read()
        fleet = await view.look_at_all(self._glimpse)
        self._view = view
        return self._see(Sight(fleet=fleet, properties=properties, at=self._clock(), model_at=model_at))

    async def _read(self) -> tuple[View, Properties, float]:
        """With the model anew where it is time and Azure's bucket allows."""
        now = asyncio.get_running_loop().time()
        view, sight = self._view, self.sight
        if view is not None and sight is not None and not self._is_model_due(now):
            return view, sight.properties, sight.model_at
        told = await self._azure.details.described(self.id)
        self._model_due = now + self._tempo.model_seconds
        if view is None:
            view = View(self._azure, Fleet(scale_set=told.scale_set, instances=()))
        else:
            view.fleet = view.fleet.with_model(told.scale_set)
        return view, told.properties, self._clock()

    def _is_model_due(self, now: float) -> bool:
        asked_for = self._model_due == 0.0
        free = self._azure.seconds_until_read(self.id, self._tempo.keep_watched) <= 0
        return asked_for or (free and now >= self._model_due)

    def _glimpse(self, instances: Sequence[Instance]) -> None:
        """What a page of a look shows of those that are known, is told at once: the whole of it may take seconds."""
        sight = self.sight
        known = {} if sight is None else sight.fleet.by_id
        fresh = {one.id: one for one in instances if one.id in known and known[one.id] != one}
        if sight is None or not fresh:
            return
        fleet = Fleet(
            scale_set=sight.scale_set, instances=tuple(fresh.get(one.id, one) for one in sight.fleet.instances)
        )
        later = {**sight.later, **dict.fromkeys(fresh, self._clock())}
        self._take(replace(sight, fleet=fleet, later=later))

    def _pause(self, took: float) -> float:
        assert self._view is not None, "there was a look"
        view, keep = self._view, self._tempo.keep_watched
        free = self._azure.seconds_until_look(view.fleet.scale_set, view.price, keep)
        return max(self._tempo.watch_seconds, min(took, BREATH_SECONDS_MAX), free)

    # Some instances

    def _moving(self, now: float) -> list[InstanceId]:
        """Those in motion whose turn it is, and of which Azure would tell."""
        assert self._view is not None, "there was a look"
        fleet, keep = self._view.fleet, self._tempo.keep_watched
        moving = self._motion.next(fleet.by_id, now)
        free = [one for one in moving if self._azure.seconds_until_glance(fleet.scale_set, one, keep) <= 0]
        return free[: self._tempo.glances_at_once]

    async def _glance(self, moving: list[InstanceId]) -> Sight:
        assert self._view is not None, "there was a look"
        assert self.sight is not None, "there was a look"
        fleet = await self._view.look_at(moving)
        self._motion.looked(moving, asyncio.get_running_loop().time())
        later = {**self.sight.later, **dict.fromkeys(moving, self._clock())}
        return self._see(replace(self.sight, fleet=fleet, later=later))

    # What comes of it

    def _see(self, sight: Sight) -> Sight:
        self._take(sight)
        self._failures = 0
        self._tell(None)
        return sight

    def _take(self, sight: Sight) -> None:
        before, self.sight = self.sight, sight
        known, now = {} if before is None else before.fleet.by_id, sight.fleet.by_id
        changed = [one for one in now if known.get(one) != now[one]]
        rest = [] if before is not None and before.described == sight.described else [REST]
        self.feed.note([*changed, *rest], [one for one in known if one not in now])

    def _failed(self, error: Exception) -> float:
        """Tells of it; how long to wait before the next look."""
        self._failures += 1
        pause = self._tempo.pause(self._failures, seconds_told(error))
        self._tell(Trouble(words=spoken(error), since=self._clock(), again_at=self._clock() + pause))
        return pause

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None and self.trouble is not None:
            trouble = replace(trouble, since=self.trouble.since)
        if trouble != self.trouble:
            self.trouble = trouble
            self.feed.note([REST])
