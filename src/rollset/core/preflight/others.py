"""Who else acts on the set: Azure's own upgrades and repairs, autoscale."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.others import Service
from rollset.core.preflight.around import Autoscale
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking, note, warning

ROLLS_BY_ITSELF = blocking(
    "azure-rolling", "A rolling upgrade of Azure's own is running on the set: two would take instances out together."
)
AUTOMATIC_OS_UPGRADE = warning(
    "automatic-os-upgrade",
    "Automatic OS upgrade is on: Azure may move the set to another version by itself, at any time.",
)
REPAIRS = warning(
    "automatic-repairs",
    "Automatic repairs are on and left so, with a grace period not longer than `--health-deadline`: Azure may replace "
    "an instance that is still starting on the new image.",
)
REPAIRS_ON = note(
    "automatic-repairs-on",
    "Automatic repairs are on: suspended for the time of the rollout, or with a grace period that leaves instances "
    "their time.",
)
AUTOSCALE = note(
    "autoscale-attached", "An autoscale setting is in force: instances may come and go while the rollout runs."
)
KINDS = (ROLLS_BY_ITSELF, AUTOMATIC_OS_UPGRADE, REPAIRS, REPAIRS_ON, AUTOSCALE)


def other_findings(facts: Facts) -> Iterator[Finding]:
    scale_set, around = facts.scale_set, facts.around
    if around.rolls_by_itself is True:
        yield ROLLS_BY_ITSELF.found(
            f"Azure's own rolling upgrade is running on {scale_set.id}",
            "wait until it has ended, or end it: az vmss rolling-upgrade cancel",
        )
    suspended = set(facts.plan.job.others.to_suspend(scale_set))
    if scale_set.automatic_os_upgrade and Service.OS_UPGRADE not in suspended:
        yield AUTOMATIC_OS_UPGRADE.found(
            f"automatic OS upgrade is switched on for {scale_set.id}",
            "have it switched off for the time of the rollout with --automatic-os-upgrade suspend",
        )
    yield from _repairs(facts)
    if isinstance(around.autoscale, tuple):
        for one in around.autoscale:
            yield AUTOSCALE.found(
                f"autoscale setting {one.name!r} {_bounds(one)}",
                "nothing to do: instances that come or go are taken in stride",
            )


def _repairs(facts: Facts) -> Iterator[Finding]:
    repairs, deadline = facts.scale_set.repairs, facts.plan.job.deadlines.health
    if repairs is None:
        return
    fact = (
        f"automatic repairs ({repairs.action}) are on for {facts.scale_set.id}, with a grace period of "
        f"{repairs.grace_seconds:.0f} s"
    )
    if Service.REPAIRS in facts.plan.job.others.to_suspend(facts.scale_set):
        yield REPAIRS_ON.found(fact, "nothing to do: they are suspended for the time of the rollout")
    elif repairs.grace_seconds <= deadline:
        yield REPAIRS.found(
            f"{fact}, and --health-deadline is {deadline:.0f} s",
            "leave out --automatic-repairs leave, or name a shorter deadline",
        )
    else:
        yield REPAIRS_ON.found(fact, "nothing to do")


def _bounds(setting: Autoscale) -> str:
    least = "?" if setting.least is None else str(setting.least)
    most = "?" if setting.most is None else str(setting.most)
    return f"keeps between {least} and {most} instances"
