"""Scale-out, with instances to spare: more are made than asked for, and those that come up last go again.

Uniform sets do so unless told otherwise. The surplus is neither capacity nor quota. Azure documentation: "Design
considerations for scale sets".
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import activity, choices, health
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.operations import Operation
from rollset.emulator.population import add_instance, create, remove
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


def scale_out(world: "World", scale_set: ScaleSet, count: int, operation: Operation, zone: str | None = None) -> None:
    """So many instances more, each on the set's model."""
    made = [add_instance(world, scale_set, zone) for _ in range(count + surplus(scale_set, count))]
    for instance in made[count:]:
        instance.surplus = True
    batch = _Batch(world, made)
    for instance in made:
        create(world, instance, operation, partial(batch.came_up, instance))


def surplus(scale_set: ScaleSet, count: int) -> int:
    """How many more are made."""
    if not scale_set.properties.get("overprovision") or count == 0:
        return 0
    return max(1, math.ceil(choices.OVERPROVISION_SHARE * count))


@dataclass(slots=True)
class _Batch:
    """Instances that were made together."""

    world: "World"
    made: list[Instance]

    def came_up(self, instance: Instance) -> None:
        """One is done: the first take the places of the batch, whatever their number."""
        if instance.surplus is (instance.provisioning is Provisioning.SUCCEEDED):
            self._change_places(instance)
        if not any(one.counts and one.provisioning is Provisioning.CREATING for one in self.made):
            for one in [one for one in self.made if one.surplus]:
                self._take_away(one)

    def _change_places(self, instance: Instance) -> None:
        """A surplus one that is up takes the place of one that is not yet; one that failed gives its place up."""
        other = next(
            (
                one
                for one in self.made
                if one.surplus is not instance.surplus and one.provisioning is Provisioning.CREATING
            ),
            None,
        )
        if other is not None:
            instance.surplus, other.surplus = other.surplus, instance.surplus

    def _take_away(self, instance: Instance) -> None:
        if instance.scale_set.instances.get(instance.id) is instance:
            activity.drop(self.world, instance)
            health.retiring(self.world, instance)
            remove(instance)
        instance.surplus = False
