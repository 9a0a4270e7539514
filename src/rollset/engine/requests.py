"""The upgrade requests of one rollout: made once, and asked about where nothing happens.

A request is never repeated by itself: what was decided before it was lost may be wrong by now. Instances on which
nothing is to be seen are given back, and the next decision, on a fresh view, asks for them again or does not. Asking
twice would do no harm in itself: `manualupgrade` leaves alone what is on the model or under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.arm.errors import ArmError, NotAllowed, ServerFault, Unreachable, Unreadable
from rollset.arm.operations import Failed, Lost, Operation, OperationStatus, Running, Succeeded
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning, ScaleSet
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.core.progress import Failure, Progress
from rollset.core.standing import UNDER_WAY

UNCERTAIN = (Unreachable, ServerFault, Unreadable)
"""Answers after which nobody knows whether Azure has begun; all others say that it has not."""

UNANSWERED_SECONDS = 15.0
"""Azure shows an instance as updating within moments; what is idle for so long was not reached."""

UNMOVED_SECONDS = 60.0
"""After an operation has succeeded, a list of instances may still be old for about so long."""


@dataclass(slots=True)
class _Request:
    """One call of `manualupgrade`; `operation` is `None` where its answer, or its address, was lost."""

    instances: tuple[InstanceId, ...]
    at: float
    operation: Operation | None = None
    succeeded_at: float | None = None


class Requests:
    """All calls made so far that still concern somebody."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._open: list[_Request] = []

    async def ask(self, scale_set: ScaleSet, instances: Sequence[InstanceId], now: float) -> None:
        """Asks for these.

        Raises:
            ArmError: Azure refused (then it has not begun), or nobody knows (`UNCERTAIN`).
        """
        request = _Request(instances=tuple(instances), at=now)
        # What became of an earlier request for one of these is no answer to this one.
        for earlier in self._open:
            earlier.instances = tuple(one for one in earlier.instances if one not in request.instances)
        self._open.append(request)
        try:
            request.operation = await self._azure.manual_upgrade(scale_set, request.instances)
        except UNCERTAIN:
            raise
        except ArmError:
            self._open.remove(request)
            raise

    def unreached(self, fleet: Fleet, job: Job, progress: Progress, now: float) -> list[InstanceId]:
        """Those whose request was lost and on which, in this look at all instances, nothing is to be seen."""
        return [
            one
            for request in self._open
            if request.operation is None and now - request.at >= UNANSWERED_SECONDS
            for one in request.instances
            if one in progress.asked and one in fleet.by_id and _idle(fleet.by_id[one], job)
        ]

    async def failures(self, fleet: Fleet, job: Job, progress: Progress, now: float) -> list[Failure]:
        """What Azure itself says of instances that were asked for, and show nothing, or a failure without words."""
        found: list[Failure] = []
        self._open = [one for one in self._open if any(asked in progress.asked for asked in one.instances)]
        for request in self._open:
            doubtful = [
                fleet.by_id[one]
                for one in request.instances
                if one in progress.asked and one in fleet.by_id and _doubtful(fleet.by_id[one], job, progress)
            ]
            if doubtful and request.operation is not None:
                found += await self._ask_why(request, request.operation, doubtful, job, now)
        return found

    async def _status(self, operation: Operation) -> OperationStatus:
        try:
            return await self._azure.poll(operation)
        except NotAllowed as error:
            # Who may not read operations still sees the instances, and they decide anyway.
            return Lost(reason=str(error))

    async def _ask_why(
        self, request: _Request, operation: Operation, doubtful: Sequence[Instance], job: Job, now: float
    ) -> list[Failure]:
        if request.succeeded_at is not None:
            if now - request.succeeded_at < UNMOVED_SECONDS:
                return []
            return [Failure(instance=one.id, error=_unmoved(one, job)) for one in doubtful if _idle(one, job)]
        match await self._status(operation):
            case Failed(error=error):
                return [Failure(instance=one.id, error=one.error or error) for one in doubtful]
            case Succeeded():
                request.succeeded_at = now
            case Lost():
                request.operation = None
            case Running():
                pass
        return []


def _idle(instance: Instance, job: Job) -> bool:
    return instance.provisioning not in UNDER_WAY and not same_image(instance.image, job.image)


def _doubtful(instance: Instance, job: Job, progress: Progress) -> bool:
    if instance.provisioning is Provisioning.FAILED:
        # A failure with Azure's own words speaks for itself; one without is worth a question.
        return progress.asked[instance.id].stale_failure or instance.error is None
    return _idle(instance, job)


def _unmoved(instance: Instance, job: Job) -> AzureError:
    return AzureError(
        code="NotUpgraded",
        message=f"Azure reported the upgrade as done, but the instance still runs {instance.image} and not {job.image}",
    )
