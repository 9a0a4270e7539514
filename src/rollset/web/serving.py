"""The dashboard as a running server: one listener, in the event loop of whoever serves."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn

from rollset.core.errors import RollsetError
from rollset.web.access.access import Access
from rollset.web.app import create_app
from rollset.web.listening import configured
from rollset.web.settings import ServeSettings
from rollset.web.site import Site

START_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.01
"""Between looks at whether it listens."""


class NotListening(RollsetError):  # noqa: N818 (reads as the fact it states)
    """The address cannot be listened on."""


def bind(host: str, port: int) -> socket.socket:
    """A socket of that address; port 0 takes a free one.

    Raises:
        NotListening: another program has it, or it is no address of this machine.
    """
    try:
        return socket.create_server(
            (host, port), backlog=256, family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except (OSError, OverflowError) as error:
        raise NotListening(
            f"cannot listen on {host} port {port}: {_reason(error)}; name another with --host or --port"
        ) from error


OWN_WORDS = {errno.EADDRINUSE: "another program has it", errno.EADDRNOTAVAIL: "this machine has no such address"}


def _reason(error: OSError | OverflowError) -> str:
    """In the system's own words elsewhere; those of `create_server` say the address once more."""
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    return OWN_WORDS.get(error.errno) or (os.strerror(error.errno) if error.errno > 0 else str(error.strerror))


@asynccontextmanager
async def serving(site: Site, access: Access, settings: ServeSettings, listener: socket.socket) -> AsyncIterator[str]:
    """Serves `site` to those whom `access` lets in, within the block, and gives its address."""
    app = create_app(site, access)
    server = _Server(configured(app, tls=settings.tls, proxies=settings.proxies))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="dashboard")
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            while not server.started and not task.done():  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(LOOK_SECONDS)
        if task.done():
            await task
        yield f"{settings.address(listener.getsockname()[1])}/"
    finally:
        site.closing.set()
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """Leaves signals to whoever serves."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
