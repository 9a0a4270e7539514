"""What a request is answered where a fault answers in place of Azure."""

from http import HTTPStatus

from rollset.emulator.armpath import right
from rollset.emulator.http import Reply, Request
from rollset.emulator.identity import PRINCIPAL_ID
from rollset.emulator.inforce import InForce
from rollset.emulator.refusal import refuse
from rollset.emulator.requestfaults import Answering, Dropped, Forbid, Http, Storm

# Azure's error codes for the statuses that faults are made with.
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


def reply_of(fault: Answering, entry: InForce, request: Request, seed: int) -> Reply | None:
    """The answer that the fault gives to the request; none where it breaks the connection."""
    match fault:
        case Dropped():
            return None
        case Forbid():
            return _forbidden(request)
        case Http():
            return _with_pause(_http(fault), fault.retry_after)
        case Storm():
            status = fault.statuses[int(entry.draw(seed, "status") * len(fault.statuses))]
            return _with_pause(Reply.refusal(refuse(status, *_error_of(status))), fault.retry_after)


def _forbidden(request: Request) -> Reply:
    """Azure's own words, which name the missing right."""
    action, scope = right(request.method, request.path[:300])
    message = (
        f"The client '{PRINCIPAL_ID}' with object id '{PRINCIPAL_ID}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )
    return Reply.refusal(refuse(403, "AuthorizationFailed", message))


def _http(fault: Http) -> Reply:
    if fault.body is None:
        return Reply.refusal(refuse(fault.status, *_error_of(fault.status)))
    return Reply.json(fault.body, fault.status)


def _with_pause(reply: Reply, seconds: int | None) -> Reply:
    if seconds is not None:
        reply.headers["Retry-After"] = str(seconds)
    return reply


def _error_of(status: int) -> tuple[str, str]:
    """Code and message of an error that is asked for by its status alone."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return CODES.get(status, phrase.replace(" ", "")), f"{phrase} (asked for by a fault of the emulator)."
