"""Automatic instance repairs: an instance that stays unhealthy is replaced, reimaged or restarted.

Azure documentation: "Automatic instance repairs for Azure Virtual Machine Scale Sets". After anything that was done to
the set or to the instance it has a grace period; few are repaired at once; a service whose repairs do not help suspends
itself.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.documents import section
from rollset.emulator.healthsettings import HealthState
from rollset.emulator.instance import Instance, Power, Provisioning
from rollset.emulator.isodurations import seconds_of
from rollset.emulator.operations import Operation
from rollset.emulator.population import add_instance, create, delete
from rollset.emulator.power import ACTIONS, act
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


@dataclass(frozen=True, slots=True)
class RepairPolicy:
    """What a set that wants repairs says of them."""

    grace_seconds: float
    action: str

    @classmethod
    def of(cls, scale_set: ScaleSet) -> "RepairPolicy | None":
        """The policy, or None where repairs are off."""
        policy = section(scale_set.properties, "automaticRepairsPolicy")
        if not policy.get("enabled"):
            return None
        grace = seconds_of(policy.get("gracePeriod")) or choices.REPAIR_GRACE_SECONDS
        return cls(grace, str(policy.get("repairAction") or "Replace"))


def watch(world: "World", scale_set: ScaleSet) -> None:
    """Looks at the set from now on, as long as its policy wants repairs; one that is off forgets its troubles."""
    service = scale_set.repairs
    if RepairPolicy.of(scale_set) is None:
        service.suspended, service.failures = False, 0
    elif not service.watching:
        service.watching = True
        world.schedule.at(world.now + choices.REPAIR_LOOK_SECONDS, partial(_look, world, scale_set))


def set_suspended(scale_set: ScaleSet, now: float, *, suspended: bool) -> None:
    """Suspends the service, or lets it go on; what was repaired in vain is forgotten then."""
    service = scale_set.repairs
    service.suspended, service.changed_at = suspended, now
    if not suspended:
        service.failures = 0


def _look(world: "World", scale_set: ScaleSet) -> None:
    policy = RepairPolicy.of(scale_set)
    if policy is None or world.sets.get(scale_set.key) is not scale_set:
        scale_set.repairs.watching = False
        return
    if not scale_set.operations:
        due = [one for one in scale_set.instances.values() if _is_due(one, policy, world.now)]
        _judge_earlier(world, scale_set, due)
        if not scale_set.repairs.suspended:
            for instance in sorted(due, key=_unhealthy_since)[: _room(scale_set)]:
                _repair(world, instance, policy)
    world.schedule.at(world.now + choices.REPAIR_LOOK_SECONDS, partial(_look, world, scale_set))


def _is_due(instance: Instance, policy: RepairPolicy, now: float) -> bool:
    """Unhealthy or unknown, left in peace for the grace period, and nothing that Azure would leave alone."""
    if instance.activity is not None or instance.provisioning is not Provisioning.SUCCEEDED:
        return False
    spared = instance.protected or instance.attached or instance.power is not Power.RUNNING
    sick = instance.has_verdict and instance.health in (HealthState.UNHEALTHY, HealthState.UNKNOWN)
    rested_since = max(instance.provisioned_at, instance.scale_set.settled_at)
    return sick and not spared and now - rested_since >= policy.grace_seconds


def _unhealthy_since(instance: Instance) -> tuple[float, int]:
    return instance.probe.changed_at, instance.number


def _room(scale_set: ScaleSet) -> int:
    """At most five percent at a time, one in a small set."""
    count = len(scale_set.instances)
    return max(1, count * choices.REPAIR_PERCENT_AT_ONCE // 100) - len(scale_set.repairs.under_way)


def _judge_earlier(world: "World", scale_set: ScaleSet, due: list[Instance]) -> None:
    """Repairs that helped clear the record; too many in a row that did not suspend the service."""
    service = scale_set.repairs
    for instance in list(service.repaired):
        if instance.in_service:
            service.failures = 0
        elif instance in due:
            service.failures += 1
        elif scale_set.instances.get(instance.id) is instance:
            continue
        service.repaired.remove(instance)
    if service.failures >= choices.REPAIR_FAILURES_MAX and not service.suspended:
        service.suspended, service.changed_at = True, world.now


def _repair(world: "World", instance: Instance, policy: RepairPolicy) -> None:
    """The repair has an operation of its own, so that it gives the rest of the set no new grace period."""
    scale_set = instance.scale_set
    service = scale_set.repairs
    operation = world.start_operation("repair", scale_set.location, choices.POLL_UPDATE)
    service.under_way.append(instance)
    service.changed_at = world.now
    repaired = instance
    if policy.action == "Replace":
        delete(world, instance, operation)
        repaired = add_instance(world, scale_set, instance.slot.zone)
        create(world, repaired, operation)
    else:
        act(world, instance, ACTIONS[policy.action.lower()], operation)
    operation.on_end.append(partial(_repaired, world, instance, repaired))
    operation.release(world.now)


def _repaired(world: "World", instance: Instance, by: Instance, _ended: Operation) -> None:
    """The repair is over: the instance itself goes on, or another one in its place."""
    service = instance.scale_set.repairs
    service.under_way.remove(instance)
    service.repaired.append(by)
    service.changed_at = world.now
