"""The headers around every answer: request ids and date."""

import uuid

from rollset.emulator.http import Reply, Request
from rollset.emulator.timestamps import http_date
from rollset.emulator.world import World


def complete(world: World, request: Request, reply: Reply, kind: str) -> None:
    """Adds what every answer carries."""
    reply.headers["Content-Length"] = str(len(reply.body))
    reply.headers["Date"] = http_date(world.now)
    if kind == "balance":
        return
    request_id = uuid.uuid4()
    reply.headers["x-ms-request-id"] = str(request_id)
    reply.headers["x-ms-correlation-request-id"] = request.headers.get("x-ms-correlation-request-id", str(request_id))
    reply.headers["x-ms-routing-request-id"] = f"EMULATOR:{request_id}"
    if request.headers.get("x-ms-return-client-request-id", "").lower() == "true":
        reply.headers["x-ms-client-request-id"] = request.headers.get("x-ms-client-request-id", "")
    reply.headers.setdefault("Cache-Control", "no-cache")
