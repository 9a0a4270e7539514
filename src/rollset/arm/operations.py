"""Long-running operations: what Azure has accepted, and how far it says it is.

Three addresses tell, best first: `Azure-AsyncOperation`, always 200 with a status; `Location`, 202 while it runs; and
the resource's own `provisioningState` (Azure documentation, "Track asynchronous Azure operations"). None of them proves
that an instance runs its image: the operation of a cancelled upgrade ends `Succeeded` too, in the recorded tests of the
Python SDK. For that, look at the instances.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from rollset.arm.errors import NotFound, Unreadable
from rollset.arm.reply import ErrorShape, Reply
from rollset.core.fleet import AzureError, Provisioning
from rollset.core.ids import ScaleSetId

_FORGOTTEN = frozenset({400, 404, 410})
"""How Azure answers for an operation whose address has expired; 400 for a signature that has."""
_ACCEPTED = 202
_PREEMPTED = "operationpreempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that Azure has begun. Its addresses carry a signature, so they are not shown."""

    attempted: str
    scale_set: ScaleSetId
    status_url: str | None = field(default=None, repr=False)
    result_url: str | None = field(default=None, repr=False)
    retry_after: float | None = None
    request_id: str | None = None
    """What Azure calls the request that began it: what its support asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Not finished; Azure asks to look again in `retry_after` seconds, if it says."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Finished, as far as Azure is concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Finished without doing what was asked, wholly or in part."""

    error: AzureError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No longer known how it went: look at the resource instead."""

    reason: str


OperationStatus = Running | Succeeded | Failed | Lost
Ended = Succeeded | Failed | Lost


class _StatusShape(msgspec.Struct):
    """The operation resource. Its `startTime` moves between looks, so no duration is taken from it."""

    status: str | None = None
    error: ErrorShape | None = None


_STATUS = msgspec.json.Decoder(_StatusShape)


def begun(reply: Reply, scale_set: ScaleSetId) -> Operation:
    """The operation that an accepted write began. A 200 does not mean that it is finished."""
    return Operation(
        attempted=reply.attempted,
        scale_set=scale_set,
        status_url=reply.headers.get("Azure-AsyncOperation"),
        result_url=reply.headers.get("Location"),
        retry_after=reply.retry_after,
        request_id=reply.request_id,
    )


def read_status(reply: Reply) -> OperationStatus:
    """What `Azure-AsyncOperation` answered: 200 with a status, whatever that status is.

    Raises:
        ArmError: the status could not be read now, which says nothing about the operation.
    """
    if unknown := _unknown(reply):
        return unknown
    try:
        shape = reply.decode(_STATUS)
    except Unreadable as error:
        return Lost(reason=error.answer)
    match (shape.status or "").lower():
        case "succeeded":
            return Succeeded()
        case "failed" | "canceled" as ended:
            return _failed(shape.error or ErrorShape(), ended)
        case "":
            return Lost(reason="the answer has no status")
        case _:
            return Running(retry_after=reply.retry_after)


def read_result(reply: Reply) -> OperationStatus:
    """What `Location` answered: 202 while it runs, then what the call would have answered had it not taken long.

    Raises:
        ArmError: as `read_status`.
    """
    if unknown := _unknown(reply):
        return unknown
    return Running(retry_after=reply.retry_after) if reply.status == _ACCEPTED else Succeeded()


def read_provisioning(state: Provisioning) -> OperationStatus:
    """What the resource itself says, where the operation has no address."""
    match state:
        case Provisioning.SUCCEEDED:
            return Succeeded()
        case Provisioning.FAILED | Provisioning.CANCELED:
            return Failed(
                error=AzureError(code=state.value, message=f"the scale set's provisioningState is {state.value}")
            )
        case Provisioning.DELETING:
            return Lost(reason="the scale set is being deleted")
        case _:
            return Running()


def _unknown(reply: Reply) -> Lost | None:
    if reply.status in _FORGOTTEN:
        return Lost(reason=f"Azure no longer knows the operation ({reply.status})")
    if not reply.succeeded:
        raise reply.error(NotFound)
    return None


def _failed(error: ErrorShape, ended: str) -> Failed | Lost:
    """A preempted operation has not failed: a newer one on the same resource goes on in its place."""
    code = str(error.code or ended.capitalize())
    if code.lower() == _PREEMPTED:
        return Lost(reason="a more recent operation has taken its place")
    return Failed(error=AzureError(code=code, message=error.text))
