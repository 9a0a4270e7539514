"""What lists of instances showed a while ago, for faults that make lists late.

While such a fault is in force, a copy of every instance is kept from before and after each of its changes, for as long
as the lists may lag behind. A copy belongs to a copy of its set, so that it still compares itself with the model of its
time.
"""

from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet


class Look(NamedTuple):
    """How an instance was from a time on; None where there was none."""

    at: float
    instance: Instance | None


@dataclass(slots=True)
class Past:
    """The recent past of one set's instances."""

    scale_set: ScaleSet
    seconds: float
    _looks: dict[str, list[Look]] = field(default_factory=dict)
    _set_then: ScaleSet | None = None

    @classmethod
    def since(cls, scale_set: ScaleSet, seconds: float, now: float) -> "Past":
        """Begins with what is there now: nothing is known of what was before."""
        past = cls(scale_set, seconds)
        for instance in scale_set.instances.values():
            past._looks[instance.id] = [Look(now - seconds, past._copied(instance))]
        return past

    def note(self, instance: Instance, now: float) -> None:
        """The instance has just changed, came or went."""
        there = self.scale_set.instances.get(instance.id) is instance
        looks = self._looks.setdefault(instance.id, [])
        looks.append(Look(now, self._copied(instance) if there else None))
        while len(looks) > 1 and looks[1].at <= now - self.seconds:
            del looks[0]

    def note_set(self, now: float) -> None:
        """The set itself has changed, and with it what its instances are compared with."""
        self._set_then = None
        for instance in self.scale_set.instances.values():
            self.note(instance, now)

    def instances(self, now: float) -> list[Instance]:
        """The instances as they were."""
        then = now - self.seconds
        found = (next((one for one in reversed(looks) if one.at <= then), None) for looks in self._looks.values())
        return [look.instance for look in found if look is not None and look.instance is not None]

    def _copied(self, instance: Instance) -> Instance:
        if self._set_then is None or self._set_then.etag != self.scale_set.etag:
            self._set_then = copy(self.scale_set)
        twin = copy(instance)
        twin.scale_set = self._set_then
        twin.application = copy(instance.application)
        twin.probe = copy(instance.probe)
        twin.fragments = {}
        return twin
