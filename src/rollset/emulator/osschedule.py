"""When Azure upgrades the OS image of a set by itself: some hours after a version came out, if nobody objects.

    published, or switched on ──▶ planned ──▶ due ──▶ hook asked ──▶ deferred, until approved (`deferral.py`)
                                                          └────────▶ begun (`osupgrade.py`)

Azure documentation: "Azure Virtual Machine Scale Set automatic OS image upgrades".
"""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices, lifecyclehooks, osupgrade, rolling
from rollset.emulator.deferral import Deferral
from rollset.emulator.draws import share
from rollset.emulator.lifecyclehooks import HookEvent, HookType
from rollset.emulator.osupgrade import automatic_policy
from rollset.emulator.rollingpass import StartedBy
from rollset.emulator.rollingwork import OsWork
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


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
    """The time has come; what else runs on the set is waited for, and whoever has a hook for it is asked."""
    scale_set.os_upgrade_planned_at = None
    target = OsWork.of(world, scale_set)
    if world.sets.get(scale_set.key) is not scale_set or not _wants(scale_set, target):
        return
    if scale_set.operations or rolling.running_pass(scale_set) is not None:
        _plan(world, scale_set, choices.OS_UPGRADE_TRY_AGAIN_SECONDS)
        return
    hook = lifecyclehooks.before_upgrades(scale_set)
    if hook is None:
        _start(world, scale_set, target)
    else:
        lifecyclehooks.ask(world, scale_set, hook, [scale_set.id], partial(_answered, world, scale_set, target))


def _answered(world: "World", scale_set: ScaleSet, target: OsWork, event: HookEvent) -> None:
    """A version that is rejected is not tried. One that came out meanwhile is what is upgraded to."""
    if world.sets.get(scale_set.key) is not scale_set:
        return
    if not event.approves(scale_set.id):
        scale_set.os_image_rejected = target.image
        foresee(world, scale_set)
        return
    target = OsWork.of(world, scale_set)
    if not _wants(scale_set, target):
        return
    if rolling.running_pass(scale_set) is None:
        _start(world, scale_set, target)
    else:
        world.schedule.at(
            world.now + choices.OS_UPGRADE_TRY_AGAIN_SECONDS, partial(_answered, world, scale_set, target, event)
        )


def _start(world: "World", scale_set: ScaleSet, target: OsWork) -> None:
    if automatic_policy(scale_set).get("osRollingUpgradeDeferral"):
        scale_set.deferral = Deferral(target)
        return
    scale_set.deferral = None
    operation = world.start_operation("os-upgrade", scale_set.location, choices.POLL_UPDATE, scale_set)
    osupgrade.start(world, scale_set, operation, StartedBy.PLATFORM)
    operation.release(world.now)


def _wants(scale_set: ScaleSet, target: OsWork) -> bool:
    """Automatic upgrades are on, somebody is behind, and this very version has not been tried, deferred or rejected."""
    automatic = automatic_policy(scale_set)
    if not automatic.get("enableAutomaticOSUpgrade") or scale_set.hook_events.is_asking(HookType.SCHEDULING):
        return False
    tried = any(
        one.started_by is StartedBy.PLATFORM and isinstance(one.work, OsWork) and one.work.image == target.image
        for one in scale_set.os_upgrades
    )
    deferral = scale_set.deferral if automatic.get("osRollingUpgradeDeferral") else None
    waits = deferral is not None and deferral.work.image == target.image
    if tried or waits or scale_set.os_image_rejected == target.image:
        return False
    return any(target.needed_by(one) for one in scale_set.instances.values())
