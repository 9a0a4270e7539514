"""Signals: a process that is told to end ends, also where nobody is left to read what it says."""

import asyncio
import os
import signal

import pytest

from rollset.cli.interrupts import cancelling_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
async def test_whoever_is_told_to_end_ends_also_with_nobody_to_tell(number):
    def to_nobody() -> None:
        raise BrokenPipeError

    async def serve() -> None:
        with cancelling_on_signals(to_nobody):
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(serve())
