"""OS upgrades that wait for approval: Azure tells each machine that one is pending, and begins when it is approved.

`osRollingUpgradeDeferral` asks for this. Machines read of it in their instance metadata, as the tag
`Platform.PendingOSUpgrade`; the emulator's own account of a set shows who would (`pending_os_upgrade`). What is
approved is upgraded in a pass, which takes along what is approved while it runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices, osupgrade, rolling
from rollset.emulator.instance import Instance
from rollset.emulator.rollingpass import RollingPass, StartedBy
from rollset.emulator.rollingwork import OsWork
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


@dataclass(slots=True, eq=False)
class Deferral:
    """An upgrade that waits."""

    work: OsWork
    # For the next pass.
    approved: set[Instance] = field(default_factory=set)
    # The last pass over instances that were approved.
    under_way: RollingPass | None = None

    def is_pending_for(self, instance: Instance) -> bool:
        taken = self.approved | (self.under_way.only or set() if self.under_way is not None else set())
        return instance not in taken and self.work.needed_by(instance)


def is_pending(instance: Instance) -> bool:
    """Whether an upgrade of the instance waits for approval."""
    deferral = instance.scale_set.deferral
    return deferral is not None and deferral.is_pending_for(instance)


def approve(world: "World", scale_set: ScaleSet, instances: Iterable[Instance]) -> None:
    """Releases what waits for these instances; others among them need nothing."""
    deferral = scale_set.deferral
    if deferral is None:
        return
    released = {one for one in instances if deferral.is_pending_for(one)}
    current = deferral.under_way
    if current is not None and current.running and current.only is not None:
        current.only |= released
    else:
        deferral.approved |= released
        _begin(world, scale_set, deferral)


def _begin(world: "World", scale_set: ScaleSet, deferral: Deferral) -> None:
    """Begins a pass over what is approved; another one that runs is waited for."""
    if scale_set.deferral is not deferral or world.sets.get(scale_set.key) is not scale_set or not deferral.approved:
        return
    if rolling.running_pass(scale_set) is not None:
        world.schedule.at(world.now + choices.OS_UPGRADE_TRY_AGAIN_SECONDS, partial(_begin, world, scale_set, deferral))
        return
    only, deferral.approved = deferral.approved, set()
    operation = world.start_operation("os-upgrade", scale_set.location, choices.POLL_UPDATE, scale_set)
    deferral.under_way = osupgrade.start(world, scale_set, operation, StartedBy.PLATFORM, only=only)
    operation.release(world.now)
