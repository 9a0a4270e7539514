"""Requests as they come, for whoever looks on: server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from rollset.emulator.requestlog import Asked, RequestLog
from rollset.emulator.timestamps import azure_time

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# So often, in real time, a line without meaning keeps the connection from being taken for dead.
BEAT_SECONDS = 15.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream(log: RequestLog, receive: Receive, send: Send) -> None:
    """Tells of each request from now on, until the listener goes."""
    with log.listening() as queue:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b": listening\n\n", "more_body": True})
        async with _until_gone(receive) as gone:
            while not gone.done():
                asked = asyncio.ensure_future(queue.get())
                either: set[asyncio.Future[Any]] = {asked, gone}
                await asyncio.wait(either, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                body = event(asked.result()) if asked.done() else b": still here\n\n"
                asked.cancel()
                if not gone.done():
                    await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def event(asked: Asked) -> bytes:
    """One request as one event."""
    return b"data: " + orjson.dumps(document(asked)) + b"\n\n"


def document(asked: Asked) -> dict[str, Any]:
    return {
        "time": azure_time(asked.at),
        "method": asked.method,
        "path": asked.path,
        "api_version": asked.api_version,
        "status": asked.status,
        "ms": round(asked.ms, 3),
    }


@asynccontextmanager
async def _until_gone(receive: Receive) -> AsyncIterator["asyncio.Future[None]"]:
    """Done when the listener has gone; ends with the block."""

    async def wait() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.ensure_future(wait())
    try:
        yield gone
    finally:
        gone.cancel()
