"""Room for more instances: quotas and placement groups, which a surge and a scale-out need."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import SizeFacts, Usage
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, note, warning

PLACEMENT_GROUP_SIZE = 100
"""Instances in one placement group (Azure documentation, "Working with large scale sets")."""

CORES, MACHINES = "cores", "virtualmachines"

NO_QUOTA = warning(
    "no-quota-for-surge",
    "The quotas of the region have no room for as many instances more as may be out at once, or as `--surge` adds: "
    "neither a surge nor a replacement would get them.",
)
GROUP_FULL = note(
    "placement-group-full",
    "The set has a single placement group, and no room in it for as many instances more as may be out at once.",
)
KINDS = (NO_QUOTA, GROUP_FULL)


def room_findings(facts: Facts) -> Iterator[Finding]:
    surge, budget = facts.plan.job.surge, facts.plan.budget
    more = budget.allowed if surge is None else surge.add.of(budget.total)
    yield from _quota(facts, more)
    scale_set = facts.scale_set
    if scale_set.single_placement_group and scale_set.capacity + more > PLACEMENT_GROUP_SIZE:
        yield GROUP_FULL.found(
            f"{scale_set.id} has {scale_set.capacity} instances in a single placement group, which holds "
            f"{PLACEMENT_GROUP_SIZE}",
            "nothing to do for an upgrade in place; singlePlacementGroup: false makes room, and cannot be taken back",
        )


def _quota(facts: Facts, more: int) -> Iterator[Finding]:
    usages, size = facts.around.usages, facts.around.size
    if not isinstance(usages, tuple):
        return
    cores = size.cores if isinstance(size, SizeFacts) else None
    family = (size.family or "").lower() if isinstance(size, SizeFacts) else ""
    for usage in usages:
        needs = _needs(usage, more, cores, family)
        if needs > usage.left:
            what = f"{more} more of {facts.scale_set.vm_size}"
            yield NO_QUOTA.found(
                f"{what} need {needs} of {usage.title!r} in {facts.scale_set.location}, and {usage.left} of "
                f"{usage.limit} are left",
                "ask for a higher quota, or upgrade in place, which needs none",
            )


def _needs(usage: Usage, more: int, cores: int | None, family: str) -> int:
    """How much of the quota so many instances more would take."""
    name = usage.name.lower()
    if name == MACHINES:
        return more
    return more * cores if cores is not None and name in (CORES, family) else 0
