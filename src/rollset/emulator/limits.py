"""What is left of Azure's rate limits: counted truthfully by its token buckets, not enforced yet.

Buckets start full and are refilled each minute, per resource and per subscription. Azure documentation: "Compute
throttling limits" and, for ARM's own, "Understand how Azure Resource Manager throttles requests". What those leave
open, the headers in the recorded tests of the Azure CLI show.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from rollset.emulator.dialect import dialect
from rollset.emulator.http import Reply, Request


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
UNCOUNTED_KINDS = ("own", "sign-in", "unknown", "balance")
# ARM's own, refilled each second: reads, writes, deletes.
ARM_BUCKETS = {"reads": (25.0, 250), "writes": (10.0, 200), "deletes": (10.0, 200)}
ARM_GLOBAL_FACTOR = 15


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: float


@dataclass(slots=True)
class Limits:
    """Every bucket that was ever drawn on."""

    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def headers(self, now: float, request: Request, reply: Reply, kind: str) -> dict[str, str]:
        """Draws for one answered request, and says what is left."""
        if kind in UNCOUNTED_KINDS:
            return {}
        found: dict[str, str] = self._arm(now, request)
        group = GROUPS.get(kind)
        if group is None or reply.headers.get("x-ms-failure-cause") == "gateway":
            return found
        policies = [self._take(now, group.subscription, "", 1)]
        if group.resource is not None:
            policies.append(self._take(now, group.resource, _resource(request.path), 1))
        if kind in BATCHED_KINDS and "Azure-AsyncOperation" in reply.headers:
            policies.append(self._take(now, BATCHED, "", int(reply.headers.get("x-ms-request-charge", "0"))))
            policies.append("Microsoft.Compute/VmssQueuedVMOperations;0")
        return {**found, "x-ms-ratelimit-remaining-resource": ",".join(policies)}

    def _arm(self, now: float, request: Request) -> dict[str, str]:
        verb = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(request.method, "writes")
        per_second, size = ARM_BUCKETS[verb]
        left = self._draw(("arm", verb), now, size, per_second, 1)
        everyone = self._draw(("arm-global", verb), now, size * ARM_GLOBAL_FACTOR, per_second * ARM_GLOBAL_FACTOR, 1)
        name = "x-ms-ratelimit-remaining-subscription"
        headers = {f"{name}-{verb}": str(left)}
        if dialect(request.api_version).new_rate_limits:
            headers[f"{name}-global-{verb}"] = str(everyone)
        return headers

    def _take(self, now: float, limit: Limit, resource: str, amount: int) -> str:
        left = self._draw((limit.policy, resource), now, limit.size, limit.refill / 60, amount)
        return f"Microsoft.Compute/{limit.policy};{left}"

    def _draw(self, key: tuple[str, str], now: float, size: int, per_second: float, amount: int) -> int:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(size), now)
        bucket.level = min(float(size), bucket.level + (now - bucket.filled_at) * per_second)
        bucket.filled_at = now
        bucket.level = max(0.0, bucket.level - amount)
        return int(bucket.level)


def _resource(path: str) -> str:
    """What a limit per resource counts by: the set, or the instance or operation under it."""
    return "/".join(segment.lower() for segment in path.split("/")[:11] if segment)
