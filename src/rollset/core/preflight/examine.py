"""All findings about one set and one wish, the heaviest first; and which of them stop a rollout."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rollset.core.errors import UnsafeError, UsageError
from rollset.core.preflight import (
    hardware,
    health,
    image,
    limits,
    locks,
    members,
    others,
    programs,
    purchase,
    reading,
    room,
    safety,
    size,
    way_back,
)
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, Kind, Severity

KINDS: tuple[Kind, ...] = (
    *image.KINDS,
    *hardware.KINDS,
    *size.KINDS,
    *purchase.KINDS,
    *way_back.KINDS,
    *locks.KINDS,
    *safety.KINDS,
    *others.KINDS,
    *health.KINDS,
    *members.KINDS,
    *limits.KINDS,
    *room.KINDS,
    *programs.KINDS,
    *reading.KINDS,
)
"""Every kind of finding there is, in the order of being told."""

TOLD_BY_PLAN = frozenset(
    {
        health.NO_HEALTH_SOURCE.name,
        health.NO_VERDICT.name,
        health.UNHEALTHY.name,
        others.AUTOMATIC_OS_UPGRADE.name,
        limits.CHECKPOINT_BEYOND.name,
    }
)
"""What the notes of a plan say as well: whoever has read the plan need not read it twice."""

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}
_PLACE = {kind.name: place for place, kind in enumerate(KINDS)}


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Every finding, the heaviest first."""
    return tuple(sorted(_all(facts), key=lambda one: (_WEIGHT[one.severity], _PLACE[one.name])))


def _all(facts: Facts) -> Iterator[Finding]:
    yield from image.image_findings(facts)
    yield from hardware.hardware_findings(facts)
    yield from size.size_findings(facts)
    yield from purchase.purchase_findings(facts)
    yield from way_back.way_back_findings(facts)
    yield from locks.lock_findings(facts)
    yield from safety.unsafe(facts.plan, told_otherwise=facts.budget_named, any_image=facts.any_image)
    yield from others.other_findings(facts)
    yield from health.health_findings(facts)
    yield from members.member_findings(facts)
    yield from limits.limit_findings(facts)
    yield from room.room_findings(facts)
    yield from programs.program_findings(facts)
    yield from reading.reading_findings(facts)


def worth_telling(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those for somebody who has read the plan: no notes, and nothing twice."""
    return tuple(one for one in findings if one.severity is not Severity.NOTE and one.name not in TOLD_BY_PLAN)


def check_accepted(names: Collection[str]) -> None:
    """Makes sure that each name is one of a finding that can be accepted.

    Raises:
        UsageError: it is not.
    """
    known = {kind.name: kind for kind in KINDS}
    can_be = sorted(kind.name for kind in KINDS if kind.severity is Severity.BLOCKING and kind.acceptable)
    for name in names:
        kind = known.get(name)
        if kind is None:
            raise UsageError(f"there is no finding {name!r}; those that can be accepted are {', '.join(can_be)}")
        if kind.severity is not Severity.BLOCKING:
            raise UsageError(f"{name} is only a {kind.severity}, and stops nothing: leave it out")
        if not kind.acceptable:
            raise UsageError(
                f"{name} cannot be accepted, for the rollout could not go on; see docs/policies/preflight.md"
            )


def stopping(findings: Sequence[Finding], accepted: Collection[str]) -> tuple[Finding, ...]:
    """Those that stop a rollout, apart from what was accepted."""
    return tuple(one for one in findings if one.blocks and not (one.kind.acceptable and one.name in accepted))


def refuse_blocked(findings: Sequence[Finding], accepted: Collection[str]) -> None:
    """Stops what pre-flight forbids.

    Raises:
        UnsafeError: with the first finding, and the number of the others.
    """
    found = stopping(findings, accepted)
    if not found:
        return
    first, more = found[0], len(found) - 1
    others_words = f" ({more} more: {', '.join(one.name for one in found[1:])})" if more else ""
    way_out = f"; or accept it with --accept {first.name}" if first.kind.acceptable else ""
    raise UnsafeError(f"{first.name}: {first}{way_out}{others_words}")
