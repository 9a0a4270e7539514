"""Upgrades of the OS image of sets that follow `latest`: on demand, and by Azure itself when a version is published.

Azure documentation: "Azure Virtual Machine Scale Set automatic OS image upgrades". One that a user starts puts nothing
back by itself; one of Azure's restores the disk of each instance that does not recover, and takes the set's own policy
only where `useRollingUpgradePolicy` says so.
"""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices, imagereference, rolling
from rollset.emulator.documents import Json, section
from rollset.emulator.draws import share
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import operation_not_allowed
from rollset.emulator.rollingpass import RollingPass, StartedBy
from rollset.emulator.rollingpolicy import RollingPolicy
from rollset.emulator.rollingwork import OsWork
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

ONLY_LATEST = (
    "The OS Rolling Upgrade API cannot be used on a VM Scale Set unless the VM Scale Set has some instances which have "
    "imageReference.version set to latest."
)


def check_may_start(scale_set: ScaleSet) -> None:
    """Refuses a pass of the OS where nobody follows `latest`, or beside another pass."""
    rolling.refuse_during(scale_set, "osRollingUpgrade")
    if not any(imagereference.follows_latest(one.applied) for one in scale_set.instances.values() if not one.protected):
        raise operation_not_allowed(ONLY_LATEST)


def start(
    world: "World",
    scale_set: ScaleSet,
    operation: Operation,
    started_by: StartedBy = StartedBy.USER,
) -> None:
    """A pass over the OS images, which the history of the set remembers."""
    automatic = _automatic_policy(scale_set)
    platform = started_by is StartedBy.PLATFORM
    own_policy = not platform or bool(automatic.get("useRollingUpgradePolicy"))
    upgrade = RollingPass(
        scale_set=scale_set,
        work=OsWork.of(world, scale_set),
        policy=RollingPolicy.of(scale_set) if own_policy else RollingPolicy.parsed({}),
        operation=operation,
        started_at=world.now,
        started_by=started_by,
        restores_each=platform and not automatic.get("disableAutomaticRollback"),
    )
    scale_set.os_upgrades = [*scale_set.os_upgrades, upgrade][-choices.OS_UPGRADES_REMEMBERED :]
    rolling.begin(world, upgrade)


def remembered(scale_set: ScaleSet, now: float) -> list[RollingPass]:
    """The last attempts, the newest first."""
    oldest = now - choices.OS_UPGRADE_MEMORY_SECONDS
    return [one for one in reversed(scale_set.os_upgrades) if one.started_at >= oldest]


def foresee(world: "World", scale_set: ScaleSet) -> None:
    """Plans Azure's own pass over a set that wants it and is behind its image.

    Whoever publishes an image, or changes a set, asks for this. Azure goes region by region within hours; here each set
    has a delay of its own, drawn from the seed.
    """
    target = OsWork.of(world, scale_set)
    if scale_set.os_upgrade_planned_at is not None or not _wants(scale_set, target):
        return
    drawn = share(world.seed, "os-upgrade", scale_set.key, target.image.get("exactVersion"))
    least, most = choices.OS_UPGRADE_DELAY_SECONDS_MIN, choices.OS_UPGRADE_DELAY_SECONDS_MAX
    _plan(world, scale_set, least + drawn * (most - least))


def foresee_all(world: "World") -> None:
    """A version was published."""
    for scale_set in world.sets.values():
        foresee(world, scale_set)


def _plan(world: "World", scale_set: ScaleSet, seconds: float) -> None:
    scale_set.os_upgrade_planned_at = world.now + seconds
    world.schedule.at(scale_set.os_upgrade_planned_at, partial(_start_by_itself, world, scale_set))


def _start_by_itself(world: "World", scale_set: ScaleSet) -> None:
    """The time has come; what else runs on the set is waited for."""
    scale_set.os_upgrade_planned_at = None
    if world.sets.get(scale_set.key) is not scale_set or not _wants(scale_set, OsWork.of(world, scale_set)):
        return
    if scale_set.operations or rolling.running_pass(scale_set) is not None:
        _plan(world, scale_set, choices.OS_UPGRADE_TRY_AGAIN_SECONDS)
        return
    operation = world.start_operation("os-upgrade", scale_set.location, choices.POLL_UPDATE, scale_set)
    start(world, scale_set, operation, StartedBy.PLATFORM)
    operation.release(world.now)


def _wants(scale_set: ScaleSet, target: OsWork) -> bool:
    """Automatic upgrades are on, somebody is behind, and Azure has not failed with this very version already."""
    if not _automatic_policy(scale_set).get("enableAutomaticOSUpgrade"):
        return False
    tried = any(
        one.started_by is StartedBy.PLATFORM and isinstance(one.work, OsWork) and one.work.image == target.image
        for one in scale_set.os_upgrades
    )
    return not tried and any(target.needed_by(one) for one in scale_set.instances.values())


def _automatic_policy(scale_set: ScaleSet) -> Json:
    return section(scale_set.properties, "upgradePolicy", "automaticOSUpgradePolicy")
