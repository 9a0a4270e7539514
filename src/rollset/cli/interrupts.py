"""Ctrl-C and its relatives: the first one asks the rollout to stop, a second one ends it where it stands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def on_signals(act: Callable[[], None]) -> Iterator[None]:
    """Within, each of the signals calls `act`.

    Where the event loop cannot listen to signals (Windows), Ctrl-C alone works, as asyncio itself arranges it.
    """
    loop = asyncio.get_running_loop()
    known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    with suppress(NotImplementedError, RuntimeError):
        for one in known:
            loop.add_signal_handler(one, act)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError):
            for one in known:
                loop.remove_signal_handler(one)


@contextmanager
def cancelling_on_signals(tell: Callable[[], None]) -> Iterator[None]:
    """Within, each of the signals cancels the task that runs now; `tell` comes first, for what follows may last.

    Where nobody reads any more what is told (a terminal that was closed, a log that went), it is cancelled as well.
    """
    task = _running_task()

    def stop() -> None:
        with suppress(OSError):
            tell()
        task.cancel()

    with on_signals(stop):
        yield


@contextmanager
def asking_before_cancelling(ask: Callable[[], None]) -> Iterator[None]:
    """Within, the first of the signals asks for an end, and every other one cancels the task that runs now."""
    task = _running_task()
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            task.cancel()
        asked = True
        ask()

    with on_signals(stop):
        yield


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, Ctrl-C raises `KeyboardInterrupt` at once; asyncio would wait for a question to be answered first."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _running_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None, "signals are for a running task"
    return task
