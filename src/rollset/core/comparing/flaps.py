"""How often instances that run fell from healthy to unhealthy while a rollout looked on.

Only looks at all instances count: the upgraded must not be caught more often because they are looked at more often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rollset.core.fleet import Health, Instance, Power, Provisioning
from rollset.core.ids import InstanceId

ILL = frozenset({Health.UNHEALTHY, Health.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaps:
    """Times are epoch seconds. Who was ill at the first look of all has not flapped by that."""

    begun_at: float | None = None
    counts: Mapping[InstanceId, int] = field(default_factory=dict)
    down: Mapping[InstanceId, float] = field(default_factory=dict)
    """Seen ill and not seen well since, and from when on."""
    shown: Mapping[InstanceId, float] = field(default_factory=dict)
    """Since when each upgraded instance is watched on the new image."""
    restless: frozenset[InstanceId] = frozenset()
    """Ill, or known to have fallen, when they were sent off: these go first, and prove nothing of the image."""

    def after_look(self, instances: Iterable[Instance], upgraded: Collection[InstanceId], now: float) -> Flaps:
        """The same, with one more look at `instances`, of which nobody is on the way to another image."""
        judged = {one.id: one.health for one in instances if _can_flap(one)}
        ill = [one for one, health in judged.items() if health in ILL]
        fallen = [one for one in ill if one not in self.down] if self.begun_at is not None else []
        kept = {one: since for one, since in self.down.items() if judged.get(one) is not Health.HEALTHY}
        return Flaps(
            begun_at=now if self.begun_at is None else self.begun_at,
            counts={**self.counts, **{one: self.counts.get(one, 0) + 1 for one in fallen}},
            down={**dict.fromkeys(ill, now), **kept},
            shown={**dict.fromkeys(upgraded, now), **self.shown},
            restless=self.restless,
        )

    def without(self, instances: Collection[InstanceId]) -> Flaps:
        """These begin anew, on another image."""
        before = (one for one in instances if one in self.counts or one in self.down)
        return Flaps(
            begun_at=self.begun_at,
            counts={one: count for one, count in self.counts.items() if one not in instances},
            down={one: since for one, since in self.down.items() if one not in instances},
            shown={one: since for one, since in self.shown.items() if one not in instances},
            restless=self.restless.union(before),
        )


def _can_flap(one: Instance) -> bool:
    """Who is being worked on, or stopped, or still starting, is not expected to serve."""
    runs = one.power is Power.RUNNING and one.provisioning is Provisioning.SUCCEEDED
    return runs and (one.health is Health.HEALTHY or one.health in ILL)
