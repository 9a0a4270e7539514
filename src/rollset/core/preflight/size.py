"""Another size of machine: whether the region and the zones of the set have it, and whether the quotas let it in."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import SizeFacts, Usage
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking

CORES = "cores"
"""The quota of all families together."""

NOT_OFFERED = blocking("size-not-offered", "The region of the set does not offer the new VM size to this subscription.")
NOT_IN_ZONE = blocking("size-not-in-zone", "A zone of the set does not offer the new VM size to this subscription.")
NO_QUOTA = blocking("no-quota-for-size", "The quotas of the region have no room for all instances at the new VM size.")
KINDS = (NOT_OFFERED, NOT_IN_ZONE, NO_QUOTA)


def size_findings(facts: Facts) -> Iterator[Finding]:
    new, scale_set = facts.around.new_size, facts.scale_set
    if not isinstance(new, SizeFacts):
        return
    if not new.listed or new.barred:
        yield NOT_OFFERED.found(
            f"{scale_set.location} does not offer {new.name} to subscription {scale_set.id.subscription}",
            "name a size that `az vmss list-skus` or `az vm list-skus` tells, or ask Azure to open it",
        )
        return
    lacking = [zone for zone in scale_set.zones if zone not in (new.zones or scale_set.zones)]
    if lacking:
        yield NOT_IN_ZONE.found(
            f"{new.name} is not offered in zone {', '.join(lacking)} of {scale_set.location}, where {scale_set.id} "
            "has instances",
            "name a size that all zones of the set have",
        )
    yield from _quota(facts, new)


def _quota(facts: Facts, new: SizeFacts) -> Iterator[Finding]:
    """Those that go free what they hold before they need what is new; those that follow are never all out at once."""
    usages, old = facts.around.usages, facts.around.size
    if not isinstance(usages, tuple) or new.cores is None:
        return
    going = len(facts.plan.upgrades)
    freed = going * (old.cores or 0) if isinstance(old, SizeFacts) else 0
    for usage in usages:
        if not _counts(usage, new):
            continue
        needs = going * new.cores - (freed if isinstance(old, SizeFacts) and _counts(usage, old) else 0)
        if needs > usage.left:
            yield NO_QUOTA.found(
                f"{going} instances at {new.name} need {needs} more of {usage.title!r} in "
                f"{facts.scale_set.location}, and {usage.left} of {usage.limit} are left",
                "ask for a higher quota, or name a smaller size",
            )


def _counts(usage: Usage, size: SizeFacts) -> bool:
    return usage.name.lower() in (CORES, (size.family or "").lower())
