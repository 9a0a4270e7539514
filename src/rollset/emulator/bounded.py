"""A connection with bounds: what is no request is refused in ARM's form, and nobody is waited for without end."""

import asyncio
import resource
from functools import cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rollset.emulator.http import Reply
from rollset.emulator.refusal import Refusal, refuse

# From the first byte of a request to its last. The largest takes a slow line seconds.
REQUEST_SECONDS_MAX = 120.0
# First line and headers. The longest that Azure's clients send are addresses of operations, of some 4 KB.
HEAD_BYTES_MAX = 128 * 1024
# Of the files that this process may open, these are kept for other things than connections; two listeners share the
# rest. A connection is a file from before it can be turned away, so as many as come in at once are among them.
FILES_RESERVED = 300
PLACES_MIN = 16
LISTENERS = 2


@cache
def places() -> int:
    """How many connections a listener holds at once."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(PLACES_MIN, (files - FILES_RESERVED) // LISTENERS)


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which by itself waits for ever, reads headers without end, and refuses in plain text."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self._patience: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > places():
            self.turn_away(refuse(503, "ServiceUnavailable", "The emulator has no place for one more connection."))
        else:
            self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_patience()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what belongs to a head that has not ended yet."""
        self._head_bytes += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX:
            message = f"The first line and the headers of a request may have {HEAD_BYTES_MAX} bytes."
            self.turn_away(refuse(431, "RequestHeaderFieldsTooLarge", message))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._patience is None:
            self._be_patient()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._end_patience()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  Uvicorn calls it so.
        """Our sentence says more than its own."""
        self.turn_away(self.unreadable())

    def unreadable(self) -> Refusal:
        """What is answered to bytes that make no request."""
        message = "What was sent is no HTTP request: its first line, its headers or its body cannot be read."
        return refuse(400, "BadRequest", message)

    def turn_away(self, refusal: Refusal) -> None:
        """Refuses what never became a request, and hangs up."""
        reply = Reply.refusal(refusal)
        headers = {**reply.headers, "content-length": str(len(reply.body)), "connection": "close"}
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: who asks for WebSockets is answered as if they had not."""

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(REQUEST_SECONDS_MAX, self._lose_patience)

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self.flow.read_paused:  # It is we who do not read on, for the answer to an earlier request is still due.
            self._be_patient()
            return
        self.turn_away(refuse(408, "RequestTimeout", f"The request was not there after {REQUEST_SECONDS_MAX:.0f} s."))
