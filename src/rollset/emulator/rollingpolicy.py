"""The `rollingUpgradePolicy` of a set as numbers, and its arithmetic."""

from dataclasses import dataclass

from rollset.emulator.defaults import ROLLING_POLICY
from rollset.emulator.documents import Json, section
from rollset.emulator.isodurations import seconds_of
from rollset.emulator.scaleset import ScaleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingPolicy:
    """How many instances a pass may take at once, and when it must stop."""

    max_batch_percent: int
    max_unhealthy_percent: int
    max_unhealthy_upgraded_percent: int
    pause_seconds: float
    crosses_zones: bool
    unhealthy_first: bool
    rolls_back: bool
    surges: bool
    # As `rollingUpgrades/latest` shows it.
    document: Json

    @classmethod
    def of(cls, scale_set: ScaleSet) -> "RollingPolicy":
        """The set's own policy, which it has in every upgrade mode; what it leaves out has Azure's defaults."""
        return cls.parsed(section(scale_set.properties, "upgradePolicy", "rollingUpgradePolicy"))

    @classmethod
    def parsed(cls, given: Json) -> "RollingPolicy":
        """The policy of a document."""
        policy = {**ROLLING_POLICY, **given}
        return cls(
            max_batch_percent=policy["maxBatchInstancePercent"],
            max_unhealthy_percent=policy["maxUnhealthyInstancePercent"],
            max_unhealthy_upgraded_percent=policy["maxUnhealthyUpgradedInstancePercent"],
            pause_seconds=seconds_of(policy["pauseTimeBetweenBatches"]) or 0.0,
            crosses_zones=bool(policy.get("enableCrossZoneUpgrade")),
            unhealthy_first=bool(policy.get("prioritizeUnhealthyInstances")),
            rolls_back=bool(policy["rollbackFailedInstancesOnPolicyBreach"]),
            surges=bool(policy["maxSurge"]),
            document=policy,
        )

    def batch_size(self, instances: int) -> int:
        """Rounded down, at least one: a choice, for the documentation only calls the percentage a maximum."""
        return max(1, instances * self.max_batch_percent // 100)


def exceeds(part: int, whole: int, percent: int) -> bool:
    """Whether a share is more than a percentage. Of ten instances at 20 percent, the third is.

    >>> exceeds(2, 10, 20), exceeds(3, 10, 20), exceeds(1, 4, 20), exceeds(0, 0, 0)
    (False, True, True, False)
    """
    return part * 100 > whole * percent


def share(part: int, whole: int) -> int:
    """A share in whole percent, as messages give it.

    >>> share(1, 3), share(0, 0)
    (33, 0)
    """
    return part * 100 // whole if whole else 0
