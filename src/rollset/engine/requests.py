"""The upgrade requests of one rollout: made, repeated where the answer was lost, and asked about where nothing happens.

`manualupgrade` is safe to repeat: an instance that is on the latest model already is left alone, one that is being
upgraded goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.arm.errors import Conflict, NotFound, Refused, ServerFault, Throttled, Unreachable
from rollset.arm.operations import Failed, Lost, Operation, Running, Succeeded
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning, ScaleSet
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.core.progress import Failure, Progress
from rollset.core.standing import UNDER_WAY

ASKS_MAX = 8
"""How often a request without a good answer is made before the rollout gives up on it."""

UNCERTAIN = (Unreachable, Throttled, ServerFault, Conflict, Refused, NotFound)
"""Answers after which the instances themselves must be looked at, and asked for again where nothing happened."""


@dataclass(slots=True)
class _Request:
    """One call of `manualupgrade`; `operation` is `None` as long as Azure has not accepted it."""

    instances: tuple[InstanceId, ...]
    operation: Operation | None = None
    asks: int = 0
    succeeded: bool = False


class Requests:
    """All calls made so far that still concern somebody."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._open: list[_Request] = []

    async def ask(self, scale_set: ScaleSet, instances: Sequence[InstanceId]) -> None:
        """Asks for these; a doubtful answer is not an error yet: the next look tells.

        Raises:
            ArmError: the answer leaves no doubt (not signed in, not allowed), or none came again and again.
        """
        request = _Request(instances=tuple(instances))
        self._open.append(request)
        await self._send(scale_set, request)

    async def repeat(self, fleet: Fleet, job: Job, progress: Progress) -> None:
        """Sends again what was never accepted, for those on which nothing is to be seen."""
        for request in self._open:
            if request.operation is not None:
                continue
            idle = tuple(one for one in request.instances if one in progress.asked and _idle(fleet.by_id[one], job))
            if idle:
                request.instances = idle
                await self._send(fleet.scale_set, request)

    async def failures(self, fleet: Fleet, job: Job, progress: Progress) -> list[Failure]:
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
                found += await self._ask_why(request, request.operation, doubtful, job)
        return found

    async def _send(self, scale_set: ScaleSet, request: _Request) -> None:
        request.asks += 1
        try:
            request.operation = await self._azure.manual_upgrade(scale_set, request.instances)
        except UNCERTAIN:
            if request.asks >= ASKS_MAX:
                raise

    async def _ask_why(
        self, request: _Request, operation: Operation, doubtful: Sequence[Instance], job: Job
    ) -> list[Failure]:
        if request.succeeded:
            # Azure said so a look ago, and still nothing is to be seen: it will not come.
            return [Failure(instance=one.id, error=_unmoved(one, job)) for one in doubtful if _idle(one, job)]
        match await self._azure.poll(operation):
            case Failed(error=error):
                return [Failure(instance=one.id, error=one.error or error) for one in doubtful]
            case Succeeded():
                request.succeeded = True
            case Lost():
                # Nobody can say any more: ask again, which costs nothing where it was done.
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
