"""Azure's rate limits: which call draws on which buckets, and how large these are. `buckets.py` counts.

Buckets start full and are refilled each minute, per resource, and per subscription and region. Azure documentation:
"Compute throttling limits" and, for ARM's own, "Understand how Azure Resource Manager throttles requests". What those
leave open, the headers in the recorded tests of the Azure CLI show.
"""

from typing import NamedTuple


class Limit(NamedTuple):
    """A bucket: refill a minute and size."""

    policy: str
    refill: int
    size: int


class Group(NamedTuple):
    """The limits that a kind of call draws on."""

    subscription: Limit
    resource: Limit | None = None


def _group(name: str, subscription: tuple[int, int], resource: tuple[int, int] | None = None) -> Group:
    of_resource = None if resource is None else Limit(f"{name}Resource", *resource)
    return Group(Limit(f"{name}SubscriptionMaximum", *subscription), of_resource)


# By the kind of the route. Set-level actions on instances have no limit per resource.
GROUPS: dict[str, Group] = {
    "set-put": _group("CreateVMScaleSet", (125, 375), (4, 12)),
    "set-patch": _group("VMScaleSetActions", (500, 1500), (4, 12)),
    "set-delete": _group("DeleteVMScaleSet", (175, 525), (4, 12)),
    "set-stop": _group("DeleteVMScaleSet", (175, 525)),
    "set-action": _group("VMScaleSetActions", (500, 1500)),
    "set-get": _group("GetVMScaleSet", (800, 2400), (12, 36)),
    "set-list": _group("HighCostGetVMScaleSet", (360, 1080)),
    "set-view": _group("HighCostGetVMScaleSet", (360, 1080), (10, 30)),
    "instance-list": _group("HighCostGetVMScaleSet", (360, 1080), (10, 30)),
    "instance-get": _group("GetVMScaleSetVM", (2000, 6000), (12, 36)),
    "instance-write": _group("VMScaleSetVMActions", (500, 1500), (4, 12)),
    "machine-put": _group("PutVM", (500, 1500), (4, 12)),
    "machine-write": _group("UpdateVM", (500, 1500), (4, 12)),
    "machine-delete": _group("DeleteVM", (500, 1500), (4, 12)),
    "machine-get": _group("LowCostGet", (8000, 24000), (12, 36)),
    "machine-list": _group("HighCostGet", (300, 900)),
    "operation-get": _group("GetOperation", (5000, 15000), (15, 45)),
}
BATCHED = Limit("VMScaleSetBatchedVMRequestsSubscriptionMaximum", 2000, 6000)
BATCHED_KINDS = ("set-put", "set-patch", "set-delete", "set-stop", "set-action", "instance-write")
# These are no requests to ARM.
UNCOUNTED_KINDS = ("own", "page", "events", "sign-in", "unknown", "balance", "throttled")
# ARM's own, refilled each second: reads, writes, deletes.
ARM_BUCKETS = {"reads": (25.0, 250), "writes": (10.0, 200), "deletes": (10.0, 200)}
ARM_GLOBAL_FACTOR = 15
