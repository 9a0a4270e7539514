"""The ASGI application: reads a request, lets the world catch up, answers, and puts the usual headers around it.

Between the end of reading and the start of writing nothing is awaited, so every request sees and leaves a whole world.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from rollset.emulator import events
from rollset.emulator.clock import real_seconds
from rollset.emulator.errors import EmulatorError
from rollset.emulator.exchange import Exchange
from rollset.emulator.http import Reply, Request
from rollset.emulator.refusal import ArmError, Refusal, refuse
from rollset.emulator.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_MAX_BYTES = 4 * 1024 * 1024
# A server offers this in the scope, so that a reply can be lost on purpose.
DROP_EXTENSION = "rollset.emulator.drop"

log = logging.getLogger("rollset.emulator")


class CallerGoneError(ConnectionResetError):
    """The caller went away in the middle of its request. Half a request is none: of `reimage`, all could be left."""


class ReplyLostError(ConnectionResetError):
    """A fault breaks the line where no connection can be closed: the caller is in this process."""


def create_app(world: World) -> App:
    """The application of a world. It serves plain HTTP and HTTPS alike, and callers in this process."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        try:
            body = await _read(receive)
        except CallerGoneError:
            return
        exchange = Exchange(world, _request(scope, body or b""))
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


def _answer(exchange: Exchange) -> Reply:
    """An answer in ARM's form, whatever happens: a failure of the emulator must not look like one of the client's.

    A bug can raise anything, and one request that meets it must not end the emulator for all others: hence all
    exceptions. The answer names what was raised, and the log says where.
    """
    try:
        return exchange.answer()
    except Exception as error:
        log.exception("the emulator failed on %s %s", exchange.request.method, exchange.request.path)
        exchange.note_failure()
        message = f"The emulator itself failed on this request: {error!r:.200}. Its log says where. Please report it."
        cause = ArmError("InternalServerError", message, inner=type(error).__name__)
        return Reply.refusal(Refusal(500, cause))


def _kept(exchange: Exchange, reply: Reply) -> Reply:
    """The reply, once what it says is written down; what cannot be kept is not answered as done."""
    try:
        exchange.keep()
    except EmulatorError as error:
        log.error("%s", error)  # noqa: TRY400  One sentence says it all.
        return Reply.refusal(refuse(500, "InternalServerError", f"The emulator cannot keep its state: {error}"))
    return reply


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
        if message["type"] == "http.disconnect":
            raise CallerGoneError("the connection was closed before the request had ended")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_MAX_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= BODY_MAX_BYTES else None


async def _drop(scope: Message) -> None:
    drop = scope.get("extensions", {}).get(DROP_EXTENSION)
    if drop is None:
        raise ReplyLostError("the reply was lost on the way, as a fault wants it")
    await drop()


def _too_large() -> Reply:
    message = f"The request content size exceeds the maximum size of {BODY_MAX_BYTES} bytes."
    return Reply.refusal(refuse(413, "RequestContentTooLarge", message))
