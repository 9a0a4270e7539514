"""Power and disk actions on instances: what each does, step by step.

None of these drains: the application of a machine that is stopped is gone before the load balancer's probe has looked.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import activity, choices, health
from rollset.emulator.documents import Json
from rollset.emulator.faults import UpgradeFails
from rollset.emulator.instance import Application, Instance, Power, Provisioning
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import ArmError

if TYPE_CHECKING:
    from rollset.emulator.world import World


@dataclass(frozen=True, slots=True)
class Action:
    """An action on instances: the states it passes through, and how long it takes."""

    name: str
    seconds: float
    # The power state while it runs, and the one that it ends in.
    during: Power
    after: Power
    new_disk: bool = False
    # It changes nothing that anybody could see but the provisioning state.
    quiet: bool = False

    @property
    def boots(self) -> bool:
        return self.after is Power.RUNNING

    def needed(self, instance: Instance) -> bool:
        """Whether it changes anything: a machine that is off need not be stopped, one that runs need not start."""
        if self.quiet:
            return True
        if self.name == "start" or not self.boots:
            return instance.power is not self.after or instance.provisioning is Provisioning.FAILED
        return instance.power is not Power.DEALLOCATED


ACTIONS = {
    action.name: action
    for action in (
        Action("start", choices.START_SECONDS, Power.STARTING, Power.RUNNING),
        Action("restart", choices.RESTART_SECONDS, Power.RUNNING, Power.RUNNING),
        Action("poweroff", choices.POWER_OFF_SECONDS, Power.STOPPING, Power.STOPPED),
        Action("deallocate", choices.DEALLOCATE_SECONDS, Power.DEALLOCATING, Power.DEALLOCATED),
        Action("redeploy", choices.REDEPLOY_SECONDS, Power.STARTING, Power.RUNNING),
        Action("reimage", choices.REIMAGE_SECONDS, Power.STARTING, Power.RUNNING, new_disk=True),
        Action("reimageall", choices.REIMAGE_SECONDS, Power.STARTING, Power.RUNNING, new_disk=True),
        Action("reapply", choices.REAPPLY_SECONDS, Power.RUNNING, Power.RUNNING, quiet=True),
    )
}
# `skipShutdown`: the guest is not asked to shut down first.
FAST_POWER_OFF = replace(ACTIONS["poweroff"], seconds=choices.FAST_POWER_OFF_SECONDS)


def act(world: "World", instance: Instance, action: Action, operation: Operation, image: Json | None = None) -> bool:
    """Starts the action; says whether there was anything to do. One that runs already is preempted.

    `image` is what the new disk holds, where that is not what the old one held.
    """
    if instance.provisioning is Provisioning.DELETING or not action.needed(instance):
        return False
    if action.quiet:
        _reapply(world, instance, action, operation)
        return True
    error = _refusal_to_start(world, instance, action)
    course = activity.begin(world, instance, action.name, operation)
    instance.provisioning = Provisioning.UPDATING
    instance.power = action.during
    instance.application.serving = False
    instance.hibernated = False
    if action.new_disk:
        instance.disk_id = world.guid("disk", instance.resource_id, world.guid())
        instance.image = image or instance.image
        instance.application.sick = world.faults.keeps_sick(instance)
    if error is None:
        _plan(course, action)
    else:
        course.after(action.seconds, partial(_fail, course, action, error))
    health.changed(world, instance, action.name)
    return True


def _plan(course: activity.Course, action: Action) -> None:
    """The steps of an action that goes well."""
    if action.boots:
        course.after(0.5 * action.seconds, partial(_run, course, action))
        course.after(action.seconds - choices.WARM_SECONDS, partial(_serve, course, action))
    course.after(action.seconds, partial(_finish, course, action))


def _run(course: activity.Course, action: Action) -> None:
    course.instance.power = Power.RUNNING
    health.changed(course.world, course.instance, action.name)


def _serve(course: activity.Course, action: Action) -> None:
    sick = course.instance.application.sick
    course.instance.application = Application(serving=True, ready=True, sick=sick)
    health.changed(course.world, course.instance, action.name)


def _finish(course: activity.Course, action: Action) -> None:
    course.instance.power = action.after
    course.end(action.name)


def _reapply(world: "World", instance: Instance, action: Action, operation: Operation) -> None:
    """The machine goes on as it is; Azure looks at it anew, which also mends a failed state."""
    course = activity.begin(world, instance, action.name, operation)
    instance.provisioning = Provisioning.UPDATING
    course.after(action.seconds, partial(course.end, action.name))
    health.changed(world, instance, action.name)


def _fail(course: activity.Course, action: Action, error: ArmError) -> None:
    course.instance.power = Power.DEALLOCATED
    course.end(f"{action.name} failed", error)


def _refusal_to_start(world: "World", instance: Instance, action: Action) -> ArmError | None:
    """Why a deallocated machine finds no place to start; one that has its place keeps it, unless its zone is down."""
    if not action.boots or not (instance.power is Power.DEALLOCATED or world.faults.zones_down(instance)):
        return None
    fault = world.faults.for_start(instance)
    return fault.error_for(instance) if isinstance(fault, UpgradeFails) else None
