"""How many requests a plan will cost, bucket by bucket, held against what each bucket gives in that time.

The counts are those of how the engine works: a read of the model, a look and a request for each group that leaves, and
looks in between that are timed by what upgrades take; what comes beside that stands in `core.ahead.sidecharges`. They
are an expectation: an instance that fails, a pause or somebody's approval change them, and so do other clients, who
share the buckets of the subscription.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from rollset.core.ahead.buckets import (
    ACTIONS,
    LISTS,
    MACHINE_LISTS,
    MACHINE_VIEWS,
    MACHINES,
    POLLS,
    READS,
    VIEWS,
    WRITES,
    Bucket,
)
from rollset.core.ahead.forecast import LATE_SHARE_MAX, LATE_SHARE_MIN, REQUESTS_EACH
from rollset.core.ahead.sidecharges import POLLS_A_WRITE, of_gates, of_preflight, of_protections, of_services
from rollset.core.fleet import Orchestration, ScaleSet, UpgradeMode
from rollset.core.pace import Batches, Engine
from rollset.core.plan import Plan

PAGE_INSTANCES = 120
"""So many instances are on a page of a set's own list."""

PAGE_MACHINES = 50
"""So many are on one of virtual machines, which the members of a Flexible set are; Azure's vary."""

AZURE_LOOK_SECONDS = 20.0
AZURE_LOOKS_A_BATCH = 15
"""Where Azure's own rolling upgrade goes: looks are close together when a batch has moved, then so far apart."""

LOOKS_BLIND = 85
"""Looks at the canary: how long it takes nobody knows, so they begin close together and grow apart."""

LOOKS_A_BATCH = 6
"""Looks while a batch is out."""

TOGETHER = 0.35
"""In the sliding window so large a share of those who are back at the same time leave by requests of their own."""

READS_BESIDE = 3
"""Of the model: for the plan, before the write and after it."""

READS_A_CHANGE = 2
"""Of the model, for each change of the capacity: before it, for its etag, and after it."""


def look_pages(instances: int, orchestration: Orchestration) -> tuple[int, int]:
    """Pages of one look at so many instances: of the set's own list, and, of a Flexible one, of virtual machines."""
    machines = max(1, ceil(instances / PAGE_MACHINES)) if orchestration is Orchestration.FLEXIBLE else 0
    return max(1, ceil(instances / PAGE_INSTANCES)), machines


def look_requests(scale_set: ScaleSet) -> int:
    """How many requests one look at all instances of the set takes, where its capacity is what it has."""
    return sum(look_pages(scale_set.capacity, scale_set.orchestration))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is expected to be taken out of a bucket, and the most that it gives meanwhile."""

    bucket: Bucket
    requests: int
    gives: int

    @property
    def share(self) -> float:
        return self.requests / self.gives


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
    surges: bool
    writes: int

    @classmethod
    def of(cls, plan: Plan) -> _Shape:
        switched = plan.switch_policy and plan.fleet.scale_set.upgrade_mode is not UpgradeMode.MANUAL
        by_azure, rewritten = plan.job.engine is Engine.AZURE, not plan.model_is_there
        own_pages, machines = look_pages(len(plan.fleet.instances), plan.fleet.scale_set.orchestration)
        return cls(
            groups=len(plan.steps),
            going=len(plan.upgrades),
            at_once=plan.at_once,
            own_pages=own_pages,
            machines=machines,
            batches=isinstance(plan.job.pace.style, Batches),
            by_azure=by_azure,
            surges=plan.job.surge is not None,
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

    @property
    def deletions(self) -> int:
        """Of old ones in a surge: of a batch, the first that are back have theirs deleted before the others."""
        return min(self.going, 2 * self.calls if self.batches else self.calls) if self.surges else 0


def charges(plan: Plan, seconds: float) -> tuple[Charge, ...]:
    """What the plan is expected to cost if it takes so many seconds; nothing where there is nothing to do."""
    if not plan.steps:
        return ()
    found: Counter[Bucket] = Counter()
    for bucket, requests in _counts(plan, _Shape.of(plan), seconds):
        found[bucket] += requests
    return tuple(
        Charge(bucket=bucket, requests=requests, gives=bucket.gives(seconds))
        for bucket, requests in found.items()
        if requests
    )


def _counts(plan: Plan, shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    if shape.by_azure:
        yield from _by_azure(shape, seconds)
    else:
        yield from _by_us(shape, seconds)
    yield from of_preflight(plan)
    yield from of_services(plan)
    yield from of_protections(plan)
    yield from of_gates(plan)


def _by_azure(shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    """Each look reads the model, Azure's run and all instances; nobody asks for any of them."""
    looks = round(AZURE_LOOKS_A_BATCH * shape.groups + seconds / (AZURE_LOOK_SECONDS * shape.pages))
    yield READS, min(2 * looks, READS.gives(seconds) - 1)
    yield WRITES, shape.writes
    yield LISTS, min(shape.own_pages * looks, LISTS.gives(seconds))
    yield MACHINE_LISTS, min(shape.machines * looks, MACHINE_LISTS.gives(seconds))


def _by_us(shape: _Shape, seconds: float) -> Iterator[tuple[Bucket, int]]:
    looks = round((shape.groups - 1) * shape.looks_a_group)
    alone = shape.pages > 1  # Then one instance is looked at alone: that is cheaper than a look at all.
    whole = looks + 1 + (0 if alone else LOOKS_BLIND)
    # Looks wait until the bucket lets them through in one go: they never ask for more than it gives.
    yield LISTS, min(shape.own_pages * whole, LISTS.gives(seconds))
    yield MACHINE_LISTS, min(shape.machines * whole, MACHINE_LISTS.gives(seconds))
    yield MACHINE_VIEWS if shape.machines else VIEWS, LOOKS_BLIND if alone else 0
    yield POLLS, POLLS_A_WRITE * shape.writes
    growths = shape.calls if shape.surges else 0
    acts = growths + shape.deletions
    yield READS, READS_BESIDE + (READS_A_CHANGE * acts if shape.surges else shape.calls)
    yield WRITES, shape.writes + growths
    yield ACTIONS, shape.deletions if shape.surges else shape.calls
    yield MACHINES, 2 * shape.going if shape.surges else shape.going
