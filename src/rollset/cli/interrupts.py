"""Ctrl-C and its relatives: the first one asks the rollout to stop, a second one ends it where it stands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def cancelling_on_signals(tell: Callable[[], None]) -> Iterator[None]:
    """Within, each of the signals cancels the task that runs now. A rollout takes the first cancellation as a request.

    `tell` is called first, for what follows may take a while.

    Where the event loop cannot listen to signals (Windows), Ctrl-C alone works, as asyncio itself arranges it.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None, "signals are for a running task"

    def stop() -> None:
        tell()
        task.cancel()

    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    with suppress(NotImplementedError, RuntimeError):
        for one in known:
            loop.add_signal_handler(one, stop)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError):
            for one in known:
                loop.remove_signal_handler(one)


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, Ctrl-C raises `KeyboardInterrupt` at once; asyncio would wait for a question to be answered first."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
