"""How a write to a scale set is sent: an action as a POST, a change of the model as a PATCH under its etag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rollset.arm import api_versions
from rollset.arm.errors import Conflict, NoSuchCall, NoSuchScaleSet
from rollset.arm.line import Line
from rollset.arm.operations import Operation, begun
from rollset.core.fleet import ScaleSet
from rollset.core.ids import InstanceId


async def post(
    line: Line, scale_set: ScaleSet, attempted: str, action: str, body: Mapping[str, object] | None = None
) -> Operation:
    """An action of the set."""
    reply = await line.ask(
        attempted,
        "POST",
        f"{scale_set.id.path}/{action}",
        api_versions.SCALE_SETS,
        body=None if body is None else msgspec.json.encode(body),
        missing=NoSuchScaleSet,
    )
    return begun(reply, scale_set.id)


async def patch(line: Line, scale_set: ScaleSet, attempted: str, body: bytes, *, once: bool = False) -> Operation:
    """A change of the set, provided that nobody has written it since it was read; `once` has it never repeated."""
    reply = await line.ask(
        attempted,
        "PATCH",
        scale_set.id.path,
        api_versions.SCALE_SETS,
        body=body,
        etag=scale_set.etag,
        missing=NoSuchScaleSet,
        once=once,
    )
    return begun(reply, scale_set.id)


async def post_on_instances(
    line: Line, scale_set: ScaleSet, attempt: str, action: str, instances: Sequence[InstanceId]
) -> Operation:
    """An action of the set on the named instances, all in one request.

    Raises:
        NoSuchCall: Azure does not have this call for the set.
    """
    # Azure takes "*" for every instance, and other calls take an empty list for the same.
    assert instances, f"{action} names its instances"
    assert "*" not in instances, f"{action} names its instances one by one"
    who = f"instance {instances[0]}" if len(instances) == 1 else f"{len(instances)} instances"
    try:
        return await post(
            line, scale_set, f"{attempt} {who} of {scale_set.id}", action, {"instanceIds": list(instances)}
        )
    except Conflict as conflict:
        raise NoSuchCall.out_of(conflict) from conflict
