"""What Azure does to a scale set by itself, and what becomes of that while a rollout runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rollset.core.fleet import ScaleSet


class Service(StrEnum):
    """One that acts on instances beside a rollout."""

    REPAIRS = "automatic repairs"
    OS_UPGRADE = "automatic OS upgrade"


class WhileRolling(StrEnum):
    """What becomes of a service for the time of a rollout."""

    SUSPEND = "suspend"
    """Switched off if it is on, and on again at the end."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherActors:
    """What is asked for."""

    repairs: WhileRolling = WhileRolling.LEAVE
    os_upgrade: WhileRolling = WhileRolling.LEAVE

    def to_suspend(self, scale_set: ScaleSet) -> Iterator[Service]:
        """Those that the model switches on, and that are not to act meanwhile."""
        if scale_set.repairs is not None and self.repairs is WhileRolling.SUSPEND:
            yield Service.REPAIRS
        if scale_set.automatic_os_upgrade and self.os_upgrade is WhileRolling.SUSPEND:
            yield Service.OS_UPGRADE

    def notes(self, scale_set: ScaleSet) -> Iterator[str]:
        """What an operator should know of them before he says yes."""
        suspended = set(self.to_suspend(scale_set))
        for service in sorted(suspended):
            yield f"{service} is switched on: it is suspended for the rollout, and goes on at the end"
        if scale_set.repairs is not None and Service.REPAIRS not in suspended:
            yield (
                f"{Service.REPAIRS} is switched on, and left so: Azure may act on instances that are unhealthy for "
                f"{scale_set.repairs.grace_seconds:.0f} s"
            )
        if scale_set.automatic_os_upgrade and Service.OS_UPGRADE not in suspended:
            yield f"{Service.OS_UPGRADE} is switched on: Azure may act on this set as well"


UNTOUCHED = OtherActors()
"""What an older rollset did, whose rollouts may still be in flight."""

USUAL = OtherActors(repairs=WhileRolling.SUSPEND)
"""What a user gets who says nothing: a repair in the middle of a rollout brings the new image where it was not sent."""
