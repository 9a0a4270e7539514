"""How connections are taken: within bounds, and nobody is waited for without end.

uvicorn with h11: it refuses heads that are too long or that two readers could understand in two ways.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from rollset.core.errors import UsageError

HEAD_SECONDS_MAX = 15.0
"""So long the first line and the headers of a request may take, from the moment they are due."""

HEAD_BYTES_MAX = 32 * 1024
CONNECTIONS_MAX = 1000
"""Of more, each is told to come again later."""

STALL_SECONDS_MAX = 60.0
"""Who takes nothing of what is sent to him for so long is gone, or holds the connection for its own sake."""

IDLE_SECONDS_MAX = 75
LEAVING_SECONDS_MAX = 2
"""What is being answered may end when the server does; streams end at once."""

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A certificate with its chain, and its key, as PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What connections are taken with: TLS 1.2 or newer.

        Raises:
            UsageError: the files cannot be read, or do not belong together.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            why = error.strerror or getattr(error, "reason", None) or "they cannot be read"
            raise UsageError(
                f"the certificate {self.certificate} with the key {self.key} cannot be used: {why}; name a PEM file "
                "with the chain and one with its key"
            ) from error
        return context


class PatientProtocol(H11Protocol):
    """uvicorn's own, which would wait for ever for a head that does not come, and for a reader that does not read."""

    _patience: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._judge()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._judge()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_patience()
        self._end_stall()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        self._end_stall()
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        begun, _ = self.conn.trailing_data
        if begun:
            self._judge()

    def _judge(self) -> None:
        """A head is due where a connection or the first part of one is there, and no request."""
        if self.conn.their_state is not h11.IDLE:
            self._end_patience()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS_MAX, self._lose_patience)

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.write(TOO_SLOW)
            self.transport.close()

    def _wait_for_reader(self) -> None:
        self._end_stall()
        unread = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(STALL_SECONDS_MAX, self._look_at_reader, unread)

    def _look_at_reader(self, unread: int) -> None:
        """Slow is all right, as long as it goes on."""
        if self.transport.get_write_buffer_size() < unread:
            self._wait_for_reader()
        else:
            self.transport.abort()

    def _end_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: who asks for WebSockets is answered as if they had not."""


def configured(app: ASGIApp, *, tls: Tls | None = None, proxies: tuple[str, ...] = ()) -> uvicorn.Config:
    """How to serve `app`. What `proxies` say of who asks is believed, and nobody else."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=IDLE_SECONDS_MAX,
        timeout_graceful_shutdown=LEAVING_SECONDS_MAX,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        ssl_context_factory=None if tls is None else _given(tls.context()),
    )
    config.load()
    return config


def _given(context: ssl.SSLContext) -> Callable[..., ssl.SSLContext]:
    return lambda *_: context
