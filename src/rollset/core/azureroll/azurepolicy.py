"""Our policy in the words of Azure's own rolling upgrade. What those cannot say is refused, and never left out.

    batch percent            so many of the set at once as `max_unavailable` (and `batch_size`) allow
    unhealthy percent        so many may be out in all, before a batch and between batches
    unhealthy upgraded       0: the first upgraded instance that is not healthy ends it
    pause                    `pause`
    across zones             `across_domains`

Nobody says how Azure rounds the size of a batch. The percentage is such that rounded up it is no more than allowed, so
rounded down it may be one less.

    instances  allowed   percent   a batch of
           20        2        10   2
            7        2        28   1 or 2
            3        1        33   1
           30        1         -   refused: no percentage from 5 on stays within one of 30
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from rollset.core.azureroll.rollingpolicy import PERCENT_MIN, RollingPolicy, duration
from rollset.core.errors import NotAllowedByAzure
from rollset.core.failing import OnFailure
from rollset.core.fleet import Fleet, HealthSource, Orchestration
from rollset.core.order import Order
from rollset.core.pace import Batches, Job, Pace
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation
from rollset.core.standing import Standing

SAYABLE = frozenset(
    {"image", "model_stays", "selection", "pace", "deadlines", "on_failure", "engine", "others", "keep_one"}
)
SAYABLE_PACE = frozenset(
    {"order", "max_unavailable", "min_healthy", "style", "canary", "across_domains", "bake_end_seconds"}
)
"""All else must be left at its default. So a policy that comes later is refused until somebody has thought of it."""

KEYS = {
    "calendar": "policy.windows and policy.freezes",
    "care": "policy.protected and policy.stopped",
    "tolerance": "policy.max_failures and policy.retries",
    "ailing": "policy.repair",
    "model": "model.vm_size and model.set",
    "bake_seconds": "policy.bake",
}
"""What a user calls those that are called otherwise here, by the path in a file."""


def azure_policy(situation: Situation) -> RollingPolicy:
    """The policy to be written for the job, measured by the set as it is.

    Raises:
        NotAllowedByAzure: something in the job cannot be said, or Azure would not take the set.
    """
    for why in (*_unsayable(situation.job), *_unfit(situation)):
        raise NotAllowedByAzure(f"{situation.fleet.scale_set.id} cannot be left to --engine azure: {why}")
    total, allowed = situation.budget.total, situation.budget.allowed
    style = situation.job.pace.style
    size = min(allowed, style.size.of(total)) if isinstance(style, Batches) else allowed
    return RollingPolicy(
        batch_percent=_percent(size, total),
        unhealthy_percent=_share(allowed, total),
        unhealthy_upgraded_percent=0,
        pause=duration(style.pause_seconds if isinstance(style, Batches) else 0.0),
        across_zones=situation.job.pace.across_domains,
    )


def refuse_repair(fleet: Fleet) -> None:
    """Azure counts who is out of service before the roll like anybody, also where nobody is yet.

    Raises:
        NotAllowedByAzure: always.
    """
    raise NotAllowedByAzure(f"{fleet.scale_set.id} cannot be left to --engine azure: {_nothing_for('ailing')}")


def _percent(size: int, total: int) -> int:
    return min(100, size * 100 // total) if total else 100


def _share(allowed: int, total: int) -> int:
    """The percentage that so many do not exceed, and one more does."""
    above = min(100, -(-allowed * 100 // total)) if total else 100
    return above if above * total < (allowed + 1) * 100 else _percent(allowed, total)


def _unsayable(job: Job) -> Iterator[str]:
    """In the words of the user's own policy."""
    usual = Job(image=job.image)
    if not job.selection.everything:
        yield f"it takes the whole set, and {job.selection} is a part of it; leave select out"
    for one in fields(Job):
        if one.name not in SAYABLE and getattr(job, one.name) != getattr(usual, one.name):
            yield _nothing_for(one.name)
    for one in fields(Pace):
        if one.name not in SAYABLE_PACE and getattr(job.pace, one.name) != getattr(usual.pace, one.name):
            yield _nothing_for(one.name)
    if job.pace.canary:
        yield (
            "it has no canary: its first batch is as large as the others; leave policy.canary out, or take "
            "--engine rollset"
        )
    if job.pace.order not in (Order.UPDATE_DOMAIN, Order.ZONE):
        yield f"it goes by zone and update domain, not by {job.pace.order.words}; leave policy.order out"
    if job.on_failure not in (OnFailure.STOP, OnFailure.UNDO):
        yield f"it ends with the first failure; policy.on_failure {job.on_failure} needs --engine rollset"
    style = job.pace.style
    if isinstance(style, Batches) and style != Batches(size=style.size, pause_seconds=style.pause_seconds):
        yield "its batches are all of one size; name one policy.batch_size"


def _nothing_for(name: str) -> str:
    return f"it has nothing for {KEYS.get(name, f'policy.{name}')}; leave that out, or take --engine rollset"


def _unfit(situation: Situation) -> Iterator[str]:
    scale_set, budget = situation.fleet.scale_set, situation.budget
    flexible = scale_set.orchestration is Orchestration.FLEXIBLE
    if scale_set.health_source is HealthSource.NONE:
        yield "Azure rolls only sets that have a health probe or the Application Health extension, and it has neither"
    elif flexible and scale_set.health_source is not HealthSource.EXTENSION:
        yield "of a Flexible set Azure wants the Application Health extension, and it has a load balancer probe only"
    parked = [one for one, stands in situation.standings.items() if stands is Standing.PARKED]
    if parked:
        yield (
            f"instances that are switched off ({spoken_ids(parked)}) count as failed there; start them, or protect "
            "them from scale set actions"
        )
    if budget.total and _percent(budget.allowed, budget.total) < PERCENT_MIN:
        yield (
            f"its smallest batch is {PERCENT_MIN}%, of {budget.total} instances more than the {budget.allowed} that "
            f"may be out; let policy.max_unavailable and policy.min_healthy allow {PERCENT_MIN}%, or take "
            "--engine rollset"
        )
    style = situation.job.pace.style
    if (
        isinstance(style, Batches)
        and budget.total
        and _percent(style.size.of(budget.total), budget.total) < PERCENT_MIN
    ):
        yield f"its smallest batch is {PERCENT_MIN}%, and policy.batch_size {style.size} is less; allow {PERCENT_MIN}%"
