"""What a request is answered where a fault answers in place of Azure."""

from http import HTTPStatus

from rollset.emulator import choices
from rollset.emulator.armpath import right
from rollset.emulator.clock import retry_after
from rollset.emulator.http import Reply, Request
from rollset.emulator.identity import PRINCIPAL_ID
from rollset.emulator.inforce import InForce
from rollset.emulator.limits import GROUPS
from rollset.emulator.refusal import ArmError, Refusal, refuse
from rollset.emulator.requestfaults import Answering, Dropped, Forbid, Http, Storm
from rollset.emulator.throttled import too_many_for_compute
from rollset.emulator.world import World

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


def reply_of(fault: Answering, entry: InForce, world: World, request: Request, kind: str) -> Reply | None:
    """The answer that the fault gives to a request of that kind of route; none where it breaks the connection."""
    match fault:
        case Dropped():
            return None
        case Forbid():
            return _forbidden(request)
        case Http():
            return _http(fault, world, kind)
        case Storm():
            status = fault.statuses[int(entry.draw(world.seed, "status") * len(fault.statuses))]
            reply = Reply.refusal(Refusal(status, _error_of(status, world, kind)))
            pause = fault.retry_after
            if pause is None and status == HTTPStatus.TOO_MANY_REQUESTS:
                reply.headers["Retry-After"] = retry_after(world.clock, choices.STORM_PAUSE_SECONDS)
            return _with_pause(reply, pause)


def _forbidden(request: Request) -> Reply:
    """Azure's own words, which name the missing right."""
    action, scope = right(request.method, request.path[:300])
    message = (
        f"The client '{PRINCIPAL_ID}' with object id '{PRINCIPAL_ID}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )
    return Reply.refusal(refuse(403, "AuthorizationFailed", message))


def _http(fault: Http, world: World, kind: str) -> Reply:
    """As it was asked for, without a `Retry-After` too: some servers on the way forget it."""
    if fault.body is None:
        reply = Reply.refusal(Refusal(fault.status, _error_of(fault.status, world, kind)))
    else:
        reply = Reply.json(fault.body, fault.status)
    return _with_pause(reply, fault.retry_after)


def _with_pause(reply: Reply, seconds: int | None) -> Reply:
    if seconds is not None:
        reply.headers["Retry-After"] = str(seconds)
    return reply


def _error_of(status: int, world: World, kind: str) -> ArmError:
    """The error of a status, in Azure's words where a 429 is asked for."""
    if status == HTTPStatus.TOO_MANY_REQUESTS and (group := GROUPS.get(kind)) is not None:
        limit = group.resource or group.subscription
        return too_many_for_compute(limit.policy, world.now, allowed=limit.size, measured=limit.size + 1)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return ArmError(CODES.get(status, phrase.replace(" ", "")), f"{phrase} (asked for by a fault of the emulator).")
