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

from rollset.core.fleet import Orchestration, ScaleSet, UpgradeMode
from rollset.core.forecast import LATE_SHARE_MAX, LATE_SHARE_MIN, REQUESTS_EACH
from rollset.core.pace import Batches, Engine
from rollset.core.plan import Plan

PAGE_INSTANCES = 120
"""So many instances are on a page of a set's own list."""

PAGE_MACHINES = 50
"""So many are on one of virtual machines, which the members of a Flexible set are; Azure's vary."""

AZURE_LOOK_SECONDS = 20.0
AZURE_LOOKS_A_BATCH = 15
"""Where Azure's own rolling upgrade goes: looks are close together when a batch has moved, then so far apart."""

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


def look_pages(instances: int, orchestration: Orchestration) -> tuple[int, int]:
    """Pages of one look at so many instances: of the set's own list, and, of a Flexible one, of virtual machines."""
    machines = max(1, ceil(instances / PAGE_MACHINES)) if orchestration is Orchestration.FLEXIBLE else 0
    return max(1, ceil(instances / PAGE_INSTANCES)), machines


def look_requests(scale_set: ScaleSet) -> int:
    """How many requests one look at all instances of the set takes, where its capacity is what it has."""
    return sum(look_pages(scale_set.capacity, scale_set.orchestration))


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
MACHINE_LISTS = Bucket(
    name="HighCostGetSubscriptionMaximum", what="pages of virtual machines", at_once=900, each_minute=300
)
LISTS = Bucket(name="HighCostGetVMScaleSetResource", what="pages of instances", at_once=30, each_minute=10)
MACHINE_VIEWS = Bucket(
    name="LowCostGetSubscriptionMaximum", what="looks at one instance", at_once=24000, each_minute=8000
)
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
    """A plan as far as its requests go. A look at all costs `own_pages` and, of a Flexible set, `machines`."""

    groups: int
    going: int
    at_once: int
    own_pages: int
    machines: int
    batches: bool
    by_azure: bool
    writes: int

    @classmethod
    def of(cls, plan: Plan) -> _Shape:
        switched = plan.switch_policy and plan.fleet.scale_set.upgrade_mode is not UpgradeMode.MANUAL
        instances, by_azure = len(plan.fleet.instances), plan.job.engine is Engine.AZURE
        own_pages, machines = look_pages(instances, plan.fleet.scale_set.orchestration)
        rewritten = not plan.model_is_there
        return cls(
            groups=len(plan.steps),
            going=len(plan.upgrades),
            at_once=plan.at_once,
            own_pages=own_pages,
            machines=machines,
            batches=isinstance(plan.job.pace.style, Batches),
            by_azure=by_azure,
            writes=3 if by_azure else int(rewritten) + 2 * int(switched),
        )

    @property
    def pages(self) -> int:
        return self.own_pages + self.machines

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
    yield from _by_azure(shape, seconds) if shape.by_azure else _by_us(shape, seconds)


def _by_azure(shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    """Each look reads the model, Azure's run and all instances; nobody asks for any of them."""
    looks = round(AZURE_LOOKS_A_BATCH * shape.groups + seconds / (AZURE_LOOK_SECONDS * shape.pages))
    yield READS, min(2 * looks, READS.gives(seconds))
    yield WRITES, shape.writes
    yield LISTS, min(shape.own_pages * looks, LISTS.gives(seconds))
    yield MACHINE_LISTS, min(shape.machines * looks, MACHINE_LISTS.gives(seconds))


def _by_us(shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    looks = round((shape.groups - 1) * shape.looks_a_group)
    alone = shape.pages > 1  # Then one instance is looked at alone: that is cheaper than a look at all.
    whole = looks + 1 + (0 if alone else LOOKS_BLIND)
    yield READS, shape.calls + READS_BESIDE
    yield WRITES, shape.writes
    # Looks wait until the bucket lets them through in one go: they never ask for more than it gives.
    yield LISTS, min(shape.own_pages * whole, LISTS.gives(seconds))
    yield MACHINE_LISTS, min(shape.machines * whole, MACHINE_LISTS.gives(seconds))
    yield MACHINE_VIEWS if shape.machines else VIEWS, LOOKS_BLIND if alone else 0
    yield UPGRADES, shape.calls
    yield MACHINES, shape.going
    yield POLLS, POLLS_A_WRITE * shape.writes
