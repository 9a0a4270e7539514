"""Looks at a fleet as cheaply as the question allows: all of it page by page, or a few instances one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace

from rollset.arm.azure import Azure, OnPage
from rollset.arm.tally import counted
from rollset.core.fleet import Fleet, Instance, Orchestration, ScaleSet
from rollset.core.ids import InstanceId, natural


class Watch:
    """The latest view of one fleet.

    `looked_at` are the instances that the last look was at, `None` if at all of them; `price` is what a look at all of
    them costs, in requests.
    """

    def __init__(self, azure: Azure, fleet: Fleet) -> None:
        self._azure = azure
        self.price = 1
        self.fleet = fleet
        self.begun = False
        """Whether all instances were looked at by this watch; until then the fleet is that of the plan."""
        self.looked_at: frozenset[InstanceId] | None = None

    @property
    def whole(self) -> bool:
        """Whether the last look was at all instances."""
        return self.looked_at is None

    async def look(self, instances: Iterable[InstanceId] = ()) -> Fleet:
        """Looks at these instances one by one where that is cheaper than a look at all, else at all of them."""
        wanted = set(instances)
        return await (self.look_at(wanted) if self._one_by_one(wanted) else self.look_at_all())

    def seconds_until_free(self, instances: Collection[InstanceId]) -> float:
        """How long such a look had better wait: one that Azure's limits stretch is old before it is complete."""
        if self._one_by_one(instances):
            return 0.0
        return self._azure.seconds_until_look(self.fleet.scale_set, self.price)

    def _one_by_one(self, instances: Collection[InstanceId]) -> bool:
        return 0 < len(instances) < self.price

    async def look_at_all(self, on_page: OnPage | None = None) -> Fleet:
        """Every instance anew; `on_page` hears of some of them before all are there."""
        with counted() as tally:
            instances = await self._azure.instances(self.fleet.scale_set, on_page)
        self.price = max(1, tally.requests)
        self.fleet = Fleet(scale_set=self.fleet.scale_set, instances=instances)
        self.looked_at = None
        self.begun = True
        return self.fleet

    async def read_model(self) -> ScaleSet:
        """The set itself anew; its capacity may have been moved, its image changed."""
        known = self.fleet.scale_set
        scale_set = await self._azure.scale_set(known.id, known.paths)
        self.fleet = self.fleet.with_model(scale_set)
        return scale_set

    async def look_at(self, wanted: Collection[InstanceId]) -> Fleet:
        """These instances anew, one by one; who is gone is gone from the fleet."""
        scale_set = self.fleet.scale_set
        ordered = sorted(wanted, key=natural)
        looks = (self._azure.instance(scale_set, one) for one in ordered)
        # All are awaited before an error of one goes up: nothing runs that nobody waits for.
        seen = await asyncio.gather(*looks, return_exceptions=True)
        fresh = {one: self._as_known(one, _or_raise(look)) for one, look in zip(ordered, seen, strict=True)}
        kept = (fresh.get(one.id, one) for one in self.fleet.instances)
        self.fleet = Fleet(scale_set=scale_set, instances=tuple(one for one in kept if one is not None))
        self.looked_at = frozenset(wanted)
        return self.fleet

    def _as_known(self, one: InstanceId, seen: Instance | None) -> Instance | None:
        """A virtual machine does not tell whether it is protected; that stays as the last look at all has found it."""
        if seen is None or self.fleet.scale_set.orchestration is not Orchestration.FLEXIBLE:
            return seen
        known = self.fleet.by_id.get(one)
        return replace(seen, id=one, protected=known is not None and known.protected)


def _or_raise(seen: Instance | BaseException | None) -> Instance | None:
    if isinstance(seen, BaseException):
        raise seen
    return seen
