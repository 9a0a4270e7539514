"""Limits of a job that make no sense for this set."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.ahead.expected import PRIOR_SECONDS
from rollset.core.checkpoints import thresholds
from rollset.core.fleet import HealthSource
from rollset.core.pace import Batches
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking, note, warning
from rollset.core.surging.surge import Fallback
from rollset.core.when.hours import shut

HEALTHY_SECONDS_MIN = 30.0
"""From the new disk to healthy: no guest starts its services, and is asked by its probe often enough, in less."""

WHOLE_SET = warning(
    "whole-set-at-once",
    "The budget lets all instances be out at once: nothing then keeps the service up.",
)
BATCH_TOO_LARGE = note("batch-above-budget", "Batches are larger than what may be out at once, and are cut to that.")
CANARY_IS_ALL = warning("canary-is-everything", "The canary is all there is: nothing is left for it to warn.")
CHECKPOINT_BEYOND = warning("checkpoint-never-reached", "A checkpoint lies beyond the number of chosen instances.")
DEADLINE_TOO_SHORT = warning(
    "deadline-below-grace",
    "`--health-deadline` is not longer than the time in which the health extension may say `initializing`: an "
    "instance would be called failed while it starts.",
)
HEALTH_TOO_SHORT = warning(
    "health-deadline-short",
    "`--health-deadline` is shorter than any system takes to start and to be found healthy: every instance is called "
    "failed.",
)
UPGRADE_TOO_SHORT = warning(
    "upgrade-deadline-short",
    "`--upgrade-deadline` is shorter than an upgrade usually takes: healthy work is called failed.",
)
NO_WINDOW = blocking(
    "no-window-fits",
    "No maintenance window outside the freezes is open for as long as an upgrade and its bake are expected to take.",
    acceptable=False,
)
KINDS = (
    WHOLE_SET,
    CANARY_IS_ALL,
    CHECKPOINT_BEYOND,
    NO_WINDOW,
    DEADLINE_TOO_SHORT,
    HEALTH_TOO_SHORT,
    UPGRADE_TOO_SHORT,
    BATCH_TOO_LARGE,
)


def limit_findings(facts: Facts) -> Iterator[Finding]:
    yield from _budget(facts)
    yield from _order(facts)
    yield from _windows(facts)
    yield from _deadlines(facts)


def _budget(facts: Facts) -> Iterator[Finding]:
    pace, budget = facts.plan.job.pace, facts.plan.budget
    surge = facts.plan.job.surge
    in_place = surge is None or surge.fallback is Fallback.IN_PLACE
    if in_place and budget.total and budget.allowed >= budget.total:
        yield _whole_set(facts)
    if isinstance(pace.style, Batches) and pace.style.size.of(budget.total) > budget.allowed:
        yield BATCH_TOO_LARGE.found(
            f"--batch-size {pace.style.size} is {pace.style.size.of(budget.total)} instances, and {budget.allowed} may "
            f"be out (--max-unavailable {pace.max_unavailable})",
            "allow more to be out, or name smaller batches",
        )


def _whole_set(facts: Facts) -> Finding:
    most, total = facts.plan.job.pace.max_unavailable, facts.plan.budget.total
    if total == 1:
        fact = "the set has one instance, and while that is upgraded nobody serves"
        return WHOLE_SET.found(fact, "replace it with --surge 1, scale out first, or accept that it is down meanwhile")
    return WHOLE_SET.found(f"--max-unavailable {most} lets {total} of {total} instances be out at once", "name less")


def _order(facts: Facts) -> Iterator[Finding]:
    pace, going = facts.plan.job.pace, len(facts.plan.upgrades)
    if 1 < going <= pace.canary:
        yield CANARY_IS_ALL.found(
            f"--canary {pace.canary} is all of the {going} instances that are to go", "name fewer"
        )
    for threshold in thresholds(facts.plan.situation):
        if threshold.instances > threshold.chosen:
            yield CHECKPOINT_BEYOND.found(
                f"{threshold} lies beyond the {threshold.chosen} chosen instances",
                "name a share, such as 50%, or a smaller number",
            )


def _windows(facts: Facts) -> Iterator[Finding]:
    closed = shut(facts.plan.job, facts.plan.situation.progress, facts.scale_set.os_type, facts.now)
    if closed is not None and closed.opens is None:
        yield NO_WINDOW.found(closed.reason, "make a window longer, or the bake shorter, or leave out a freeze")


def _deadlines(facts: Facts) -> Iterator[Finding]:
    deadlines, grace = facts.plan.job.deadlines, facts.scale_set.health_grace_seconds
    if grace is not None and deadlines.health <= grace:
        yield DEADLINE_TOO_SHORT.found(
            f"--health-deadline is {deadlines.health:.0f} s, and the health extension may say initializing for "
            f"{grace:.0f} s",
            f"name more than {grace:.0f} s",
        )
    elif deadlines.health < HEALTHY_SECONDS_MIN and facts.scale_set.health_source is not HealthSource.NONE:
        yield HEALTH_TOO_SHORT.found(
            f"--health-deadline is {deadlines.health:.0f} s, and no instance is up and found healthy in less than "
            f"{HEALTHY_SECONDS_MIN:.0f} s",
            "name more, or leave it out",
        )
    least, _ = PRIOR_SECONDS.get((facts.scale_set.os_type or "").lower(), (0.0, 0.0))
    if deadlines.upgrade < least:
        yield UPGRADE_TOO_SHORT.found(
            f"--upgrade-deadline is {deadlines.upgrade:.0f} s, and an upgrade of {facts.scale_set.os_type} rarely "
            f"takes less than {least:.0f} s",
            "name more, or leave it out",
        )
