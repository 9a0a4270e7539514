"""Runs one program to its end or to its deadline: never through a shell, and never longer than it may take."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

OUTPUT_BYTES_MAX = 16 * 1024
"""So much of the end of each output is kept."""

GRACE_SECONDS = 5.0
"""Between the signal to end and the one that ends."""

LAST_WORDS_SECONDS = 1.0
"""So long is a program heard out that has ended, where a child of its own may still be speaking."""

OUTPUTS = (1, 2)
"""By their file descriptors: what it says, and its errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of it; `status` is `None` where it had to be ended."""

    status: int | None
    output: str
    errors: str


async def run(argv: Sequence[str], environment: Mapping[str, str], seconds: float) -> Ran:
    """Runs it with `environment` as all its variables. Whoever cancels this ends the program, with all it has begun.

    Raises:
        OSError: it cannot be started.
    """
    loop = asyncio.get_running_loop()
    transport, heard = await loop.subprocess_exec(
        _Heard, *argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=dict(environment), start_new_session=True
    )
    try:
        async with asyncio.timeout(seconds):
            # Its own end decides: a child that it leaves behind may hold its output open for ever.
            await heard.exited.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await heard.silent.wait()
    except TimeoutError:
        await _end(transport, heard)
        return Ran(status=None, output="", errors="")
    except asyncio.CancelledError:
        await asyncio.shield(_end(transport, heard))
        raise
    finally:
        transport.close()
    output, errors = (heard.kept[fd].decode(errors="replace") for fd in OUTPUTS)
    return Ran(status=transport.get_returncode(), output=output, errors=errors)


class _Heard(asyncio.SubprocessProtocol):
    """Hears what a program says, keeps the end of it, and knows when the program has ended."""

    def __init__(self) -> None:
        self.kept = dict.fromkeys(OUTPUTS, b"")
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()
        self._open = set(OUTPUTS)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.kept[fd] = (self.kept[fd] + data)[-OUTPUT_BYTES_MAX:]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio calls it so)
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


async def _end(transport: asyncio.SubprocessTransport, heard: _Heard) -> None:
    """Asks the program and its children to end, and then makes them."""
    for last in (False, True):
        _signal(transport, last=last)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await heard.exited.wait()
            break
    # Whoever of its children has not listened.
    _signal(transport, last=True)


def _signal(transport: asyncio.SubprocessTransport, *, last: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            transport.kill()
        else:
            os.killpg(transport.get_pid(), signal.SIGKILL if last else signal.SIGTERM)
