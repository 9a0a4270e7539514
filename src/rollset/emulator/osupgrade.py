"""Upgrades of the OS image of sets that follow `latest`: who may start one, and by which policy it goes.

Azure documentation: "Azure Virtual Machine Scale Set automatic OS image upgrades". One that a user starts puts nothing
back by itself; one of Azure's restores the disk of each instance that does not recover, and takes the set's own policy
only where `useRollingUpgradePolicy` says so. When Azure starts one by itself stands in `osschedule.py`.
"""

from typing import TYPE_CHECKING

from rollset.emulator import choices, imagereference, rolling, rollingengine
from rollset.emulator.documents import Json, section
from rollset.emulator.instance import Instance
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
    only: set[Instance] | None = None,
) -> RollingPass:
    """A pass over the OS images, of these instances alone where any are named; the set's history remembers it."""
    automatic = automatic_policy(scale_set)
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
        only=only,
        hooked=platform,
    )
    scale_set.os_upgrades = [*scale_set.os_upgrades, upgrade][-choices.OS_UPGRADES_REMEMBERED :]
    rollingengine.begin(world, upgrade)
    return upgrade


def remembered(scale_set: ScaleSet, now: float) -> list[RollingPass]:
    """The last attempts, the newest first."""
    oldest = now - choices.OS_UPGRADE_MEMORY_SECONDS
    return [one for one in reversed(scale_set.os_upgrades) if one.started_at >= oldest]


def automatic_policy(scale_set: ScaleSet) -> Json:
    return section(scale_set.properties, "upgradePolicy", "automaticOSUpgradePolicy")
