"""One set whose page is open: looked at as often as Azure allows, once for however many people look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.arm.errors import ArmError
from rollset.core.charges import look_requests
from rollset.core.fleet import Fleet, Instance, ScaleSet
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.fleet.feed import Changes, Feed
from rollset.fleet.row import Trouble
from rollset.fleet.tempo import Tempo

BREATH_MAX = 1.0
"""A look at a large set costs this process time; it rests as long as the look took, but not longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A set as it was seen at `at`; its model is as of `model_at`."""

    fleet: Fleet
    at: float
    model_at: float

    @property
    def scale_set(self) -> ScaleSet:
        return self.fleet.scale_set


class Watch:
    """What is seen of one set. `sight` is `None` until the first look; `trouble` says why there is no newer one.

    The feed tells which instances have changed, and the name `""` stands for the rest: the model, the trouble.
    """

    def __init__(self, azure: Azure, id: ScaleSetId, tempo: Tempo, clock: Callable[[], float]) -> None:  # noqa: A002
        self._azure = azure
        self._tempo = tempo
        self._clock = clock
        self._failures = 0
        self._stir = asyncio.Event()
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
        """Something was done to the set: look now, and read the model too."""
        self._model_due = 0.0
        self._stir.set()

    async def run(self, seen: Callable[[Sight], None]) -> None:
        """Looks for ever; each look is given to `seen` as well."""
        clock = asyncio.get_running_loop()
        while True:
            self._stir.clear()
            began = clock.time()
            try:
                await self._look(seen)
            except ArmError as error:
                self._failures += 1
                pause = self._tempo.pause(self._failures, error.retry_after)
                self._tell(Trouble(words=str(error), since=self._clock(), again_at=self._clock() + pause))
            else:
                self._failures = 0
                self._tell(None)
                pause = max(self._tempo.watch_seconds, min(clock.time() - began, BREATH_MAX))
                pause = max(pause, self._seconds_until_free())
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stir.wait()

    def _seconds_until_free(self) -> float:
        assert self.sight is not None, "there was a look"
        scale_set = self.sight.scale_set
        return self._azure.seconds_until_look(scale_set, look_requests(scale_set), self._tempo.keep_watched)

    async def _look(self, seen: Callable[[Sight], None]) -> None:
        before = self.sight
        scale_set, model_at = await self._model()
        instances = await self._azure.instances(scale_set)
        fleet = Fleet(scale_set=scale_set, instances=instances)
        self.sight = Sight(fleet=fleet, at=self._clock(), model_at=model_at)
        self._note(None if before is None else before.fleet, fleet)
        seen(self.sight)

    async def _model(self) -> tuple[ScaleSet, float]:
        """The model, anew where it is time and Azure's bucket allows."""
        now = asyncio.get_running_loop().time()
        known = self.sight
        free = self._azure.seconds_until_read(self.id, self._tempo.keep_watched) <= 0
        if known is not None and (now < self._model_due or (self._model_due and not free)):
            return known.scale_set, known.model_at
        scale_set = await self._azure.scale_set(self.id)
        self._model_due = now + self._tempo.model_seconds
        return scale_set, self._clock()

    def _note(self, before: Fleet | None, now: Fleet) -> None:
        known: dict[InstanceId, Instance] = {} if before is None else before.by_id
        changed = [one.id for one in now.instances if known.get(one.id) != one]
        gone = [one for one in known if one not in now.by_id]
        rest = [] if before is not None and before.scale_set == now.scale_set else [REST]
        self.feed.note([*changed, *rest], gone)

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None and self.trouble is not None:
            trouble = replace(trouble, since=self.trouble.since)
        if trouble != self.trouble:
            self.trouble = trouble
            self.feed.note([REST])


REST = InstanceId("")
"""Stands in the feed of a watch for all that is no instance."""
