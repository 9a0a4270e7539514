"""`rollingUpgrades/latest`: how Azure's own rolling upgrade of a set stands; and the writes that start it.

It has neither id nor name, and codes are compared without regard to case: `RollingForward` while it runs, then
`Cancelled`, `Completed` or `Faulted` (recorded tests of the Python SDK), `RollingBack` where it undoes itself
(`RollingUpgradeStatusCode` of the newest azure-mgmt-compute).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from rollset.arm.image_shapes import storage_patch
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.azureroll.rolls import Roll, RollState
from rollset.core.fleet import AzureError, UpgradeMode
from rollset.core.image import Image

_STATES = {
    "rollingforward": RollState.RUNNING,
    "rollingback": RollState.RUNNING,
    "completed": RollState.COMPLETED,
    "cancelled": RollState.CANCELLED,
    "faulted": RollState.FAULTED,
}


class _RunningStatus(msgspec.Struct, rename="camel"):
    code: str | None = None
    start_time: str | None = None


class _Progress(msgspec.Struct, rename="camel"):
    in_progress_instance_count: int | None = None
    pending_instance_count: int | None = None


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    running_status: _RunningStatus = msgspec.field(default_factory=_RunningStatus)
    progress: _Progress = msgspec.field(default_factory=_Progress)
    error: _Error | None = None


class RollShape(msgspec.Struct):
    """The latest run."""

    properties: _Properties = msgspec.field(default_factory=_Properties)


ROLL = msgspec.json.Decoder(RollShape)


def to_roll(shape: RollShape) -> Roll:
    """A code that we do not know is taken for the end of a run: who waits for it must not wait for ever."""
    status, progress, error = shape.properties.running_status, shape.properties.progress, shape.properties.error
    return Roll(
        state=_STATES.get((status.code or "").lower(), RollState.FAULTED),
        began_at=_moment(status.start_time),
        in_progress=progress.in_progress_instance_count or 0,
        pending=progress.pending_instance_count or 0,
        error=AzureError(code=error.code or "Failed", message=error.message or "") if error else None,
    )


def _moment(text: str | None) -> float | None:
    """Seconds since the epoch; `None` where it is no time that we know."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def roll_patch(image: Image | None, policy: RollingPolicy) -> bytes:
    """The body of the PATCH that starts a run: mode, policy and image in one, so that none is heeded by itself."""
    profile = {} if image is None else {"virtualMachineProfile": {"storageProfile": storage_patch(image)}}
    return msgspec.json.encode({"properties": {**_policy(UpgradeMode.ROLLING, policy), **profile}})


def mode_patch(mode: UpgradeMode, policy: RollingPolicy | None) -> bytes:
    """The body of a PATCH that changes the upgrade mode, and what Azure's rolling upgrade heeds where that is given."""
    return msgspec.json.encode({"properties": _policy(mode, policy)})


def _policy(mode: UpgradeMode, policy: RollingPolicy | None) -> dict[str, object]:
    written: dict[str, object] = {"mode": mode.value}
    if policy is not None:
        written["rollingUpgradePolicy"] = {
            "maxBatchInstancePercent": policy.batch_percent,
            "maxUnhealthyInstancePercent": policy.unhealthy_percent,
            "maxUnhealthyUpgradedInstancePercent": policy.unhealthy_upgraded_percent,
            "pauseTimeBetweenBatches": policy.pause,
            "enableCrossZoneUpgrade": policy.across_zones,
            "maxSurge": policy.surge,
        }
    return {"upgradePolicy": written}
