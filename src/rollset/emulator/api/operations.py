"""Polling: an operation's own address, and its `monitor` address."""

from rollset.emulator.api.call import Call
from rollset.emulator.clock import retry_after
from rollset.emulator.http import Reply
from rollset.emulator.refusal import entity_not_found


def get_operation(call: Call) -> Reply:
    """Always 200 where the operation is known, whatever became of it; a read of one that is not is the failure."""
    operation = call.world.operations.get(call.path["operation"].lower())
    if operation is None:
        raise entity_not_found()
    monitor = call.request.query.get("monitor", "").lower() == "true"
    reply = Reply(202 if operation.running else 200) if monitor else Reply.json(operation.document())
    if operation.running:
        reply.headers["Retry-After"] = retry_after(call.world.clock, operation.next_pause())
        if monitor:
            reply.headers["Location"] = f"{call.request.base_url}{call.request.path}?{_same_query(call)}"
    return reply


def _same_query(call: Call) -> str:
    return "&".join(f"{name}={value}" for name, value in call.request.query.items())
