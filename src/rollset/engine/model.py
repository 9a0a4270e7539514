"""Writes to the model of a set: each guarded by the etag, each safe to repeat, each looked at again when in doubt.

An etag conflict is normal in service: the etag rises with every action on an instance as well. What matters is whether
somebody else changed the *image*; only then is the rollout's ground gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.arm.errors import ArmError, ChangedMeanwhile, Conflict
from rollset.arm.operations import Ended, Failed, Operation
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.errors import RollsetError, UnsafeError
from rollset.core.fleet import ScaleSet, UpgradeMode
from rollset.core.image import Image, same_image
from rollset.core.model.change import NO_CHANGE, ModelChange, Says, changed_by_others, said, spoken

WRITES_MAX = 8
"""A write that meets a conflict so often in a row meets more than chance."""

CONFLICT_SECONDS = 5.0


class ModelRefused(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Azure took the write of the model, and then reported that it failed."""


class ImageMoved(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """The image in the model changed while something else in it was written."""


Permit = Callable[[], Awaitable[None]]
"""Asked right before each write; raises where this process may not write any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The set as it is after a write; `request_id` is `None` where there was nothing to write."""

    scale_set: ScaleSet
    request_id: str | None = None


async def write_model(
    azure: Azure, scale_set: ScaleSet, says: Says, permit: Permit, *, unseen: bool = False
) -> Written:
    """Has the model say so, unless it does already; `unseen`: something in it cannot be read back, and is not written.

    Raises:
        UnsafeError: somebody else has changed the image, or one of the members, since `scale_set` was read.
        ModelRefused: Azure reported the write as failed.
    """
    ours = (says.change, says.change.as_said_by(scale_set))
    taken = not unseen

    def check(current: ScaleSet) -> bool:
        if taken and says.is_said_by(current):
            return True
        if not any(same_image(current.image, known) for known in (says.image, scale_set.image)):
            raise UnsafeError(
                f"the image of {scale_set.id} was changed to {current.image} by somebody else meanwhile (it was "
                f"{scale_set.image} when this was planned); nothing was overwritten; plan again"
            )
        for other in changed_by_others(current, ours):
            raise UnsafeError(
                f"{other.path} of {scale_set.id} was changed to {spoken(other)} by somebody else meanwhile (it was "
                f"{spoken(said(scale_set, other.path))} when this was planned); nothing was overwritten; plan again"
            )
        return False

    async def write(current: ScaleSet) -> Operation:
        nonlocal taken
        operation = await azure.write_model(current, says.image, says.change.wanted)
        taken = True
        return operation

    return await _write(azure, scale_set, check, write, permit)


async def write_mode(
    azure: Azure,
    scale_set: ScaleSet,
    mode: UpgradeMode,
    permit: Permit,
    *,
    rolling: RollingPolicy | None = None,
    change: ModelChange = NO_CHANGE,
) -> Written:
    """Sets the upgrade policy mode, and what Azure's own rolling upgrade heeds if given, unless it is so already.

    The operation of a change to Rolling lasts as long as the pass that it starts, perhaps hours: it is not waited for.

    Raises:
        ImageMoved: the image in the model is no longer that of `scale_set`, or a member that `change` names says
            something else than there, so the mode is not meant for it.
    """

    def check(current: ScaleSet) -> bool:
        if not same_image(current.image, scale_set.image) and current.image is not scale_set.image:
            raise ImageMoved(f"the image of {scale_set.id} was changed to {current.image} meanwhile")
        for other in changed_by_others(current, [change.as_said_by(scale_set)]):
            raise ImageMoved(f"{other.path} of {scale_set.id} was changed to {spoken(other)} meanwhile")
        return current.upgrade_mode is mode and (rolling is None or current.rolling_policy.same_as(rolling))

    return await _write(
        azure,
        scale_set,
        check,
        lambda current: azure.write_upgrade_mode(current, mode, rolling),
        permit,
        wait=mode is not UpgradeMode.ROLLING,
    )


async def write_os_upgrade(azure: Azure, scale_set: ScaleSet, *, on: bool, permit: Permit) -> Written:
    """Switches automatic OS upgrades on or off, unless it is so already."""
    return await _write(
        azure,
        scale_set,
        lambda current: current.automatic_os_upgrade is on,
        lambda current: azure.write_os_upgrade(current, on=on),
        permit,
    )


async def start_roll(azure: Azure, scale_set: ScaleSet, image: Image, policy: RollingPolicy, permit: Permit) -> Written:
    """Has Azure's own rolling upgrade bring the set to `image`, also where the model says all that already.

    The operation lasts as long as the run: it is not waited for.

    Raises:
        UnsafeError: somebody else has changed the image since `scale_set` was read.
    """
    expected, begun = scale_set.image, False

    def check(current: ScaleSet) -> bool:
        if not any(same_image(current.image, known) for known in (image, expected)):
            raise UnsafeError(
                f"the image of {scale_set.id} was changed to {current.image} by somebody else meanwhile (it was "
                f"{expected} before); nothing was overwritten; plan again"
            )
        rolls = current.upgrade_mode is UpgradeMode.ROLLING and current.rolling_policy.same_as(policy)
        return begun and rolls and same_image(current.image, image)

    async def write(current: ScaleSet) -> Operation:
        nonlocal begun
        operation = await azure.start_roll(current, image, policy)
        begun = True
        return operation

    return await _write(azure, scale_set, check, write, permit, wait=False)


async def _write(
    azure: Azure,
    scale_set: ScaleSet,
    is_so: Callable[[ScaleSet], bool],
    write: Callable[[ScaleSet], Awaitable[Operation]],
    permit: Permit,
    *,
    wait: bool = True,
) -> Written:
    current, request_id = scale_set, None
    for attempt in range(WRITES_MAX):
        if is_so(current):
            return Written(scale_set=current, request_id=request_id)
        await permit()
        try:
            operation = await write(current)
            request_id = operation.request_id
        except (ChangedMeanwhile, Conflict) as conflict:
            if attempt == WRITES_MAX - 1:
                raise
            if isinstance(conflict, Conflict):
                if conflict.lasts:
                    raise
                await asyncio.sleep(CONFLICT_SECONDS)
        else:
            if isinstance(end := await ended(azure, operation) if wait else None, Failed):
                raise ModelRefused(
                    f"Azure reported that {operation.attempted} failed: {end.error}; no instance was touched"
                )
        current = await azure.scale_set(scale_set.id, scale_set.paths)
    if is_so(current):
        return Written(scale_set=current, request_id=request_id)
    raise ModelRefused(
        f"the model of {scale_set.id} does not show what was written to it {WRITES_MAX} times; look at it"
    )


async def ended(azure: Azure, operation: Operation) -> Ended | None:
    """How the operation ended, if that can be told; if not, the model itself is read next, and decides."""
    try:
        return await azure.finish(operation)
    except ArmError:
        return None
