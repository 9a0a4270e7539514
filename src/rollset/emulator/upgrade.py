"""The upgrade of one instance to the set's model: the heart of the emulator.

    t0               provisioning Updating; the probe endpoint says "draining", the application still answers
    t0 + drain       the application stops, the guest shuts down
    t0 + 0.35 D      the OS disk is replaced: from here on the instance has the new image; it boots
    t0 + 0.5 D       the machine runs again, the application not yet
    t0 + D - warm    the application answers; the probe notices within its interval
    t0 + D           provisioning Succeeded (or Failed), latestModelApplied true

D is drawn for each upgrade (see `durations.py`), and is long enough for the shortest drain. Whatever would come before
the end of the drain comes right after it. A deallocated or stopped instance only gets its disk replaced.

The same happens where only the image is newer (an OS upgrade of a set that follows `latest`), and where an instance is
put back onto what it ran before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollset.emulator import activity, choices, health, imagereference
from rollset.emulator.documents import Json
from rollset.emulator.durations import LINUX_UPGRADE, WINDOWS_UPGRADE, Durations
from rollset.emulator.faults import BootsUnhealthy, Hangs, UpgradeFails
from rollset.emulator.instance import Instance, Power, Provisioning, UpgradeRecord
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation

if TYPE_CHECKING:
    from rollset.emulator.faults import UpgradeFault
    from rollset.emulator.world import World

KIND = "upgrade"
OFF = (Power.STOPPED, Power.DEALLOCATED)


@dataclass(frozen=True, slots=True)
class Target:
    """What an instance is to run: a model, and the image that it comes to."""

    model: Model
    image: Json


def running(instance: Instance) -> Target:
    """What the instance runs, to be put back onto it."""
    return Target(instance.applied, instance.image)


def may_upgrade(instance: Instance) -> bool:
    """Whether a set-level upgrade would touch the instance at all."""
    spared = instance.protected and choices.UPGRADE_SKIPS_PROTECTED
    in_between = instance.provisioning in (Provisioning.CREATING, Provisioning.DELETING)
    return not (instance.latest_model_applied or spared or in_between)


def upgrade(world: "World", instance: Instance, operation: Operation) -> None:
    """Brings the instance to the set's model and has the operation wait for it; leaves alone what needs nothing."""
    if instance.activity is not None and instance.activity.kind == KIND:
        activity.join(instance.activity, operation)
    elif may_upgrade(instance):
        scale_set = instance.scale_set
        image = imagereference.resolved(world, scale_set.model, scale_set.location)
        move(world, instance, Target(scale_set.model, image), operation)


def move(world: "World", instance: Instance, target: Target, operation: Operation) -> None:
    """Brings the instance to the target, whatever it runs; the operation waits for it."""
    seconds = _duration(world, instance)
    course = activity.begin(world, instance, KIND, operation)
    course.activity.record = UpgradeRecord(world.now, seconds)
    instance.upgrades.append(course.activity.record)
    instance.provisioning = Provisioning.UPDATING
    instance.failure = None
    _Upgrade(course, target, _fault(world, instance, target)).plan(seconds)
    health.changed(world, instance, "upgrade")


def _fault(world: "World", instance: Instance, target: Target) -> "UpgradeFault | None":
    """A fault names an image as the model does, or by the version that `latest` came to."""
    exact = imagereference.pinned(target.model, target.image)
    return world.faults.for_upgrade(instance, target.model) or world.faults.for_upgrade(instance, exact)


def _duration(world: "World", instance: Instance) -> float:
    scale_set = instance.scale_set
    usual: Durations = WINDOWS_UPGRADE if scale_set.model.os_type == "Windows" else LINUX_UPGRADE
    durations = scale_set.upgrade_durations or usual
    drawn = durations.draw(world.seed, scale_set.key, instance.id, len(instance.upgrades))
    return max(drawn, choices.DRAIN_SECONDS_MIN + choices.WARM_SECONDS)


def _drain(seconds: float) -> float:
    return min(choices.DRAIN_SECONDS_MAX, max(choices.DRAIN_SECONDS_MIN, choices.DRAIN_SHARE * seconds))


@dataclass(slots=True)
class _Upgrade:
    """The planned steps of one upgrade."""

    course: activity.Course
    target: Target
    fault: "UpgradeFault | None"

    @property
    def instance(self) -> Instance:
        return self.course.instance

    def plan(self, seconds: float) -> None:
        """Steps at the same instant are played in the order in which they are planned here."""
        ends, on, drain = not isinstance(self.fault, Hangs), self.instance.power not in OFF, _drain(seconds)
        if on:
            self.instance.application.ready = False
            self.course.after(drain, self._stop)
        self.course.after(max(drain, choices.BOOT_STARTS_AT * seconds), self._replace_disk)
        if ends and on:
            runs = max(drain, choices.MACHINE_RUNS_AT * seconds)
            self.course.after(runs, self._run)
            self.course.after(max(runs, seconds - choices.WARM_SECONDS), self._serve)
        if ends:
            self.course.after(seconds, self._finish)

    def _stop(self) -> None:
        self.instance.power = Power.STOPPING
        self.instance.application.serving = False
        self._changed("upgrade")

    def _replace_disk(self) -> None:
        world, instance = self.course.world, self.instance
        instance.image = self.target.image
        instance.half_upgraded = True
        instance.disk_id = world.guid("disk", instance.resource_id, len(instance.upgrades))
        instance.application.sick = isinstance(self.fault, BootsUnhealthy)
        if instance.power not in OFF:
            instance.power = Power.STARTING
        self._changed("upgrade")

    def _run(self) -> None:
        self.instance.power = Power.RUNNING
        self._changed("upgrade")

    def _serve(self) -> None:
        works = not isinstance(self.fault, UpgradeFails)
        self.instance.application.serving = works
        self.instance.application.ready = works
        self._changed("upgraded")

    def _finish(self) -> None:
        error = self.fault.error_for(self.instance) if isinstance(self.fault, UpgradeFails) else None
        if error is None:
            self.instance.applied = self.target.model
            self.instance.half_upgraded = False
        self.course.end("upgraded" if error is None else "upgrade failed", error)

    def _changed(self, reason: str) -> None:
        health.changed(self.course.world, self.instance, reason)
