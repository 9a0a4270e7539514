"""How many requests a plan will cost, bucket by bucket, held against what each bucket gives in that time.

Azure counts requests in token buckets: so many at once, and so many more each minute ("Compute throttling limits"). The
counts are those of how the engine works: a read of the model, a look and a request for each group that leaves, and
looks in between that are timed by what upgrades take. They are an expectation: an instance that fails, a pause or
somebody's approval change them, and so do other clients, who share the buckets of the subscription.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from rollset.core.fleet import UpgradeMode
from rollset.core.forecast import LATE_SHARE_MAX, LATE_SHARE_MIN, REQUESTS_EACH
from rollset.core.image import same_image
from rollset.core.pace import Batches
from rollset.core.plan import Plan

PAGE_INSTANCES = 120
"""So many instances are on a page of a list."""

SECONDS_A_MINUTE = 60.0

LOOKS_BLIND = 85
"""Looks at the canary: how long it takes nobody knows, so they begin close together and grow apart."""

LOOKS_A_BATCH = 6
"""Looks while a batch is out."""

TOGETHER = 0.35
"""In the sliding window so large a share of those who are back at the same time leave by requests of their own."""

READS_BESIDE = 3
"""Of the model: for the plan, before the write and after it."""

POLLS_A_WRITE = 2
"""Of the operation that a write of the model is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket as Azure documents it, called by its name in `x-ms-ratelimit-remaining-resource`."""

    name: str
    what: str
    at_once: int
    each_minute: int
    is_counted_by_request: bool = True
    """Or else by the instances in them."""

    def gives(self, seconds: float) -> int:
        """The most that it lets through in that time."""
        return self.at_once + int(self.each_minute * seconds / SECONDS_A_MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is expected to be taken out of a bucket, and the most that it gives meanwhile."""

    bucket: Bucket
    requests: int
    gives: int

    @property
    def share(self) -> float:
        return self.requests / self.gives


READS = Bucket(name="GetVMScaleSetResource", what="reads of the model", at_once=36, each_minute=12)
WRITES = Bucket(name="UpdateVMScaleSetResource", what="writes of the model", at_once=12, each_minute=4)
LISTS = Bucket(name="HighCostGetVMScaleSetResource", what="pages of instances", at_once=30, each_minute=10)
VIEWS = Bucket(name="GetVMScaleSetVMSubscriptionMaximum", what="looks at one instance", at_once=6000, each_minute=2000)
UPGRADES = Bucket(
    name="VMScaleSetActionsSubscriptionMaximum", what="requests to upgrade", at_once=1500, each_minute=500
)
MACHINES = Bucket(
    name="VMScaleSetBatchedVMRequestsSubscriptionMaximum",
    what="instances in those",
    at_once=6000,
    each_minute=2000,
    is_counted_by_request=False,
)
"""Its figures are inferred from headers; those of the others are documented."""

POLLS = Bucket(name="GetOperationSubscriptionMaximum", what="polls of operations", at_once=15000, each_minute=5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """A plan as far as its requests go. `pages` is what a look at all instances costs."""

    groups: int
    going: int
    at_once: int
    pages: int
    batches: bool
    writes: int

    @classmethod
    def of(cls, plan: Plan) -> _Shape:
        switched = plan.switch_policy and plan.fleet.scale_set.upgrade_mode is not UpgradeMode.MANUAL
        rewritten = not same_image(plan.fleet.scale_set.image, plan.job.image)
        return cls(
            groups=len(plan.steps),
            going=len(plan.upgrades),
            at_once=plan.at_once,
            pages=max(1, ceil(len(plan.fleet.instances) / PAGE_INSTANCES)),
            batches=isinstance(plan.job.pace.style, Batches),
            writes=int(rewritten) + 2 * int(switched),
        )

    @property
    def looks_a_group(self) -> float:
        """Between one group and the next; in the window they lie as close as a place that falls idle is worth."""
        if self.batches:
            return LOOKS_A_BATCH
        return 1 / min(LATE_SHARE_MAX, max(LATE_SHARE_MIN, self.pages / (REQUESTS_EACH * self.at_once)))

    @property
    def calls(self) -> int:
        """Requests to upgrade: one a batch; in the window, who is back first need not wait for the others."""
        if self.batches:
            return self.groups
        each = 1 + TOGETHER * min(self.at_once, self.looks_a_group)
        return min(self.going, round(1 + (self.groups - 1) * each))


def charges(plan: Plan, seconds: float) -> tuple[Charge, ...]:
    """What the plan is expected to cost if it takes so many seconds; nothing where there is nothing to do."""
    if not plan.steps:
        return ()
    return tuple(
        Charge(bucket=bucket, requests=requests, gives=bucket.gives(seconds))
        for bucket, requests in _counts(_Shape.of(plan), seconds)
        if requests
    )


def _counts(shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    looks = round((shape.groups - 1) * shape.looks_a_group)
    alone = shape.pages > 1  # Then one instance is looked at alone: that is cheaper than a look at all.
    pages = shape.pages * (looks + 1) + (0 if alone else LOOKS_BLIND)
    yield READS, shape.calls + READS_BESIDE
    yield WRITES, shape.writes
    # Looks wait until the bucket lets them through in one go: they never ask for more than it gives.
    yield LISTS, min(pages, LISTS.gives(seconds))
    yield VIEWS, LOOKS_BLIND if alone else 0
    yield UPGRADES, shape.calls
    yield MACHINES, shape.going
    yield POLLS, POLLS_A_WRITE * shape.writes
