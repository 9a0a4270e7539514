"""How a scale set stands now: what the inventory sees of it while somebody looks on, or a look of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

from rollset.arm.azure import Azure
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import ScaleSetId
from rollset.core.image import Image
from rollset.core.properties import Described, Properties
from rollset.faces.model_images import ModelImages
from rollset.fleet.inventory import Inventory
from rollset.fleet.watching import Watch

T = TypeVar("T")

ANSWER_SECONDS_MAX = 20.0
"""Nobody looks at a page that is being loaded for longer; Azure may be asked again by loading it again."""


class AzureSlow(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Azure did not answer in time for a page."""


async def in_time(scale_set: ScaleSetId, asking: Awaitable[T]) -> T:
    """What Azure tells for a page that somebody waits for.

    Raises:
        AzureSlow: it takes too long.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await asking
    except TimeoutError as error:
        raise AzureSlow(
            f"asked about {scale_set}, Azure has not answered within {ANSWER_SECONDS_MAX:.0f} s; load the page again "
            "in a while; rollouts and acts go on waiting for it by themselves"
        ) from error


@dataclass(frozen=True, kw_only=True)
class Look:
    """A set and its instances as they were at `at`, in seconds since the epoch. `exact` is what its model means."""

    at: float
    fleet: Fleet
    properties: Properties
    exact: Image | None
    trouble: str = ""
    """Why there is no newer look, where one is due."""

    @property
    def instances(self) -> tuple[Instance, ...]:
        return self.fleet.instances

    @property
    def described(self) -> Described:
        """The model with all that it says."""
        return Described(scale_set=self.fleet.scale_set, properties=self.properties)


class Looks:
    """Looks at single sets. However many browsers show one, it is looked at once."""

    def __init__(self, azure: Azure, inventory: Inventory) -> None:
        self._azure = azure
        self._inventory = inventory

    async def look(self, scale_set: ScaleSetId) -> Look:
        """The set as it was seen last where somebody looks on, else as it is now.

        Raises:
            RollsetError: Azure does not tell.
        """
        watch = self._inventory.watched(scale_set)
        if watch is not None and watch.sight is not None:
            return await self._look_of(watch)
        return await in_time(scale_set, self._now(scale_set))

    async def _now(self, scale_set: ScaleSetId) -> Look:
        told = await self._azure.details.described(scale_set)
        fleet = Fleet(scale_set=told.scale_set, instances=await self._azure.instances(told.scale_set))
        return Look(at=time.time(), fleet=fleet, properties=told.properties, exact=await self._exact(fleet))

    async def follow(self, scale_set: ScaleSetId) -> AsyncGenerator[Look]:
        """Each look that tells something new, the last one first; slow readers miss what lies between."""
        async with self._inventory.watch(scale_set) as watch:
            if watch.sight is not None:
                yield await self._look_of(watch)
            async for _ in watch.follow(watch.version):
                if watch.sight is not None:
                    yield await self._look_of(watch)

    async def _look_of(self, watch: Watch) -> Look:
        assert watch.sight is not None, "nothing was seen yet"
        sight, trouble = watch.sight, watch.trouble
        return Look(
            at=sight.at,
            fleet=sight.fleet,
            properties=sight.properties,
            exact=await self._exact(sight.fleet),
            trouble="" if trouble is None else trouble.words,
        )

    async def _exact(self, fleet: Fleet) -> Image | None:
        """What the model means; where nobody can tell, what it says."""
        row = self._inventory.row(fleet.scale_set.id)
        if row is not None and row.exact is not None and row.scale_set.image == fleet.scale_set.image:
            return row.exact
        try:
            return await ModelImages(self._azure).exact(fleet.scale_set)
        except RollsetError:
            return fleet.scale_set.image
