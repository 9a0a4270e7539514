"""One look at a scale set serves everybody: however many browsers show it, it is looked at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import ScaleSetId
from rollset.core.image import Image
from rollset.faces.model_images import ModelImages

LOOK_SECONDS = 0.5
"""Between the end of a look and the next one, while somebody looks on; Azure's buckets may make it longer."""

REQUEST_INSTANCES = 100
"""Instances on a page of Azure's list, at least as many as that (`docs/architecture.md`)."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A set and its instances as they were at `at`, in seconds since the epoch. `exact` is what its model means."""

    at: float
    fleet: Fleet
    exact: Image | None
    trouble: str = ""
    """Why the set could not be read since, if it could not."""

    @property
    def instances(self) -> tuple[Instance, ...]:
        return self.fleet.instances


@dataclass(slots=True)
class _Watched:
    """A set that somebody looks at. `changed` is set, and made anew, with each look that differs from the last."""

    readers: int = 0
    look: Look | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Looks:
    """The scale sets that somebody looks at now."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._watched: dict[str, _Watched] = {}

    async def look(self, scale_set: ScaleSetId) -> Look:
        """How the set stands now: as it was seen last where somebody looks on, by a look of its own otherwise.

        Raises:
            RollsetError: Azure does not tell.
        """
        watched = self._watched.get(_key(scale_set))
        if watched is not None and watched.look is not None:
            return watched.look
        return await self._read(scale_set)

    async def follow(self, scale_set: ScaleSetId) -> AsyncGenerator[Look]:
        """Each look that differs from the one before, the last one first; slow readers miss what lies between.

        Whoever reads slowly holds up nobody. Ends when the reader leaves.
        """
        watched = self._watched.setdefault(_key(scale_set), _Watched())
        watched.readers += 1
        if watched.task is None:
            watched.task = asyncio.create_task(self._watch(scale_set, watched), name=f"looks at {scale_set}")
        told: Look | None = None
        try:
            while True:  # As long as the reader reads.
                changed = watched.changed
                if watched.look is not None and watched.look is not told:
                    told = watched.look
                    yield told
                else:
                    await changed.wait()
        finally:
            watched.readers -= 1
            if not watched.readers:
                watched.task.cancel()
                self._watched.pop(_key(scale_set), None)

    async def _watch(self, scale_set: ScaleSetId, watched: _Watched) -> None:
        while True:  # Until nobody looks on any more, and this is cancelled.
            before = watched.look
            look: Look | None
            try:
                look = await self._read(scale_set)
            except RollsetError as error:
                look = None if before is None else _with_trouble(before, str(error))
            if look is not None and (before is None or _differs(before, look)):
                watched.look = look
                watched.changed.set()
                watched.changed = asyncio.Event()
            await asyncio.sleep(self._pause(look))

    def _pause(self, look: Look | None) -> float:
        if look is None:
            return LOOK_SECONDS
        requests = 1 + len(look.instances) // REQUEST_INSTANCES
        return max(LOOK_SECONDS, self._azure.seconds_until_look(look.fleet.scale_set, requests))

    async def _read(self, scale_set: ScaleSetId) -> Look:
        model = await self._azure.scale_set(scale_set)
        fleet = Fleet(scale_set=model, instances=await self._azure.instances(model))
        try:
            exact = await ModelImages(self._azure).exact(model)
        except RollsetError:
            exact = model.image
        return Look(at=time.time(), fleet=fleet, exact=exact)


def _key(scale_set: ScaleSetId) -> str:
    return scale_set.path.lower()


def _with_trouble(look: Look, why: str) -> Look:
    return Look(at=look.at, fleet=look.fleet, exact=look.exact, trouble=why)


def _differs(before: Look, after: Look) -> bool:
    return (before.fleet.scale_set, before.instances, before.exact, before.trouble) != (
        after.fleet.scale_set,
        after.instances,
        after.exact,
        after.trouble,
    )
