"""Sockets and connections: a port of our own on loopback, and a connection that can be lost on purpose."""

import asyncio
import errno
import socket
from typing import Any

from rollset.emulator.app import DROP_EXTENSION
from rollset.emulator.bounded import BoundedProtocol
from rollset.emulator.errors import EmulatorError

LOOPBACK = "127.0.0.1"
# So many connections may come in at once, before the first of them is looked at.
BACKLOG = 256
# The protocol learns that its connection is gone within the next turns of the loop, and then sends nothing.
TURNS_TO_NOTICE = 3


def bind(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket, on loopback unless told otherwise; one sentence where the port is taken or forbidden."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise EmulatorError(f"port {port} on {host} is in use; name another one") from error
        raise EmulatorError(f"port {port} on {host} cannot be used: {error.strerror}") from error
    except OverflowError as error:
        listener.close()
        raise EmulatorError(f"port {port} is no port: expected 0 to 65535") from error
    return listener


class DroppableProtocol(BoundedProtocol):
    """A connection, with a way for the application to close the connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {DROP_EXTENSION: self._drop}
        self.scope["extensions"] = extensions

    async def _drop(self) -> None:
        self.transport.abort()
        for _ in range(TURNS_TO_NOTICE):
            await asyncio.sleep(0)
