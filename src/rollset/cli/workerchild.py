"""A worker as a child of this process: it leaves when this process does, however that comes about."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rollset.cli import faults
from rollset.cli.options import ConnectionFlags
from rollset.engine.durable.place import SqliteState, State

LEAVE_SECONDS_MAX = 20.0
"""How long it may take to let its rollouts go."""

AGAIN_SECONDS = 2.0
"""Between the end of one that died and the next."""


@asynccontextmanager
async def worker_child(state: State, connection: ConnectionFlags) -> AsyncIterator[None]:
    """Within, a worker runs; one that dies is followed by another."""
    words = [sys.executable, "-m", "rollset", "worker", "--until-eof", *_place(state)]
    words += [] if connection.endpoint is None else ["--endpoint", connection.endpoint]
    keeper = asyncio.create_task(_keep(words), name="worker")
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(words: list[str]) -> None:
    while True:  # Until this is cancelled.
        child = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, start_new_session=True)
        try:
            status = await child.wait()
        finally:
            await _leave(child)
        faults.say(f"the worker of the dashboard has ended with status {status}; starting another one")
        await asyncio.sleep(AGAIN_SECONDS)


async def _leave(child: Process) -> None:
    """The end of its input tells it to leave."""
    if child.returncode is not None:
        return
    assert child.stdin is not None
    child.stdin.close()
    try:
        async with asyncio.timeout(LEAVE_SECONDS_MAX):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _place(state: State) -> list[str]:
    """Of a database the environment tells, which the child has as well."""
    return ["--state", str(state.directory)] if isinstance(state, SqliteState) else []
