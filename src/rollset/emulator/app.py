"""The ASGI application: reads a request, lets the world catch up, answers, and puts the usual headers around it.

Between the end of reading and the start of writing nothing is awaited, so every request sees and leaves a whole world.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from rollset.emulator import balancer, events, guard, headers, records
from rollset.emulator.api import faulted, own
from rollset.emulator.api.call import Call
from rollset.emulator.api.router import Found, Router
from rollset.emulator.api.routes import ARM, OWN, SIGN_IN
from rollset.emulator.armpath import resource_type
from rollset.emulator.buckets import Draw, draws_of
from rollset.emulator.clock import real_seconds, retry_after
from rollset.emulator.compaction import shorten
from rollset.emulator.dialect import check_api_version
from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.http import Reply, Request
from rollset.emulator.identity import PRINCIPAL_ID
from rollset.emulator.refusal import Refusal, refuse
from rollset.emulator.requestlog import Asked
from rollset.emulator.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_MAX_BYTES = 4 * 1024 * 1024
PATH_SHOWN_MAX = 400
UNKNOWN_PATHS_MAX = 500
# These change nothing that the state file would keep.
READS = ("GET", "HEAD")
# What a page that is open asks again and again would hide everything else.
UNLOGGED_KINDS = ("balance", "page", "events")
BALANCER_PREFIX = "/emulator/lb/"
# A server offers this in the scope, so that a reply can be lost on purpose.
DROP_EXTENSION = "rollset.emulator.drop"

log = logging.getLogger("rollset.emulator")


class ReplyLostError(ConnectionResetError):
    """A fault breaks the line where no connection can be closed: the caller is in this process."""


def create_app(world: World) -> App:
    """The application of a world. It serves plain HTTP and HTTPS alike, and callers in this process."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        body = await _read(receive)
        exchange = _Exchange(world, _request(scope, body or b""))
        reply = _too_large() if body is None else _kept(exchange, _answer(exchange))
        exchange.finish(reply, (time.perf_counter() - started) * 1000)
        if exchange.late > 0:
            await asyncio.sleep(real_seconds(world.clock, exchange.late))
        if exchange.lost:
            await _drop(scope)
            return
        if exchange.kind == "events" and reply.status == HTTPStatus.OK:
            await events.stream(world.requests, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    return app


def _answer(exchange: "_Exchange") -> Reply:
    """An answer in ARM's form, whatever happens: a failure of the emulator must not look like one of the client's."""
    try:
        return exchange.answer()
    except Exception:
        log.exception("the emulator failed on %s %s", exchange.request.method, exchange.request.path)
        message = "The emulator itself failed on this request; its log says where. Please report it."
        return Reply.refusal(refuse(500, "InternalServerError", message))


def _kept(exchange: "_Exchange", reply: Reply) -> Reply:
    """The reply, once what it says is written down; what cannot be kept is not answered as done."""
    try:
        exchange.keep()
    except EmulatorError as error:
        log.error("%s", error)  # noqa: TRY400  One sentence says it all.
        return Reply.refusal(refuse(500, "InternalServerError", f"The emulator cannot keep its state: {error}"))
    return reply


class _Exchange:
    """One request on its way to its reply."""

    __slots__ = ("changes", "draws", "kind", "late", "lost", "request", "world")

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        self.request = request
        self.kind = "unknown"
        # What the state file is to remember.
        self.changes: list[Json] = []
        # The connection breaks instead of an answer.
        self.lost = False
        # The rate limits that it counts for.
        self.draws: tuple[Draw, ...] = ()
        # By how many emulated seconds the answer is held back.
        self.late = 0.0

    def answer(self) -> Reply:
        """What is answered; a request that is refused is refused in ARM's form."""
        world, request = self.world, self.request
        world.advance()
        try:
            if world.admission is None:
                guard.check_host(request.host)
            path = f"/{request.path.lstrip('/')}"
            lowered = path.lower()
            if lowered == "/emulator" or lowered.startswith("/emulator/"):
                return self._own(path, lowered)
            if SIGN_IN.find(request.method, path) is not None:
                if world.admission is not None:
                    world.admission.check_sign_in(request)
                return self._routed(SIGN_IN)
            return self._arm()
        except Refusal as refusal:
            return Reply.refusal(refusal)

    def keep(self) -> None:
        """Writes down what has changed, where there is a file for it."""
        world = self.world
        if world.journal is None:
            return
        if world.faults.used:
            self.changes.append(records.of_faults(world.now, world.faults.used))
            world.faults.used = []
        for record in self.changes:
            # Visits come by the hundred; losing the count of the last ones with the power is no loss.
            world.journal.append(record, sync="visit" not in record)
        if self.changes:
            shorten(world, world.journal)

    def finish(self, reply: Reply, ms: float) -> None:
        """The headers that every answer has, and a line in the log of requests."""
        request, world = self.request, self.world
        headers.complete(world, request, reply, self.kind)
        reply.headers |= world.limits.headers(world.now, self.draws, request, reply)
        if self.kind in UNLOGGED_KINDS:
            return
        path = request.path[:PATH_SHOWN_MAX]
        status = 0 if self.lost else reply.status
        world.requests.add(Asked(world.now, request.method, path, request.api_version, status, ms), self.kind)
        if self.kind == "unknown" and reply.status == HTTPStatus.NOT_FOUND:
            log.warning("unknown path: %s %s api-version=%s", request.method, path, request.api_version or "-")
            if len(world.unknown_paths) < UNKNOWN_PATHS_MAX:
                world.unknown_paths[request.method, path] += 1

    def _own(self, path: str, lowered: str) -> Reply:
        """A request to the emulator itself, or through one of its load balancers."""
        admission = self.world.admission
        if admission is not None:
            if lowered == "/emulator" and (entered := admission.let_in(self.request)) is not None:
                return entered
            admission.check(self.request)
        if lowered.startswith(BALANCER_PREFIX):
            return self._balance(path)
        guard.check_origin(self.request, beyond=admission is not None)
        return self._routed(OWN)

    def _balance(self, path: str) -> Reply:
        self.kind = "balance"
        group, _, rest = path[len(BALANCER_PREFIX) :].partition("/")
        call = Call(self.world, self.request, {"group": group, "name": rest.partition("/")[0]})
        outcome = balancer.serve(call.scale_set)
        if self.world.journal is not None:
            self.changes.append(records.of_visit(self.world.now, call.scale_set, outcome.instance))
        return own.balanced(call.scale_set, outcome)

    def _arm(self) -> Reply:
        """A request to ARM: faults first, then the token, the version, the subscription, and the handler."""
        world, request = self.world, self.request
        found = ARM.find(request.method, request.path)
        self.kind = found.route.kind if found is not None else "unknown"
        self.late = world.faults.delay(request.method, request.path)
        if (fault := world.faults.for_request(request.method, request.path)) is not None:
            answer = faulted.reply_of(*fault, world, request, self.kind)
            self.lost = answer is None
            return answer or Reply(0)
        principal = self._principal()
        if found is None:
            raise _not_found(ARM, request)
        check_api_version(request.api_version, resource_type(request.path))
        if "subscription" in found.variables:
            world.check_subscription(found.variables["subscription"])
        world.locks.check(request.method, request.path)
        self._throttle(found, principal)
        reply = self._handle(found)
        self.lost = world.faults.loses_reply(request.method, request.path)
        return reply

    def _principal(self) -> str:
        """Who asks; whoever shows no good token is refused."""
        admission = self.world.admission
        if admission is not None and admission.admits(self.request):
            return PRINCIPAL_ID
        return self.world.tokens.check(self.request.headers.get("authorization"))

    def _throttle(self, found: Found, principal: str) -> None:
        """Finds the buckets that the request draws on; refuses it where one of them is empty."""
        world, request = self.world, self.request
        self.draws = draws = draws_of(request, self.kind, world.region_of(found.variables), principal)
        if not world.throttles:
            return
        try:
            world.limits.check(world.now, draws, partial(retry_after, world.clock))
        except Refusal:
            self.kind, self.draws = "throttled", ()
            raise

    def _routed(self, router: Router) -> Reply:
        found = router.find(self.request.method, self.request.path)
        if found is None:
            raise _not_found(router, self.request)
        self.kind = found.route.kind
        return self._handle(found)

    def _handle(self, found: Found) -> Reply:
        if self.world.journal is not None and self.request.method not in READS and found.route.kind != "sign-in":
            self.changes.append(records.of_request(self.world.now, self.request))
        return found.route.handler(Call(self.world, self.request, found.variables))


def _request(scope: Message, body: bytes) -> Request:
    fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"].upper(),
        path=raw_path.decode("latin-1"),
        query={name.lower(): value for name, value in reversed(query)},
        headers=fields,
        body=body,
        scheme=scope.get("scheme", "http"),
        host=fields.get("host", "localhost"),
    )


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None where it is longer than anything that ARM takes."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_MAX_BYTES:
            chunks.append(chunk)
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(chunks) if size <= BODY_MAX_BYTES else None


async def _drop(scope: Message) -> None:
    drop = scope.get("extensions", {}).get(DROP_EXTENSION)
    if drop is None:
        raise ReplyLostError("the reply was lost on the way, as a fault wants it")
    await drop()


def _not_found(router: Router, request: Request) -> Refusal:
    known = router.methods(request.path)
    if known:
        message = f"The requested resource does not support http method '{request.method[:20]}'."
        return Refusal(405, refuse(405, "MethodNotAllowed", message).error, {"Allow": ", ".join(sorted(known))})
    return refuse(404, "NotFound", f"No such path here: {request.method[:20]} {request.path[:300]}")


def _too_large() -> Reply:
    message = f"The request content size exceeds the maximum size of {BODY_MAX_BYTES} bytes."
    return Reply.refusal(refuse(413, "RequestContentTooLarge", message))
