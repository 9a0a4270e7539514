"""How many requests Azure would still take, learned from its answers, so that a call waits before Azure refuses it.

Compute counts requests in token buckets that it refills each minute, per resource and per subscription, and tells with
each answer what is left: `x-ms-ratelimit-remaining-resource: Microsoft.Compute/GetVMScaleSetResource;34,...`, on one
line or on several. A bucket near its end is then used no faster than it refills. Sizes differ by subscription, so none
is assumed; what is written here is how fast the buckets refill (Azure documentation, "Compute throttling limits").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rollset.arm.plain import number_of

HEADER = "x-ms-ratelimit-remaining-resource"

ARM_READS_HEADER = "x-ms-ratelimit-remaining-subscription-reads"
ARM_READS = "SubscriptionReads"
"""Azure Resource Manager has a bucket of its own before those of Compute: reads of a subscription. The name is ours."""

RESERVE = 2
"""Requests left in a bucket from which on it is used sparingly."""

WAIT_SECONDS_MAX = 60.0
"""No call waits longer than a refill takes; if Azure refuses it then, its own `Retry-After` is heeded."""

LANES_MAX = 1000
"""Addresses remembered; the oldest are forgotten first, operations that have long ended before all."""

DIGITS_MAX = 9
"""Of a number of requests; no bucket is as large."""

REFILL_PER_MINUTE: Mapping[str, int] = {
    "GetVMScaleSetResource": 12,
    "GetVMScaleSetSubscriptionMaximum": 800,
    "HighCostGetVMScaleSetResource": 10,
    "HighCostGetVMScaleSetSubscriptionMaximum": 360,
    "GetVMScaleSetVMResource": 12,
    "GetVMScaleSetVMSubscriptionMaximum": 2000,
    "VMScaleSetActionsResource": 4,
    "VMScaleSetActionsSubscriptionMaximum": 500,
    "LowCostGetResource": 12,
    "LowCostGetSubscriptionMaximum": 8000,
    "HighCostGetSubscriptionMaximum": 300,
    "GetOperationResource": 15,
    "GetOperationSubscriptionMaximum": 5000,
    ARM_READS: 1500,
}
"""The policies that our calls are charged to and whose refill is documented.

