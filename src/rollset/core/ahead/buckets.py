"""Azure's token buckets: so many requests at once, and so many more each minute.

Azure documentation: "Compute throttling limits", "Understand how Azure Resource Manager throttles requests".
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_A_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket, called by its name in `x-ms-ratelimit-remaining-resource`."""

    name: str
    what: str
    at_once: int
    each_minute: int
    is_counted_by_request: bool = True
    """Or else by the instances in them."""

    def gives(self, seconds: float) -> int:
        """The most that it lets through in that time."""
        return self.at_once + int(self.each_minute * seconds / SECONDS_A_MINUTE)


READS = Bucket(name="GetVMScaleSetResource", what="reads of the model", at_once=36, each_minute=12)
WRITES = Bucket(name="UpdateVMScaleSetResource", what="writes of the model", at_once=12, each_minute=4)
MACHINE_LISTS = Bucket(
    name="HighCostGetSubscriptionMaximum", what="pages of virtual machines", at_once=900, each_minute=300
)
LISTS = Bucket(name="HighCostGetVMScaleSetResource", what="pages of instances", at_once=30, each_minute=10)
MACHINE_VIEWS = Bucket(
    name="LowCostGetSubscriptionMaximum", what="looks at one instance", at_once=24000, each_minute=8000
)
VIEWS = Bucket(name="GetVMScaleSetVMSubscriptionMaximum", what="looks at one instance", at_once=6000, each_minute=2000)
ACTIONS = Bucket(
    name="VMScaleSetActionsSubscriptionMaximum",
    what="requests to upgrade, replace or suspend",
    at_once=1500,
    each_minute=500,
)
MACHINES = Bucket(
    name="VMScaleSetBatchedVMRequestsSubscriptionMaximum",
    what="instances in those",
    at_once=6000,
    each_minute=2000,
    is_counted_by_request=False,
)
"""Its figures are inferred from headers; those of the others are documented."""

PROTECTIONS = Bucket(
    name="VMScaleSetVMActionsSubscriptionMaximum", what="writes of protections", at_once=1500, each_minute=500
)
POLLS = Bucket(name="GetOperationSubscriptionMaximum", what="polls of operations", at_once=15000, each_minute=5000)
ELSEWHERE = Bucket(
    name="subscription-reads", what="reads of images, locks, addresses and metrics", at_once=250, each_minute=1500
)
"""Azure Resource Manager's own, for what no bucket of Compute counts; told in a header of its own."""
