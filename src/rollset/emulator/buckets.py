"""Counts requests in Azure's token buckets, tells what is left of them, and refuses a request that finds one empty."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from rollset.emulator.dialect import dialect
from rollset.emulator.http import Reply, Request
from rollset.emulator.limits import (
    ARM_BUCKETS,
    ARM_GLOBAL_FACTOR,
    BATCHED,
    BATCHED_KINDS,
    GROUPS,
    UNCOUNTED_KINDS,
    Limit,
)
from rollset.emulator.refusal import Refusal
from rollset.emulator.throttled import MINUTE_SECONDS, too_many_for_arm, too_many_for_compute

REMAINING = "x-ms-ratelimit-remaining-subscription"
REMAINING_RESOURCE = "x-ms-ratelimit-remaining-resource"
# So many segments name a set, or an instance or operation under it.
RESOURCE_SEGMENTS = 11
# Buckets remembered; those that are full again are forgotten first.
BUCKETS_MAX = 10_000


class Draw(NamedTuple):
    """A bucket that a request draws on: which, how large, how fast it fills."""

    policy: str
    # Who or what it belongs to: a principal, a region, a resource.
    owner: str
    size: int
    per_second: float
    # ARM's own limits come before those of Compute.
    of_arm: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.policy, self.owner)


class Level(NamedTuple):
    """How full a bucket is."""

    policy: str
    owner: str
    left: int
    size: int


@dataclass(slots=True)
class _Bucket:
    size: int
    per_second: float
    level: float
    filled_at: float
    # Requests in the minute that began then, the refused ones included.
    minute: float = 0.0
    asked: int = 0

    def fill(self, now: float) -> None:
        self.level = min(float(self.size), self.level + (now - self.filled_at) * self.per_second)
        self.filled_at = now

    def count(self, now: float) -> None:
        minute = now // MINUTE_SECONDS
        self.asked = self.asked + 1 if minute == self.minute else 1
        self.minute = minute


def draws_of(request: Request, kind: str, region: str, principal: str) -> tuple[Draw, ...]:
    """The buckets that a request counts for, by the kind of its route."""
    if kind in UNCOUNTED_KINDS:
        return ()
    verb = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(request.method, "writes")
    per_second, size = ARM_BUCKETS[verb]
    draws = [
        Draw(verb, principal, size, per_second, of_arm=True),
        Draw(f"global-{verb}", "", size * ARM_GLOBAL_FACTOR, per_second * ARM_GLOBAL_FACTOR, of_arm=True),
    ]
    group = GROUPS.get(kind)
    if group is not None:
        draws.append(_of_compute(group.subscription, region))
        if group.resource is not None:
            draws.append(_of_compute(group.resource, _resource(request.path)))
        if kind in BATCHED_KINDS:
            draws.append(_of_compute(BATCHED, region))
    return tuple(draws)


@dataclass(slots=True)
class Limits:
    """Every bucket that was drawn on lately."""

    subscription: str
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def check(self, now: float, draws: tuple[Draw, ...], retry_after: Callable[[float], str]) -> None:
        """Refuses a request that finds a bucket empty; `retry_after` makes a header of emulated seconds.

        What is refused takes nothing out of any bucket. ARM starts its wait anew for whoever does not keep it.
        """
        for draw in draws:
            bucket = self._bucket(now, draw)
            if bucket.level >= 1:
                continue
            bucket.count(now)
            if draw.of_arm:
                bucket.level = 0.0
            wait = math.ceil((1 - bucket.level) / bucket.per_second)
            raise self._refusal(draw, bucket, now, retry_after(wait))

    def headers(self, now: float, draws: tuple[Draw, ...], request: Request, reply: Reply) -> dict[str, str]:
        """Draws for one answered request, and says what is left."""
        found: dict[str, str] = {}
        told = dialect(request.api_version).new_rate_limits
        by_arm_alone = reply.headers.get("x-ms-failure-cause") == "gateway"
        policies: list[str] = []
        for draw in draws:
            if draw.of_arm:
                left = self._take(now, draw, 1)
                if told or not draw.policy.startswith("global-"):
                    found[f"{REMAINING}-{draw.policy}"] = str(left)
            elif by_arm_alone:
                continue
            elif draw.policy != BATCHED.policy:
                policies.append(f"Microsoft.Compute/{draw.policy};{self._take(now, draw, 1)}")
            elif "Azure-AsyncOperation" in reply.headers:
                charge = int(reply.headers.get("x-ms-request-charge", "0"))
                policies.append(f"Microsoft.Compute/{draw.policy};{self._take(now, draw, charge)}")
                policies.append("Microsoft.Compute/VmssQueuedVMOperations;0")
        return {**found, REMAINING_RESOURCE: ",".join(policies)} if policies else found

    def levels(self, now: float) -> list[Level]:
        """How full the buckets are, the emptiest first."""
        for bucket in self._buckets.values():
            bucket.fill(now)
        found = [
            Level(policy, owner, int(bucket.level), bucket.size) for (policy, owner), bucket in self._buckets.items()
        ]
        return sorted(found, key=lambda one: (one.left / one.size, one.policy, one.owner))

    def _take(self, now: float, draw: Draw, amount: int) -> int:
        bucket = self._bucket(now, draw)
        bucket.count(now)
        bucket.level = max(0.0, bucket.level - amount)
        return int(bucket.level)

    def _bucket(self, now: float, draw: Draw) -> _Bucket:
        bucket = self._buckets.get(draw.key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._forget_full(now)
            bucket = self._buckets[draw.key] = _Bucket(draw.size, draw.per_second, float(draw.size), now)
        bucket.fill(now)
        return bucket

    def _forget_full(self, now: float) -> None:
        """A full bucket says no more than none."""
        for bucket in self._buckets.values():
            bucket.fill(now)
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.level < bucket.size}

    def _refusal(self, draw: Draw, bucket: _Bucket, now: float, wait: str) -> Refusal:
        if draw.of_arm:
            verb = draw.policy.removeprefix("global-").removesuffix("s")
            error = too_many_for_arm(verb, self.subscription, wait)
            return Refusal(429, error, {"Retry-After": wait, f"{REMAINING}-{draw.policy}": "0"})
        headers = {"Retry-After": wait, REMAINING_RESOURCE: f"Microsoft.Compute/{draw.policy};0"}
        measured = max(bucket.asked, draw.size + 1)
        return Refusal(429, too_many_for_compute(draw.policy, now, allowed=draw.size, measured=measured), headers)


def _of_compute(limit: Limit, owner: str) -> Draw:
    return Draw(limit.policy, owner, limit.size, limit.refill / MINUTE_SECONDS)


def _resource(path: str) -> str:
    """What a limit per resource counts by: the set, or the instance or operation under it."""
    return "/".join(segment.lower() for segment in path.split("/")[:RESOURCE_SEGMENTS] if segment)
