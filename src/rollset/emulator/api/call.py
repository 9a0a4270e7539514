"""One call of a handler, and what the answers to all calls have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from rollset.emulator import choices
from rollset.emulator.clock import retry_after
from rollset.emulator.dialect import Dialect, dialect
from rollset.emulator.http import Reply, Request
from rollset.emulator.operations import Operation
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """A request that found its handler: the world, the request, and the values of the path's variables."""

    world: World
    request: Request
    path: dict[str, str]

    @property
    def dialect(self) -> Dialect:
        return dialect(self.request.api_version)

    @property
    def forced(self) -> bool:
        """`forceDeletion=true`."""
        return self.request.query.get("forcedeletion", "").lower() == "true"

    @property
    def scale_set(self) -> ScaleSet:
        return self.world.find_set(self.path["group"], self.path["name"])


Handler = Callable[[Call], Reply]


def operation_url(call: Call, operation: Operation, *, monitor: bool = False) -> str:
    """The address of an operation; opaque to clients, as Azure's is."""
    world = call.world
    parts = ["monitor=true"] if monitor else []
    parts.append(f"api-version={call.request.api_version}")
    if call.dialect.partition:
        parts.insert(0, f"p={world.guid('partition', operation.location)}")
        parts.append(f"t={int(operation.started_at * 10_000_000) + 621_355_968_000_000_000}")
    return (
        f"{call.request.base_url}/subscriptions/{world.subscription_id}/providers/Microsoft.Compute"
        f"/locations/{operation.location}/operations/{operation.id}?{'&'.join(parts)}"
    )


def accepted(call: Call, operation: Operation, charge: int, *, wait: bool = False) -> Reply:
    """202 without a body, with both addresses; `Retry-After` only with DELETE, as Azure does."""
    headers = {
        "Azure-AsyncOperation": operation_url(call, operation),
        "Location": operation_url(call, operation, monitor=True),
        "x-ms-request-charge": str(charge),
        **_notification(call, of_set=call.request.method == "DELETE"),
    }
    if wait:
        headers["Retry-After"] = retry_after(call.world.clock, choices.FIRST_ANSWER_SECONDS)
    return Reply(202, b"", headers)


def written(call: Call, document: object, operation: Operation, status: int, charge: int | None) -> Reply:
    """The answer to PUT and PATCH: the resource, `Azure-AsyncOperation` and `Retry-After`, no `Location`."""
    reply = Reply.json(document, status, charge)
    pause = min(choices.FIRST_ANSWER_SECONDS, operation.poll_pauses[0])
    reply.headers["Azure-AsyncOperation"] = operation_url(call, operation)
    reply.headers["Retry-After"] = retry_after(call.world.clock, pause)
    reply.headers |= _notification(call, of_set="instance" not in call.path)
    return reply


def _notification(call: Call, *, of_set: bool) -> dict[str, str]:
    notifies = call.dialect.notifies_of_sets if of_set else call.dialect.notifies_of_all
    return {"Azure-AsyncNotification": "Enabled"} if notifies else {}
