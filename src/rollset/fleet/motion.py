"""Which instances will look different soon: where Azure allows few looks, these are the ones to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollset.core.fleet import Health, Instance, Power, Provisioning
from rollset.core.ids import InstanceId

_PROVISIONING = frozenset({Provisioning.CREATING, Provisioning.UPDATING, Provisioning.DELETING, Provisioning.MIGRATING})
_POWER = frozenset({Power.CREATING, Power.STARTING, Power.STOPPING, Power.DEALLOCATING})


def is_moving(one: Instance) -> bool:
    """Whether something is being done to it, or it has just been done and its health is not settled yet."""
    return one.provisioning in _PROVISIONING or one.power in _POWER or one.health is Health.INITIALIZING


class Motion:
    """Takes the instances in motion in turns, those first that were not looked at for longest."""

    def __init__(self) -> None:
        self._expected: dict[InstanceId, float] = {}
        self._looked: dict[InstanceId, float] = {}

    def expect(self, instances: Iterable[InstanceId], until: float) -> None:
        """Somebody acts on them: they count as moving until then, however they look."""
        self._expected |= dict.fromkeys(instances, until)

    def next(self, instances: Mapping[InstanceId, Instance], now: float) -> list[InstanceId]:
        """All in motion, in their turn."""
        self._expected = {one: until for one, until in self._expected.items() if until > now}
        self._looked = {one: at for one, at in self._looked.items() if one in instances}
        moving = [one.id for one in instances.values() if one.id in self._expected or is_moving(one)]
        return sorted(moving, key=lambda one: self._looked.get(one, float("-inf")))

    def looked(self, instances: Iterable[InstanceId], now: float) -> None:
        self._looked |= dict.fromkeys(instances, now)
