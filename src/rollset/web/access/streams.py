"""Ends streams of whoever is not signed in any more: a page that stays open must not outlive its session."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rollset.core.errors import RollsetError
from rollset.web.access.access import Access
from rollset.web.access.who import Who

UNTOLD_MAX = 4
"""So many looks in a row may fail before a stream ends as if its reader were signed out."""

STREAM = "text/event-stream"


async def while_signed_in(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, *, access: Access, who: Who | None
) -> None:
    """Lets `app` answer; where it streams, until `who` is signed in no more. A stream counts as use of the session."""
    watching: asyncio.Task[None] | None = None
    bound = asyncio.timeout(None)

    async def sent(message: Message) -> None:
        nonlocal watching
        if message["type"] == "http.response.start" and watching is None and _streams(message):
            watching = asyncio.create_task(_end_with_session(access, Request(scope), bound))
        await send(message)

    try:
        async with bound:
            await app(scope, receive, send if who is None else sent)
    except TimeoutError:
        if not bound.expired():
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        if watching is not None:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _end_with_session(access: Access, request: Request, bound: asyncio.Timeout) -> None:
    untold = 0
    while untold < UNTOLD_MAX:  # As long as the stream lasts: its end cancels this.
        await asyncio.sleep(access.stream_seconds)
        try:
            if not await _is_signed_in(access, request):
                break
            untold = 0
        except RollsetError:
            # The database is away; nobody can sign out then, but not for long.
            untold += 1
    bound.reschedule(asyncio.get_running_loop().time())


async def _is_signed_in(access: Access, request: Request) -> bool:
    shown = request.headers.get("authorization")
    if shown is None:
        return await access.who_holds_cookie(request.cookies) is not None
    return await access.who_holds_token(shown.partition(" ")[2].strip()) is not None


def _streams(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(STREAM)
