"""What Azure refuses to change on an existing set although it has the member: told before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable

from rollset.core.errors import NotAllowedByAzure, UsageError
from rollset.core.fleet import Orchestration, ScaleSet, Setting
from rollset.core.model.change import ModelChange, said, same_value
from rollset.core.model.path import steps_of, whole_list

DISKS = "virtualMachineProfile.storageProfile.dataDisks"


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
    for path in change.paths:
        _check_element(path, change, scale_set)


def _check_element(path: str, change: ModelChange, scale_set: ScaleSet) -> None:
    """Of what is not there only a disk can be added, and with all that makes it one."""
    above = whole_list(path)
    if above is None:
        return
    element = steps_of(path)[len(steps_of(above)) - 1].element
    assert element is not None, "what leads into a list names an element"
    known = json.loads(said(scale_set, above).value or "[]")
    there = any(element.is_named_by(one) for one in known)
    if not there and above != DISKS:
        names = ", ".join(str(one.get(element.key)) for one in known) or "none at all"
        raise UsageError(
            f"cannot set {path} of {scale_set.id}: there is no {element}; there are {names}, and another one can only "
            "be added with az vmss update"
        )
    if path == f"{above}{element}.createOption" and there:
        raise NotAllowedByAzure(f"Azure does not let {scale_set.id} change {path}: it says how the disk was made")
    if not there and f"{above}{element}.createOption" not in change.paths:
        raise UsageError(
            f"cannot set {path} of {scale_set.id}: there is no {element}; to add a disk write {above}{element}="
            '\'{"createOption": "Empty", "diskSizeGB": 64}\''
        )


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
