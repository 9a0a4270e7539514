"""Polling: an operation's own address, and its `monitor` address."""

from rollset.emulator.api.call import Call
from rollset.emulator.clock import retry_after
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import entity_not_found

# Recorded up to this version.
OPERATION_ID_UNTIL = "2016-04-30-preview"


def get_operation(call: Call) -> Reply:
    """Always 200 where the operation is known, whatever became of it; a read of one that is not is the failure."""
    operation = call.world.operations.get(call.path["operation"].lower())
    if operation is None:
        raise entity_not_found()
    monitor = call.request.query.get("monitor", "").lower() == "true"
    reply = _as_if_synchronous(operation) if monitor else Reply.json(_document(operation, call.request.api_version))
    if operation.running:
        reply.headers["Retry-After"] = retry_after(call.world.clock, operation.next_pause())
        if monitor:
            reply.headers["Location"] = f"{call.request.base_url}{call.request.path}?{_same_query(call)}"
    return reply


def _document(operation: Operation, api_version: str) -> Json:
    """As Azure tells it; the oldest versions call the name something else."""
    body = operation.document()
    if api_version <= OPERATION_ID_UNTIL:
        body["operationId"] = body.pop("name")
    return body


def _as_if_synchronous(operation: Operation) -> Reply:
    if operation.running:
        return Reply(202)
    if operation.output is not None and operation.error is None:
        return Reply.json(operation.output)
    return Reply(200)


def _same_query(call: Call) -> str:
    return "&".join(f"{name}={value}" for name, value in call.request.query.items())