`VmssQueuedVMOperations` must stay out: Azure sends 0 for it with calls that succeed, as the recorded tests of its SDKs
show.
"""


def told(headers: Mapping[str, str]) -> str:
    """All that the headers of an answer say is left, in the form of one of them."""
    reads = headers.get(ARM_READS_HEADER, "")
    return ",".join(filter(None, [headers.get(HEADER, ""), f"{ARM_READS};{reads}" if reads else ""]))


TIME_SCALE_HEADER = "x-emulator-time-scale"
TIME_SCALE_MAX = 1e6


def time_scale(headers: Mapping[str, str]) -> float:
    """How many times as fast as Azure's the buckets of an emulator are refilled, where it says so.

    >>> time_scale({TIME_SCALE_HEADER: "60"}), time_scale({TIME_SCALE_HEADER: "soon"}), time_scale({})
    (60.0, 1.0, 1.0)
    """
    scale = number_of(headers.get(TIME_SCALE_HEADER))
    return scale if scale is not None and 0 < scale <= TIME_SCALE_MAX else 1.0


def parse_remaining(header: str) -> dict[str, int]:
    """What the header says is left, by policy; whatever has another form is passed over.

    >>> parse_remaining("Microsoft.Compute/GetVMScaleSetResource;34, Microsoft.Compute/VmssQueuedVMOperations;0")
    {'GetVMScaleSetResource': 34, 'VmssQueuedVMOperations': 0}
    """
    found: dict[str, int] = {}
    for entry in header.split(","):
        policy, _, left = entry.strip().rpartition("/")[2].partition(";")
        left = left.strip()
        if policy and left.isdecimal() and len(left) <= DIGITS_MAX:
            found[policy] = int(left)
    return found


Key = tuple[str, str]
"""A policy, and whose bucket it is: a lane's, or a subscription's."""


@dataclass(slots=True)
class _Bucket:
    """`left` at `learned_at`; `free_at` is when the next request may leave once the bucket is down to its reserve.

    `most` is the most that was ever seen left, which is as much as is known of its size.
    """

    left: int
    free_at: float
    learned_at: float
    most: int


class Budgets:
    """All buckets seen so far. A *lane* is a method and an address without its query.

    An address that was not asked yet draws on the subscription's buckets as others of its kind do: the list of one
    set's instances as that of another's.
    """

    def __init__(self) -> None:
        self.scale = 1.0
        """How many times as fast as documented buckets are refilled."""
        self._buckets: dict[Key, _Bucket] = {}
        self._lanes: dict[str, tuple[Key, ...]] = {}
        self._kinds: dict[str, tuple[Key, ...]] = {}

    def reserve(self, lane: str, now: float) -> float:
        """Takes one request out of the lane's buckets, and says how many seconds it should wait before it leaves."""
        keys = self._keys(lane)
        scarce = [bucket for key in keys if (bucket := self._buckets[key]).left <= RESERVE]
        start = min(max((bucket.free_at for bucket in scarce), default=now), now + WAIT_SECONDS_MAX)
        start = max(start, now)
        for key in keys:
            bucket = self._buckets[key]
            bucket.left -= 1
            bucket.free_at = start + self._refill_seconds(key)
        return start - now

    def seconds_until(self, lane: str, requests: int, now: float, keep: float = 0.0) -> float:
        """How long until so many requests in a row would not have to wait, as far as the refill is known.

        `keep` is a share of each bucket that shall stay in it, for others to whom they matter more.
        """
        waits = [0.0]
        for key in self._keys(lane):
            bucket = self._buckets[key]
            missing = requests + max(RESERVE, round(keep * bucket.most)) - bucket.left
            waits.append(bucket.learned_at + missing * self._refill_seconds(key) - now)
        return max(waits)

    def _refill_seconds(self, key: Key) -> float:
        """Until one more request is in the bucket."""
        return 60 / REFILL_PER_MINUTE[key[0]] / self.scale

    def _keys(self, lane: str) -> tuple[Key, ...]:
        return self._lanes.get(lane) or self._kinds.get(_kind(lane), ())

    def learn(self, lane: str, header: str, now: float) -> None:
        """Notes what an answer in this lane says is left."""
        remaining = {policy: left for policy, left in parse_remaining(header).items() if policy in REFILL_PER_MINUTE}
        if not remaining:
            return
        # A policy per resource has a bucket in each lane; the others have one for the subscription.
        owner = _subscription(lane)
        keys = {(policy, lane if policy.endswith("Resource") else owner): left for policy, left in remaining.items()}
        for key, left in keys.items():
            bucket = self._buckets.setdefault(
                key, _Bucket(left=left, free_at=now + self._refill_seconds(key), learned_at=now, most=left)
            )
            bucket.left, bucket.learned_at, bucket.most = left, now, max(left, bucket.most)
        self._kinds[_kind(lane)] = tuple(key for key in keys if key[1] == owner)
        self._lanes.pop(lane, None)
        self._lanes[lane] = tuple(keys)
        if len(self._lanes) > LANES_MAX:
            self._forget(next(iter(self._lanes)))

    def _forget(self, lane: str) -> None:
        for key in self._lanes.pop(lane):
            if key[1] == lane:
                del self._buckets[key]


def _subscription(lane: str) -> str:
    """The subscription that a lane belongs to; nothing where its address names none."""
    match lane.split("/", 3):
        case [_, "subscriptions", subscription, *_]:
            return subscription
        case _:
            return ""


def _kind(lane: str) -> str:
    """The lane without the names in its address, but for the subscription.

    >>> _kind("GET /subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachinescalesets/web")
    'GET s subscriptions * resourcegroups * providers * virtualmachinescalesets *'
    """
    method, _, path = lane.partition(" ")
    words = ["*" if number % 2 else part for number, part in enumerate(path.split("/")[1:])]
    return " ".join([method, _subscription(lane), *words])
