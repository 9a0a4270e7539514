"""What a rolling pass does to instances: bring them to the model, replace the OS disk, or look after extensions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from rollset.emulator import choices, imagereference
from rollset.emulator.documents import Json
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.operations import Operation
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.upgrade import KIND, Target, may_upgrade, move, upgrade

if TYPE_CHECKING:
    from rollset.emulator.world import World


class Work(Protocol):
    """One kind of pass."""

    # What a batch takes in which nobody needs anything.
    idle_batch_seconds: ClassVar[float]
    # Whether new instances would do as well as upgraded ones.
    may_surge: ClassVar[bool]

    def needed_by(self, instance: Instance) -> bool:
        """Whether the pass has anything to do to the instance."""
        ...

    def begin(self, world: "World", instance: Instance, operation: Operation) -> None:
        """Does it; the operation waits for the end."""
        ...


@dataclass(frozen=True, slots=True)
class ModelWork:
    """Brings instances to the set's model."""

    idle_batch_seconds: ClassVar[float] = choices.ROLLING_IDLE_MODEL_SECONDS
    may_surge: ClassVar[bool] = True

    def needed_by(self, instance: Instance) -> bool:
        """Also one that is just being brought to another model: what it runs is seen when that is over."""
        on_the_way = instance.activity is not None and instance.activity.kind == KIND
        return may_upgrade(instance) or on_the_way

    def begin(self, world: "World", instance: Instance, operation: Operation) -> None:
        upgrade(world, instance, operation)


@dataclass(frozen=True, slots=True)
class OsWork:
    """Replaces the OS disk of instances whose own model says `latest`; that model stays theirs."""

    # What the set's image reference comes to, with its concrete version.
    image: Json
    idle_batch_seconds: ClassVar[float] = choices.ROLLING_IDLE_OS_SECONDS
    may_surge: ClassVar[bool] = True

    @classmethod
    def of(cls, world: "World", scale_set: ScaleSet) -> "OsWork":
        return cls(imagereference.resolved(world, scale_set.model, scale_set.location))

    def needed_by(self, instance: Instance) -> bool:
        older = instance.image.get("exactVersion") != self.image.get("exactVersion")
        return older and self._follows(instance) and not (instance.protected or _in_between(instance))

    def begin(self, world: "World", instance: Instance, operation: Operation) -> None:
        move(world, instance, Target(instance.applied, self.image), operation)

    def _follows(self, instance: Instance) -> bool:
        """The instance follows `latest` of the very image that the pass is about."""
        same = {**instance.image, "exactVersion": ""} == {**self.image, "exactVersion": ""}
        return same and imagereference.follows_latest(instance.applied)


@dataclass(frozen=True, slots=True)
class ExtensionWork:
    """Walks over the instances: their extensions' handlers are always the newest here, so nobody needs anything."""

    idle_batch_seconds: ClassVar[float] = choices.ROLLING_IDLE_EXTENSIONS_SECONDS
    may_surge: ClassVar[bool] = False

    def needed_by(self, instance: Instance) -> bool:
        del instance
        return False

    def begin(self, world: "World", instance: Instance, operation: Operation) -> None:
        raise AssertionError(f"no extension of {instance.name} is ever old: {operation.id} at {world.now}")


def _in_between(instance: Instance) -> bool:
    return instance.provisioning in (Provisioning.CREATING, Provisioning.DELETING)
