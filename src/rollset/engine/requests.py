"""The upgrade requests of one rollout: made once, and asked about where nothing happens.

A request is never repeated by itself: what was decided before it was lost may be wrong by now. Instances on which
nothing is to be seen are given back, and the next decision, on a fresh view, asks for them again or does not. Asking
twice would do no harm in itself: `manualupgrade` leaves alone what is on the model or under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollset.arm.azure import Azure
from rollset.arm.errors import NotAllowed, ServerFault, Unreachable, Unreadable
from rollset.arm.operations import Failed, Lost, Operation, OperationStatus, Running, Succeeded
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.core.progress import Failure, Progress
from rollset.core.standing import UNDER_WAY
from rollset.engine.state import Request

UNCERTAIN = (Unreachable, ServerFault, Unreadable)
"""Answers after which nobody knows whether Azure has begun; all others say that it has not."""

UNANSWERED_SECONDS = 15.0
"""Azure shows an instance as updating within moments; what is idle for so long was not reached."""

UNMOVED_SECONDS = 60.0
"""After an operation has succeeded, a list of instances may still be old for about so long."""


def unreached(
    requests: Iterable[Request], fleet: Fleet, job: Job, progress: Progress, now: float
) -> dict[InstanceId, bool]:
    """Those whose request was lost and on which, in this look at all instances, nothing is to be seen.

    The value is whether Azure had its chance: it had none where the run broke off before the request was made.
    """
    return {
        one: not request.broke_off
        for request in requests
        if request.answered and request.operation is None and now - request.at >= UNANSWERED_SECONDS
        for one in request.instances
        if one in progress.asked and one in fleet.by_id and _idle(fleet.by_id[one], job)
    }


class Inquiry:
    """Asks Azure what became of operations, each as often as it makes sense."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._succeeded_at: dict[float, float] = {}
        self._lost: set[float] = set()

    async def failures(
        self, requests: Iterable[Request], fleet: Fleet, job: Job, progress: Progress, now: float
    ) -> list[Failure]:
        """What Azure itself says of instances that were asked for, and show nothing, or a failure without words."""
        found: list[Failure] = []
        for request in requests:
            doubtful = [
                fleet.by_id[one]
                for one in request.instances
                if one in progress.asked and one in fleet.by_id and _doubtful(fleet.by_id[one], job, progress)
            ]
            if doubtful and request.operation is not None and request.at not in self._lost:
                found += await self._ask_why(request, request.operation, doubtful, job, now)
        return found

    def settled(self, requests: Iterable[Request]) -> tuple[Request, ...]:
        """The requests, with those operations left out of which Azure knows nothing any more."""
        return tuple(one.without_operation() if one.at in self._lost else one for one in requests)

    async def _status(self, operation: Operation) -> OperationStatus:
        try:
            return await self._azure.poll(operation)
        except NotAllowed as error:
            # Who may not read operations still sees the instances, and they decide anyway.
            return Lost(reason=str(error))

    async def _ask_why(
        self, request: Request, operation: Operation, doubtful: Sequence[Instance], job: Job, now: float
    ) -> list[Failure]:
        if request.at in self._succeeded_at:
            if now - self._succeeded_at[request.at] < UNMOVED_SECONDS:
                return []
            return [Failure(instance=one.id, error=_unmoved(one, job)) for one in doubtful if _idle(one, job)]
        match await self._status(operation):
            case Failed(error=error):
                return [Failure(instance=one.id, error=one.error or error) for one in doubtful]
            case Succeeded():
                self._succeeded_at[request.at] = now
            case Lost():
                self._lost.add(request.at)
            case Running():
                pass
        return []


def _idle(instance: Instance, job: Job) -> bool:
    return instance.provisioning not in UNDER_WAY and not job.is_reached_by(instance)


def _doubtful(instance: Instance, job: Job, progress: Progress) -> bool:
    if instance.provisioning is Provisioning.FAILED:
        # A failure with Azure's own words speaks for itself; one without is worth a question.
        return progress.asked[instance.id].stale_failure or instance.error is None
    return _idle(instance, job)


def _unmoved(instance: Instance, job: Job) -> AzureError:
    still = "is still not on the model"
    if not same_image(instance.image, job.image):
        still = f"still runs {instance.image} and not {job.image}"
    return AzureError(code="NotUpgraded", message=f"Azure reported the upgrade as done, but the instance {still}")
