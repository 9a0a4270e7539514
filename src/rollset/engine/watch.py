"""Looks at a fleet as cheaply as the question allows: all of it page by page, or a few instances one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from rollset.arm.azure import Azure
from rollset.core.fleet import Fleet, ScaleSet
from rollset.core.ids import InstanceId, natural


class Watch:
    """The latest view of one fleet. `whole` says whether all of it was seen at the same look."""

    def __init__(self, azure: Azure, fleet: Fleet) -> None:
        self._azure = azure
        self._whole_price = 1
        self.fleet = fleet
        self.whole = True

    async def look(self, instances: Iterable[InstanceId] = ()) -> Fleet:
        """Looks at these instances one by one where that is cheaper than a look at all, else at all of them."""
        wanted = set(instances)
        if wanted and len(wanted) < self._whole_price:
            return await self._look_at(wanted)
        return await self.look_at_all()

    async def look_at_all(self) -> Fleet:
        """Every instance anew."""
        before = self._azure.requests
        instances = await self._azure.instances(self.fleet.scale_set)
        self._whole_price = max(1, self._azure.requests - before)
        self.fleet = Fleet(scale_set=self.fleet.scale_set, instances=instances)
        self.whole = True
        return self.fleet

    async def read_model(self) -> ScaleSet:
        """The set itself anew; its capacity may have been moved, its image changed."""
        scale_set = await self._azure.scale_set(self.fleet.scale_set.id)
        self.fleet = self.fleet.with_model(scale_set)
        return scale_set

    async def _look_at(self, wanted: set[InstanceId]) -> Fleet:
        scale_set = self.fleet.scale_set
        ordered = sorted(wanted, key=natural)
        seen = await asyncio.gather(*(self._azure.instance(scale_set.id, one) for one in ordered))
        fresh = dict(zip(ordered, seen, strict=True))
        kept = (fresh.get(one.id, one) for one in self.fleet.instances)
        self.fleet = Fleet(scale_set=scale_set, instances=tuple(one for one in kept if one is not None))
        self.whole = False
        return self.fleet
