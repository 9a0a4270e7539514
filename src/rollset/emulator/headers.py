"""The headers around every answer: request ids and date."""

import uuid

from rollset.emulator.clock import real_seconds
from rollset.emulator.http import Reply, Request
from rollset.emulator.timestamps import http_date
from rollset.emulator.world import World

TIME_SCALE = "x-emulator-time-scale"
"""How many emulated seconds pass in one of the client's, where these are not the same; Azure sends no such header. A
client that paces itself by what it knows of Azure's limits learns from it how fast they are refilled here."""


def complete(world: World, request: Request, reply: Reply, kind: str) -> None:
    """Adds what every answer carries."""
    reply.headers["Content-Length"] = str(len(reply.body))
    reply.headers["Date"] = http_date(world.now)
    if kind == "balance":
        return
    if (second := real_seconds(world.clock, 1)) != 1:
        reply.headers[TIME_SCALE] = f"{1 / second:g}"
    request_id = uuid.uuid4()
    reply.headers["x-ms-request-id"] = str(request_id)
    reply.headers["x-ms-correlation-request-id"] = request.headers.get("x-ms-correlation-request-id", str(request_id))
    reply.headers["x-ms-routing-request-id"] = f"EMULATOR:{request_id}"
    if request.headers.get("x-ms-return-client-request-id", "").lower() == "true":
        reply.headers["x-ms-client-request-id"] = request.headers.get("x-ms-client-request-id", "")
    reply.headers.setdefault("Cache-Control", "no-cache")
