"""Who judges the health of instances, and what he says now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rollset.core.fleet import Health, HealthSource
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, note, warning
from rollset.core.preflight.wording import some
from rollset.core.standing import PARKED_POWER

NO_HEALTH_SOURCE = warning(
    "no-health-source",
    "Neither the Application Health extension nor a load balancer probe: power and provisioning state decide, and an "
    "application that does not start goes unnoticed.",
)
TWO_HEALTH_SOURCES = warning(
    "two-health-sources",
    "The model names both the extension and a probe: Azure's repairs and automatic upgrades do not work so.",
)
NO_VERDICT = warning("no-verdict", "The model names a health source, but no instance reports its health.")
UNHEALTHY = warning("unhealthy-instances", "Instances that run and are not healthy now; they count as out of service.")
HEALTH_NOW = note("health-now", "What the health source says of the instances at this moment.")
KINDS = (NO_HEALTH_SOURCE, TWO_HEALTH_SOURCES, NO_VERDICT, UNHEALTHY, HEALTH_NOW)

_ILL = (Health.UNHEALTHY, Health.UNKNOWN)


def health_findings(facts: Facts) -> Iterator[Finding]:
    scale_set, instances = facts.scale_set, facts.plan.fleet.instances
    counts = Counter(one.health for one in instances)
    judged = len(instances) - counts[None]
    if scale_set.health_source is HealthSource.NONE and not judged:
        yield NO_HEALTH_SOURCE.found(
            f"nothing judges the health of {scale_set.id}: an instance counts as well as soon as it runs",
            "add the Application Health extension, or a load balancer probe that the network profile names",
        )
    elif not judged:
        yield NO_VERDICT.found(
            f"{scale_set.id} names a health source ({scale_set.health_source}), and none of {len(instances)} instances "
            "reports its health",
            "bring the instances onto the model that has it, and see that it answers",
        )
    else:
        yield HEALTH_NOW.found(f"{scale_set.health_source}: {_words(counts)}", "nothing to do")
    if scale_set.two_health_sources:
        yield TWO_HEALTH_SOURCES.found(
            f"the model of {scale_set.id} names the Application Health extension and a load balancer probe",
            "remove one",
        )
    ill = [one.id for one in instances if one.health in _ILL and one.power not in PARKED_POWER]
    if ill:
        yield UNHEALTHY.found(
            some(ill, len(instances), "not healthy"),
            "look at them first; they are upgraded before the healthy ones",
        )


def _words(counts: Counter[Health | None]) -> str:
    words = [f"{counts[health]} {health}" for health in Health if counts[health] or health is Health.HEALTHY]
    return ", ".join(words + ([f"{counts[None]} without a verdict"] if counts[None] else []))
