"""The HTTP listener as a proxy for clients that know no other address than Azure's own.

Such a client is told `HTTPS_PROXY=http://127.0.0.1:8400`. It asks the proxy to `CONNECT` it with
`management.azure.com:443`, and then speaks TLS on that connection: here the emulator itself takes up the TLS, with the
certificate that its authority made for the name. Nobody is led anywhere else.
"""

import asyncio
import ssl
from typing import Any

from rollset.emulator.authority import LED
from rollset.emulator.listening import DroppableProtocol
from rollset.emulator.refusal import Refusal, refuse

METHOD = b"CONNECT"
# In lower case: names of hosts are compared without regard to it.
TARGETS = tuple(METHOD.lower() + f" {name}:443 ".encode() for name in LED)
BEGINNING_BYTES_MAX = max(map(len, TARGETS))
END = b"\r\n\r\n"
HEAD_BYTES_MAX = 8192
TLS_SECONDS_MAX = 30.0
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class LeadingProtocol(DroppableProtocol):
    """Looks at the first bytes of a connection; all but a `CONNECT` to Azure's own names are ordinary requests."""

    def __init__(self, *, context: ssl.SSLContext, **named: Any) -> None:
        super().__init__(**named)
        self._context = context
        self._named = named
        # What came so far, until it is known which of the two it is.
        self._held: bytes | None = b""
        self._turning: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        """Holds what may become a `CONNECT`; passes on all else."""
        if self._turning is not None:
            return  # A client waits for the answer before it speaks TLS.
        if self._held is None:
            super().data_received(data)
            return
        self._held += data
        beginning = self._held[:BEGINNING_BYTES_MAX].lower()
        if any(beginning[: len(one)] == one[: len(beginning)] for one in TARGETS) and not self._ended:
            return
        held, self._held = self._held, None
        if beginning.startswith(TARGETS) and held.endswith(END):
            self._turning = self.loop.create_task(self._turn())
        else:
            super().data_received(held)

    def unreadable(self) -> Refusal:
        """Says whom it leads to, where it was asked to lead elsewhere: `HTTPS_PROXY` may be meant for others too."""
        if self.parser.get_method() != METHOD:
            return super().unreadable()
        names = " and ".join(f"{name}:443" for name in LED)
        message = f"The emulator is a proxy for {names}, which it is itself, and for no other host."
        return refuse(403, "ProxyTargetNotAllowed", message)

    @property
    def _ended(self) -> bool:
        assert self._held is not None, "only asked while something is held"
        return END in self._held or len(self._held) > HEAD_BYTES_MAX

    async def _turn(self) -> None:
        """From here on the connection is one of the HTTPS listener's."""
        self._end_patience()
        plain = self.transport
        led = LedProtocol(**self._named)
        plain.write(ESTABLISHED)
        try:
            secure = await self.loop.start_tls(
                plain, led, self._context, server_side=True, ssl_handshake_timeout=TLS_SECONDS_MAX
            )
        except OSError:  # The client has gone, or does not trust the certificate.
            plain.abort()
            return
        finally:
            self.connections.discard(self)
        if secure is None:
            plain.abort()
            return
        led.connection_made(secure)


class LedProtocol(DroppableProtocol):
    """Ordinary requests over TLS; the first may come in before the handshake is told to be over."""

    _early = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._early:
            super().data_received(self._early)

    def data_received(self, data: bytes) -> None:
        """Keeps what is too early."""
        if self.transport is None:
            self._early += data
        else:
            super().data_received(data)
