"""Instances come and go: creation, scale-out, deletion, scale-in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rollset.emulator import activity, choices, flexible, health, imagereference
from rollset.emulator.documents import Json
from rollset.emulator.durations import LINUX_CREATE, WINDOWS_CREATE
from rollset.emulator.faults import BootsUnhealthy, Hangs, UpgradeFails
from rollset.emulator.instance import Application, Instance, Power, Provisioning
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import ArmError
from rollset.emulator.scalein import leaving
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


class Attached(NamedTuple):
    """A virtual machine that joins a Flexible set with a name and a model of its own."""

    name: str
    model: Model


def add_instance(
    world: "World", scale_set: ScaleSet, zone: str | None = None, attached: Attached | None = None
) -> Instance:
    """A new instance, of which nothing runs yet, on the set's model unless it is attached; its zone may be named."""
    instances = scale_set.instances  # Those that were there before have the first choice of places.
    number = scale_set.next_number
    scale_set.next_number += 1
    image = imagereference.resolved(world, attached.model if attached else scale_set.model, scale_set.location)
    instance = _made(world, scale_set, number, image=image, now=world.now, zone=zone)
    if attached is not None:
        instance.vm_name, instance.applied, instance.attached = attached.name, attached.model, True
    instance.disturbed = world.faults.zones_down(instance)
    instances[instance.id] = instance
    scale_set.pages = None
    return instance


def stand_up(world: "World", scale_set: ScaleSet, numbers: Sequence[int]) -> None:
    """The set has had healthy instances of these numbers for long; they are made when somebody asks for them."""
    image = imagereference.resolved(world, scale_set.model, scale_set.location)
    scale_set.next_number = numbers[-1] + 1 if numbers else 0
    scale_set.stand = partial(_stand, world, scale_set, numbers, image, world.now)


def _stand(world: "World", scale_set: ScaleSet, numbers: Sequence[int], image: Json, since: float) -> None:
    for number in numbers:
        instance = _made(world, scale_set, number, image=image, now=since)
        instance.power = Power.RUNNING
        instance.provisioning = Provisioning.SUCCEEDED
        instance.provisioned_at = since
        instance.application = Application(serving=True, ready=True)
        health.start_healthy(instance, since)
        scale_set.instances[instance.id] = instance


def _made(
    world: "World", scale_set: ScaleSet, number: int, *, image: Json, now: float, zone: str | None = None
) -> Instance:
    key = f"{scale_set.key}/{number}"
    return Instance(
        scale_set=scale_set,
        number=number,
        vm_id=world.guid("vm", key),
        disk_id=world.guid("disk", key),
        slot=scale_set.placement.place(number, zone),
        applied=scale_set.model,
        vm_name=flexible.member_name(world, scale_set, number) if scale_set.flexible else None,
        image=image,
        created_at=now,
        probe=health.new_probe(world.seed, key),
        etag=scale_set.etag,
    )


def create(world: "World", instance: Instance, operation: Operation, then: Callable[[], None] | None = None) -> None:
    """Brings a new instance up, which takes a while; `then` follows when that has ended, well or not."""
    durations = WINDOWS_CREATE if instance.applied.os_type == "Windows" else LINUX_CREATE
    seconds = durations.draw(world.seed, instance.scale_set.key, instance.id, "create")
    fault = world.faults.for_creation(instance)
    creation = _Creation(activity.begin(world, instance, "create", operation), then)
    if isinstance(fault, UpgradeFails):
        creation.course.after(seconds, partial(creation.fail, fault.error_for(instance)))
    elif not isinstance(fault, Hangs):
        creation.course.after(0.5 * seconds, creation.run)
        creation.course.after(
            seconds - choices.WARM_SECONDS, partial(creation.serve, sick=isinstance(fault, BootsUnhealthy))
        )
        creation.course.after(seconds, creation.finish)
    health.changed(world, instance, "created")


@dataclass(frozen=True, slots=True)
class _Creation:
    """The steps in which an instance comes up."""

    course: activity.Course
    then: Callable[[], None] | None

    def run(self) -> None:
        self.course.instance.power = Power.RUNNING
        health.changed(self.course.world, self.course.instance, "created")

    def serve(self, *, sick: bool) -> None:
        self.course.instance.application = Application(serving=True, ready=True, sick=sick)
        health.changed(self.course.world, self.course.instance, "created")

    def fail(self, error: ArmError) -> None:
        self.course.instance.power = Power.DEALLOCATED
        self._end("not created", error)

    def finish(self) -> None:
        self._end("created")

    def _end(self, reason: str, error: ArmError | None = None) -> None:
        self.course.end(reason, error)
        if self.then is not None:
            self.then()


def delete(world: "World", instance: Instance, operation: Operation, *, force: bool = False) -> None:
    """Takes an instance away; it stops taking requests at once, with a short time to drain unless it is forced."""
    course = activity.begin(world, instance, "delete", operation)
    instance.provisioning = Provisioning.DELETING
    instance.application.ready = False
    course.after(0.0 if force else choices.DELETE_DRAIN_SECONDS, partial(_stop, course))
    course.after(choices.FORCED_DELETE_SECONDS if force else choices.DELETE_SECONDS, partial(_finish, course))
    health.retiring(world, instance)
    health.changed(world, instance, "delete")


def _stop(course: activity.Course) -> None:
    course.instance.application.serving = False
    course.instance.power = Power.STOPPING
    health.changed(course.world, course.instance, "delete")


def _finish(course: activity.Course) -> None:
    remove(course.instance)
    course.end("deleted")


def remove(instance: Instance) -> None:
    """The instance is no more."""
    scale_set = instance.scale_set
    instance.application.serving = False
    scale_set.instances.pop(instance.id, None)
    scale_set.placement.release(instance.number)
    scale_set.pages = None
    health.gone(instance)


def scale_in(world: "World", scale_set: ScaleSet, count: int, operation: Operation) -> None:
    """Takes the instances that the scale-in policy chooses."""
    for instance in leaving(scale_set, count):
        delete(world, instance, operation)
