"""The headers around every answer: request ids, date, and what is left of the rate limits."""

import uuid
from http import HTTPStatus

from rollset.emulator.http import Reply, Request
from rollset.emulator.timestamps import http_date
from rollset.emulator.world import World

# Error codes by status, for faults that answer in place of Azure.
CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AuthorizationFailed",
    404: "NotFound",
    409: "Conflict",
    412: "PreconditionFailed",
    429: "OperationNotAllowed",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


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
    reply.headers |= world.limits.headers(world.now, request, reply, kind)


def error_of_status(status: int) -> tuple[str, str]:
    """Code and message of an error that a fault asks for by its status alone."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return CODES.get(status, phrase.replace(" ", "")), f"{phrase} (asked for by a fault of the emulator)."
