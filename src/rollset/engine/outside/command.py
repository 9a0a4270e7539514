"""Runs one program to its end or to its deadline: never through a shell, and never longer than it may take."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

OUTPUT_BYTES_MAX = 16 * 1024
"""So much of the end of each output is kept."""

GRACE_SECONDS = 5.0
"""Between the signal to end and the one that ends."""


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
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=dict(environment), start_new_session=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    reading = asyncio.gather(_tail(process.stdout), _tail(process.stderr))
    try:
        async with asyncio.timeout(seconds):
            # Its own end decides: a child that it leaves behind may hold its output open for ever.
            status = await process.wait()
    except TimeoutError:
        await _end(process)
        return Ran(status=None, output="", errors="")
    except asyncio.CancelledError:
        await asyncio.shield(_end(process))
        raise
    finally:
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(reading), 1.0)
        outputs = reading.result() if reading.done() and not reading.cancelled() else (b"", b"")
        reading.cancel()
    output, errors = (one.decode(errors="replace") for one in outputs)
    return Ran(status=status, output=output, errors=errors)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while piece := await stream.read(OUTPUT_BYTES_MAX):
        kept = (kept + piece)[-OUTPUT_BYTES_MAX:]
    return kept


async def _end(process: Process) -> None:
    """Asks the program and its children to end, and then makes them."""
    for last in (False, True):
        _signal(process, last=last)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await process.wait()
            break
    # Whoever of its children has not listened.
    _signal(process, last=True)


def _signal(process: Process, *, last: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL if last else signal.SIGTERM)
