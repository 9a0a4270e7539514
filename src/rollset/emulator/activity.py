"""Things that are done to an instance over time: one at a time, step by step, with operations that wait for the end."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices, health
from rollset.emulator.instance import Activity, Instance, Provisioning
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import ArmError
from rollset.emulator.schedule import Play

if TYPE_CHECKING:
    from rollset.emulator.world import World

PREEMPTED = ArmError(choices.PREEMPTED_CODE, choices.PREEMPTED_MESSAGE)


@dataclass(frozen=True, slots=True)
class Course:
    """An activity under way; its planned steps are void once something else is done to the instance."""

    world: "World"
    instance: Instance
    activity: Activity

    def after(self, seconds: float, step: Play) -> None:
        """Plans a step, counted from now."""
        self.world.schedule.at(self.world.now + seconds, partial(self._play, step))

    def end(self, reason: str, error: ArmError | None = None) -> None:
        """The activity is over: the instance is provisioned, or failed; then the operations hear of it."""
        instance = self.instance
        instance.provisioning = Provisioning.SUCCEEDED if error is None else Provisioning.FAILED
        instance.provisioned_at = self.world.now
        instance.failure = error
        instance.activity = None
        health.changed(self.world, instance, reason)
        _conclude(self.world, self.activity, error)

    def _play(self, step: Play) -> None:
        if self.instance.activity is self.activity:
            step()


def begin(world: "World", instance: Instance, kind: str, operation: Operation) -> Course:
    """Starts an activity; one that was under way is preempted."""
    if instance.activity is not None:
        _conclude(world, instance.activity, PREEMPTED)
    instance.activity = Activity(kind)
    join(instance.activity, operation)
    return Course(world, instance, instance.activity)


def join(activity: Activity, operation: Operation) -> None:
    """The operation waits for the end of the activity, whoever started it."""
    operation.hold()
    activity.operations.append(operation)


def drop(world: "World", instance: Instance) -> None:
    """Nothing comes of what is being done to the instance, and that is no failure."""
    if instance.activity is not None:
        _conclude(world, instance.activity, None)
        instance.activity = None


def _conclude(world: "World", activity: Activity, error: ArmError | None) -> None:
    if activity.record is not None:
        activity.record.ended_at = world.now
        activity.record.outcome = "succeeded" if error is None else error.code
    for operation in activity.operations:
        operation.release(world.now, error)
