"""What makes a plan unsafe in itself; each has a flag or a remedy of its own, so none can be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.errors import UnsafeError
from rollset.core.fleet import UpgradeMode
from rollset.core.pace import Engine
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding, blocking
from rollset.core.selection import spoken_ids
from rollset.core.standing import Standing
from rollset.core.surging.surge import Fallback, Surge, capacity_limit

AUTOMATIC_MODE = blocking(
    "automatic-mode",
    "The upgrade policy is Automatic: Azure takes all instances down as soon as the model is written. "
    "`--switch-policy` sets it to Manual for the time being.",
    acceptable=False,
)
ROLLING_MODE = blocking(
    "rolling-mode",
    "The upgrade policy is Rolling: Azure's own rolling upgrade starts as soon as the model is written. "
    "`--switch-policy` sets it to Manual for the time being.",
    acceptable=False,
)
ENGINE_MODE = blocking(
    "engine-mode",
    "`--engine azure` was asked for, and the upgrade policy is not Rolling. `--switch-policy` sets it to Rolling for "
    "the time being.",
    acceptable=False,
)
ROLLING_LEFTOVERS = blocking(
    "rolling-leftovers",
    "The policy is Rolling and a part of the set would stay on the old image: Azure rolls that part by itself when the "
    "policy is put back.",
    acceptable=False,
)
DOWNTIME = blocking(
    "downtime",
    "Too few instances are in service for a rollout without downtime. `--surge 1` adds one first; naming "
    "`--max-unavailable` accepts the downtime.",
    acceptable=False,
)
BUDGET_HELD = blocking(
    "budget-held",
    "So many instances are out of service, and stay so, that none may be taken out: the rollout would only wait.",
    acceptable=False,
)
SURGE_LIMIT = blocking(
    "surge-limit",
    "The set holds as many instances as it may, so that none can be added first.",
    acceptable=False,
)
KINDS = (AUTOMATIC_MODE, ROLLING_MODE, ENGINE_MODE, ROLLING_LEFTOVERS, DOWNTIME, BUDGET_HELD, SURGE_LIMIT)

_MODES = {
    UpgradeMode.AUTOMATIC: (AUTOMATIC_MODE, "Azure would take all instances down at once"),
    UpgradeMode.ROLLING: (ROLLING_MODE, "Azure's own rolling upgrade would start"),
}


def refuse_unsafe(plan: Plan, *, told_otherwise: bool) -> None:
    """Stops what would take the service down; `told_otherwise` is whether the user named the budget.

    Raises:
        UnsafeError: with the ways out in its message.
    """
    for finding in unsafe(plan, told_otherwise=told_otherwise):
        raise UnsafeError(str(finding))


def unsafe(plan: Plan, *, told_otherwise: bool, any_image: bool = False) -> Iterator[Finding]:
    """All of it, the policy first; with `any_image` also where this plan has nothing to do, but another would."""
    if any_image or not plan.nothing_to_do:
        yield from _mode(plan)
    if any_image or plan.steps:
        yield from _leftovers(plan)
        if plan.job.surge is None:
            yield from _downtime(plan, told_otherwise=told_otherwise)
            yield from _held(plan)
        else:
            yield from _limit(plan, plan.job.surge)


def _mode(plan: Plan) -> Iterator[Finding]:
    scale_set = plan.fleet.scale_set
    mode = scale_set.upgrade_mode
    if plan.job.engine is Engine.AZURE:
        yield from _azure_mode(plan)
    elif mode is not UpgradeMode.MANUAL and not plan.switch_policy:
        kind, what_it_does = _MODES[mode]
        yield kind.found(
            f"{scale_set.id} has the upgrade policy {mode}: {what_it_does} as soon as the model is written",
            f"add --switch-policy to have it set to Manual for the rollout and back to {mode} at the end, or set it to "
            "Manual yourself",
        )


def _azure_mode(plan: Plan) -> Iterator[Finding]:
    scale_set = plan.fleet.scale_set
    wanted = UpgradeMode.ROLLING
    if scale_set.upgrade_mode is not wanted and not plan.switch_policy and not plan.job.model_stays:
        yield ENGINE_MODE.found(
            f"{scale_set.id} has the upgrade policy {scale_set.upgrade_mode}, and Azure's own rolling upgrade of a "
            f"model needs {wanted}",
            f"add --switch-policy to have it set to {wanted} for the rollout and back to {scale_set.upgrade_mode} at "
            "the end, or leave out --engine azure",
        )


def _leftovers(plan: Plan) -> Iterator[Finding]:
    scale_set = plan.fleet.scale_set
    if scale_set.upgrade_mode is UpgradeMode.ROLLING and plan.left_behind:
        yield ROLLING_LEFTOVERS.found(
            f"{scale_set.id} has the upgrade policy Rolling, and {len(plan.left_behind)} instances would stay on the "
            f"old image ({spoken_ids(plan.left_behind)}): when the policy goes back to Rolling, Azure rolls all "
            "instances to one image by itself",
            "roll the whole set, or set the policy to Manual yourself",
        )


def _downtime(plan: Plan, *, told_otherwise: bool) -> Iterator[Finding]:
    scale_set, budget = plan.fleet.scale_set, plan.budget
    if budget.allowed >= budget.in_service > 0 and not told_otherwise:
        yield DOWNTIME.found(
            f"{scale_set.id} has {budget.in_service} of {budget.total} instances in service, and even one at a time "
            "would leave none: this cannot be done without downtime",
            f"have one added first with --surge 1, or accept the downtime with --max-unavailable {budget.allowed}",
        )


def _limit(plan: Plan, surge: Surge) -> Iterator[Finding]:
    scale_set, limit = plan.fleet.scale_set, capacity_limit(plan.fleet)
    if scale_set.capacity >= limit and surge.fallback is Fallback.STOP:
        yield SURGE_LIMIT.found(
            f"{scale_set.id} has {scale_set.capacity} instances, and no more than {limit} are possible "
            + ("in one placement group" if scale_set.single_placement_group else "in one set"),
            "upgrade in place without --surge, or say --surge-fallback in-place",
        )


def _held(plan: Plan) -> Iterator[Finding]:
    budget, stuck = plan.budget, plan.stuck
    serving = any(plan.situation.standings[one] is Standing.PENDING for one in plan.upgrades)
    if serving and stuck >= budget.allowed:
        yield BUDGET_HELD.found(_held_words(plan), _ways_out(plan))


def _held_words(plan: Plan) -> str:
    scale_set, budget, stuck = plan.fleet.scale_set, plan.budget, plan.stuck
    bound = f"no more than {budget.allowed} may be out ({plan.job.pace.limits})"
    if not stuck:
        return f"{scale_set.id} has {budget.total} instances, and {bound}"
    return (
        f"{stuck} of {budget.total} instances of {scale_set.id} {'is' if stuck == 1 else 'are'} out of service and "
        f"{'stays' if stuck == 1 else 'stay'} so, whatever this rollout does "
        f"({spoken_ids(plan.situation.stuck) or 'they are missing'}), and {bound}"
    )


def _ways_out(plan: Plan) -> str:
    """Every limit that would not let one go is named, with what would."""
    pace, total, needed = plan.job.pace, plan.budget.total, plan.stuck + 1
    limits = [f"--max-unavailable {needed}"] if pace.max_unavailable.of(total) < needed else []
    if pace.min_healthy is not None and total - pace.min_healthy.at_least(total) < needed:
        limits.append(f"--min-healthy {total - needed}" if total > needed else "no --min-healthy")
    ways = ["bring them back"] if plan.stuck else ["have new ones added first with --surge 1"]
    return f"{ways[0]}, or let one go with {' and '.join(limits)}"
