"""What a rolling pass says of its failure, in Azure's words.

Codes and texts are those of recorded answers, of Azure's documentation ("Automatic OS image upgrades"), and of
opencb/opencga#987 and microsoft/AzureTRE#1591. Two texts that no source quotes are ours: of the failure that does not
stop a pass, and of the timeout.
"""

from rollset.emulator.instance import Instance
from rollset.emulator.isodurations import duration_text
from rollset.emulator.refusal import ArmError, Refusal, operation_not_allowed
from rollset.emulator.scaleset import ScaleSet

NOT_HEALTHY = "Instance found to be unhealthy or unreachable."
EXCEEDED = "Rolling Upgrade failed after exceeding the {limit} value defined in the RollingUpgradePolicy"


def unhealthy_before(percent: int, limit: int) -> ArmError:
    """The check before the first batch."""
    return ArmError(
        "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade",
        f"{EXCEEDED.format(limit='MaxUnhealthyInstancePercent')} before any batch was attempted. {percent}% of "
        f"instances are in an unhealthy state, more than the threshold of {limit}% configured in the "
        f"RollingUpgradePolicy. The most impactful error is:  {NOT_HEALTHY}",
    )


def unhealthy_during(percent: int, limit: int) -> ArmError:
    """The same check between batches."""
    return ArmError(
        "MaxUnhealthyInstancePercentExceededInRollingUpgrade",
        f"{EXCEEDED.format(limit='MaxUnhealthyInstancePercent')}. {percent}% of instances are in an unhealthy state - "
        f"more than the threshold of {limit}%. To apply upgrades, consider increasing the MaxUnhealthyInstancePercent "
        "value.",
    )


def unhealthy_upgraded(percent: int, limit: int, first: Instance) -> ArmError:
    """The check after a batch; `first` is the first instance that failed."""
    worst = NOT_HEALTHY if first.failure is None else first.failure.message
    return ArmError(
        "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade",
        f"{EXCEEDED.format(limit='MaxUnhealthyUpgradedInstancePercent')}. {percent}% of instances are in an unhealthy "
        f"state after being upgraded - more than the threshold of {limit}%. The most impactful error is: {worst}. "
        f"First failed instance ID is: {first.id}.",
    )


def failed_so_far(first: Instance, count: int) -> ArmError:
    """Instances failed, not so many that the pass had to stop."""
    return ArmError(
        "RollingUpgradeInProgressWithFailedUpgradedVMs",
        f"Rolling Upgrade went on with {count} failed upgraded VM(s), within the thresholds of the "
        f"RollingUpgradePolicy. First failed instance ID is: {first.id}.",
    )


def timed_out(seconds: float) -> ArmError:
    return ArmError(
        "RollingUpgradeTimeoutError",
        f"Rolling Upgrade failed as it was not completed within the allotted time of {duration_text(seconds)}.",
    )


def cancelled(scale_set: ScaleSet, under_way: list[Instance]) -> ArmError:
    """A cancelled pass names those that it was upgrading. Azure's own spelling."""
    details = tuple(
        ArmError(
            "RollingUpgradeCanceled",
            "Rolling Upgrade failed as upgrade was canceled while it was in progress.",
            f"{scale_set.name}/virtualMachines/{one.id}",
        )
        for one in under_way
    )
    return ArmError(
        "RollingUpgradeInternalError",
        "An internal error occured while executing the rolling upgrade.",
        details=details,
    )


def in_progress(operation: str, scale_set: ScaleSet) -> Refusal:
    """What a pass does not let happen beside it."""
    return operation_not_allowed(
        f"Operation '{operation}' is not allowed on Virtual Machine Scale Set '{scale_set.name}' since a Rolling "
        "Upgrade is in progress. Please retry after it has completed, or cancel it."
    )


def nothing_to_cancel() -> Refusal:
    return operation_not_allowed("There is no ongoing Rolling Upgrade to cancel.")
