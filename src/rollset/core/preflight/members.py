"""The instances as they stand: failed, switched off, protected, on their way, missing."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.care import Protected
from rollset.core.fleet import Instance, Provisioning
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, note, warning
from rollset.core.preflight.wording import some
from rollset.core.selection import spoken_ids
from rollset.core.standing import PARKED_POWER, UNDER_WAY

FAILED = warning("failed-instances", "Instances whose last operation failed; the sentence has Azure's own code.")
OFF = note("off-instances", "Instances that are stopped or deallocated: skipped, and counted as out of service.")
PROTECTED = note(
    "protected-instances", "Instances protected from scale set actions: skipped, and left on the old image."
)
BUSY = note("busy-instances", "Instances that Azure is working on now: waited for.")
CAPACITY = warning(
    "capacity-mismatch", "The set has fewer or more instances than its capacity asks for; missing ones count as out."
)
UNSETTLED = warning("set-unsettled", "The last write to the set failed, or Azure is still working on it.")
ROUNDED_UP = note(
    "rounded-up", "The share that may be out is less than one instance, and is rounded up to one, which is more."
)
KINDS = (FAILED, CAPACITY, UNSETTLED, OFF, PROTECTED, BUSY, ROUNDED_UP)

_SETTLED = (Provisioning.SUCCEEDED, Provisioning.UNKNOWN)
_PERCENT = 100


def member_findings(facts: Facts) -> Iterator[Finding]:
    instances = facts.plan.fleet.instances
    yield from _failed([one for one in instances if one.provisioning is Provisioning.FAILED])
    yield from _capacity(facts)
    if facts.scale_set.provisioning not in _SETTLED:
        yield UNSETTLED.found(
            f"the provisioning state of {facts.scale_set.id} is {facts.scale_set.provisioning}",
            "wait until Azure is done, or look into the activity log for what failed",
        )
    off = [one.id for one in instances if one.power in PARKED_POWER]
    if off:
        yield OFF.found(some(off, len(instances), "off"), "start or delete them")
    held = [one.id for one in instances if one.protected]
    if held and facts.plan.job.care.protected is not Protected.FORCE:
        yield PROTECTED.found(
            some(held, len(instances), "protected from scale set actions"),
            "take the protection away from those that are to be upgraded",
        )
    busy = [one.id for one in instances if one.provisioning in UNDER_WAY]
    if busy:
        yield BUSY.found(some(busy, len(instances), "being worked on by Azure"), "wait until that is done")
    yield from _rounded(facts)


def _failed(failed: list[Instance]) -> Iterator[Finding]:
    if failed:
        codes = sorted({one.error.code for one in failed if one.error is not None})
        said = f": {', '.join(codes)}" if codes else ""
        yield FAILED.found(
            f"{len(failed)} instance{'s have' if len(failed) > 1 else ' has'} failed "
            f"({spoken_ids(one.id for one in failed)}){said}",
            "look into why: the same may meet the new image",
        )


def _capacity(facts: Facts) -> Iterator[Finding]:
    scale_set = facts.scale_set
    there = sum(one.provisioning is not Provisioning.DELETING for one in facts.plan.fleet.instances)
    if there != scale_set.capacity:
        yield CAPACITY.found(
            f"{scale_set.id} has {there} instances, and its capacity is {scale_set.capacity}",
            "wait until it has scaled, or set the capacity to what is there",
        )


def _rounded(facts: Facts) -> Iterator[Finding]:
    asked, budget = facts.plan.job.pace.max_unavailable, facts.plan.budget
    if asked.percent and asked.number * budget.total < _PERCENT <= budget.total * _PERCENT:
        share = _PERCENT * budget.allowed // budget.total
        yield ROUNDED_UP.found(
            f"{asked} of {budget.total} instances is less than one: {budget.allowed} may be out, which is {share}%",
            "add instances if that is too much",
        )
