"""Instances come and go: creation, scale-out, deletion, scale-in."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rollset.emulator import activity, choices, flexible, health, imagereference
from rollset.emulator.documents import Json
from rollset.emulator.durations import LINUX_CREATE, WINDOWS_CREATE
from rollset.emulator.faults import BootsUnhealthy, Hangs, UpgradeFails
from rollset.emulator.instance import Application, Instance, Power, Provisioning
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation
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
    now, image = world.now, imagereference.resolved(world, scale_set.model, scale_set.location)
    scale_set.next_number = numbers[-1] + 1 if numbers else 0

    def stand() -> None:
        for number in numbers:
            instance = _made(world, scale_set, number, image=image, now=now)
            instance.power = Power.RUNNING
            instance.provisioning = Provisioning.SUCCEEDED
            instance.provisioned_at = now
            instance.application = Application(serving=True, ready=True)
            health.start_healthy(instance, now)
            scale_set.instances[instance.id] = instance

    scale_set.stand = stand


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


def create(world: "World", instance: Instance, operation: Operation, then: Callable[[], None] = lambda: None) -> None:
    """Brings a new instance up, which takes a while; `then` follows when that has ended, well or not."""
    durations = WINDOWS_CREATE if instance.applied.os_type == "Windows" else LINUX_CREATE
    seconds = durations.draw(world.seed, instance.scale_set.key, instance.id, "create")
    course = activity.begin(world, instance, "create", operation)
    fault = world.faults.for_creation(instance)
    error = fault.error_for(instance) if isinstance(fault, UpgradeFails) else None

    def run() -> None:
        instance.power = Power.RUNNING
        health.changed(world, instance, "created")

    def serve() -> None:
        sick = isinstance(fault, BootsUnhealthy)
        instance.application = Application(serving=True, ready=True, sick=sick)
        health.changed(world, instance, "created")

    def fail() -> None:
        instance.power = Power.DEALLOCATED
        course.end("not created", error)
        then()

    def finish() -> None:
        course.end("created")
        then()

    if error is not None:
        course.after(seconds, fail)
    elif not isinstance(fault, Hangs):
        course.after(0.5 * seconds, run)
        course.after(seconds - choices.WARM_SECONDS, serve)
        course.after(seconds, finish)
    health.changed(world, instance, "created")


def delete(world: "World", instance: Instance, operation: Operation, *, force: bool = False) -> None:
    """Takes an instance away; it stops taking requests at once, with a short time to drain unless it is forced."""
    course = activity.begin(world, instance, "delete", operation)
    instance.provisioning = Provisioning.DELETING
    instance.application.ready = False

    def stop() -> None:
        instance.application.serving = False
        instance.power = Power.STOPPING
        health.changed(world, instance, "delete")

    def finish() -> None:
        remove(instance)
        course.end("deleted")

    course.after(0.0 if force else choices.DELETE_DRAIN_SECONDS, stop)
    course.after(choices.FORCED_DELETE_SECONDS if force else choices.DELETE_SECONDS, finish)
    health.retiring(world, instance)
    health.changed(world, instance, "delete")


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
