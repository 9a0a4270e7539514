"""What Azure refuses to change on an existing set although it has the member: told before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable

from rollset.core.errors import NotAllowedByAzure, UsageError
from rollset.core.fleet import Orchestration, ScaleSet, Setting
from rollset.core.modelchange import ModelChange, said, same_value


def check_change(change: ModelChange, scale_set: ScaleSet) -> None:
    """Makes sure that Azure would take the change.

    Raises:
        NotAllowedByAzure: it would not.
        UsageError: nobody could tell which instances have it.
    """
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        _check_told(change, scale_set)
    check_allowed(change, scale_set)


def check_allowed(change: ModelChange, scale_set: ScaleSet) -> None:
    """The same for a model that is written and not rolled out.

    Raises:
        NotAllowedByAzure: Azure would not take it.
    """
    for one in change.wanted:
        before = said(scale_set, one.path)
        rule = _RULES.get(one.path)
        if rule is not None and not same_value(before, one) and (why := rule(before, one)):
            raise NotAllowedByAzure(f"Azure does not let {scale_set.id} change {one.path} so: {why}")


def _check_told(change: ModelChange, scale_set: ScaleSet) -> None:
    untold = [path for path in change.paths if path.startswith("virtualMachineProfile.")]
    if untold:
        raise UsageError(
            f"cannot roll {', '.join(untold)} over {scale_set.id}: of machines of a Flexible set Azure tells image and "
            "size, and not whether they are on the model; write it with az vmss update, then replace the machines"
        )


def _one_group(_: Setting, after: Setting) -> str:
    return "several placement groups never become a single one again" if json.loads(after.value or "null") else ""


def _repair_action(before: Setting, _: Setting) -> str:
    return "" if before.value is None else "switch automatic repairs off, then on again with the new action"


_RULES: dict[str, Callable[[Setting, Setting], str]] = {
    "singlePlacementGroup": _one_group,
    "automaticRepairsPolicy.repairAction": _repair_action,
}
