"""What one look at the instances of a set has shown: counted, and packed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rollset.core.fleet import Health, Instance, Power, Provisioning
from rollset.fleet.heat import Heat


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many instances there are of each kind. What nobody is, is not in the mappings."""

    total: int
    power: Mapping[Power, int]
    health: Mapping[Health | None, int]
    """Under `None` those that nothing judges."""
    provisioning: Mapping[Provisioning, int]
    protected: int
    unhealthy: int
    """Those that run and are said to be unhealthy, or of which nobody can say."""

    @classmethod
    def of(cls, heat: Heat) -> Counts:
        cells = list(heat)
        ill = (Health.UNHEALTHY, Health.UNKNOWN)
        return cls(
            total=len(cells),
            power=dict(Counter(one.power for one in cells)),
            health=dict(Counter(one.health for one in cells)),
            provisioning=dict(Counter(one.provisioning for one in cells)),
            protected=sum(one.protected for one in cells),
            unhealthy=sum(one.health in ill and one.power is Power.RUNNING for one in cells),
        )

    @property
    def running(self) -> int:
        return self.power.get(Power.RUNNING, 0)

    @property
    def stopped(self) -> int:
        """Those that are off, or going off."""
        off = (Power.STOPPING, Power.STOPPED, Power.DEALLOCATING, Power.DEALLOCATED)
        return sum(self.power.get(one, 0) for one in off)

    @property
    def failed(self) -> int:
        return self.provisioning.get(Provisioning.FAILED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at all instances of a set has shown."""

    at: float
    counts: Counts
    heat: Heat

    @classmethod
    def of(cls, instances: Iterable[Instance], at: float) -> Look:
        heat = Heat.of(instances)
        return cls(at=at, counts=Counts.of(heat), heat=heat)
