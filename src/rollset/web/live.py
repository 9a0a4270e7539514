"""Server-sent events: a page that is open gets the parts of it that have changed.

part    {"id": ..., "html": ...}   takes the place of the element with that id
cells   {id: [style, sign, text, about], ...}   cells of the heatmap that look otherwise now
gone    nothing more comes: the browser need not ask again
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import StreamingResponse
from markupsafe import escape

from rollset.web.site import Site

HEARTBEAT_SECONDS = 15.0
"""Between signs of life where nothing happens: what lies between ends connections that seem idle."""

RETRY_MS = 1000
"""When a browser asks again after the stream was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event of a stream."""

    event: str
    data: object

    def __bytes__(self) -> bytes:
        # JSON has no bare line ends, which would end the field.
        return f"event: {self.event}\ndata: {json.dumps(self.data, separators=(',', ':'))}\n\n".encode()


GONE = Message(event="gone", data={})


@dataclass(slots=True)
class Parts:
    """What one stream has sent of each part, so that only what differs is sent."""

    sent: dict[str, object] = field(default_factory=dict)

    def part(self, id: str, html: str) -> list[Message]:  # noqa: A002 (HTML's own word)
        """The part, if it is another one than before."""
        if self.sent.get(id) == html:
            return []
        self.sent[id] = html
        return [Message(event="part", data={"id": id, "html": html})]

    def cells(self, cells: Mapping[str, list[str]]) -> list[Message]:
        """Those of the cells that are others than before."""
        changed = {one: cell for one, cell in cells.items() if self.sent.get(f"cell {one}") != cell}
        self.sent.update((f"cell {one}", cell) for one, cell in changed.items())
        return [Message(event="cells", data=changed)] if changed else []


def stream(site: Site, messages: AsyncGenerator[list[Message]], *, banner: bool = True) -> StreamingResponse:
    """The answer that goes on as long as `messages` and the browser do; for machines without the banner of pages."""
    return StreamingResponse(
        _bytes(site, messages, banner=banner), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _bytes(site: Site, messages: AsyncGenerator[list[Message]], *, banner: bool) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    own = Parts()
    closing = asyncio.create_task(site.closing.wait())
    coming = asyncio.create_task(_next(messages))
    try:
        while not site.closing.is_set():
            either: tuple[asyncio.Task[Any], ...] = (closing, coming)
            await asyncio.wait(either, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                yield b": still here\n\n"
                continue
            batch = coming.result()
            if batch is None:
                yield bytes(GONE)
                return
            coming = asyncio.create_task(_next(messages))
            if banner:
                batch += own.part("banner", str(escape(site.banner())))
            if batch:
                yield b"".join(bytes(one) for one in batch)
    finally:
        closing.cancel()
        coming.cancel()
        await asyncio.gather(closing, coming, return_exceptions=True)
        await messages.aclose()


async def _next(messages: AsyncGenerator[list[Message]]) -> list[Message] | None:
    """`None` at the end."""
    return await anext(messages, None)
