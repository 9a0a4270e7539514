"""An event loop whose clock jumps: when nothing is ready, it is at once the time of the next timer.

A rollout of hours then runs in milliseconds, and always in the same order. Only work inside the process may be awaited:
nobody waits for a socket here, so a read timeout on one would fire at once.

Three ways to use it: `run_virtual(coroutine)`; `asyncio.Runner(loop_factory=VirtualLoop)`; or, for every async test of a
folder, in its `conftest.py`:

    def pytest_asyncio_loop_factories(config, item):
        return {"virtual": VirtualLoop}
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, TypeVar, TypeVarTuple

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""What `VirtualLoop.now()` says when the loop is made: seconds since 1970."""

THREAD_WAIT_SECONDS_MAX = 120.0
"""How long, in real time, a thread that the loop waits for may take."""


class StuckError(RuntimeError):
    """Every task waits for something that neither a timer nor a thread will bring."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop with `time()` starting at zero and moving only by jumps."""

    def __init__(self) -> None:
        self._virtual_seconds = 0.0
        self._threads_busy = 0
        super().__init__(_JumpingSelector(self))
        # Timers due within a microsecond fire together; float sums of hours stay well inside that.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._virtual_seconds

    def now(self) -> float:
        """Seconds since 1970, so that the loop itself serves as the clock of an emulated world."""
        return EPOCH + self._virtual_seconds

    def jump(self, seconds: float) -> None:
        self._virtual_seconds += seconds

    @property
    def waits_for_threads(self) -> bool:
        return self._threads_busy > 0

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        """As usual, but time stands still until the thread is done: its work takes no virtual time."""
        self._threads_busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._threads_busy -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Waits for the threads here: the original waits on a timer, which a jump would end early."""
        del timeout
        executor: Executor | None = getattr(self, "_default_executor", None)
        if executor is not None:
            executor.shutdown(wait=True)


class _JumpingSelector(selectors.DefaultSelector):
    """Where the loop would sleep until its next timer, it moves the clock there instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.waits_for_threads and timeout != 0:
            ready: list[tuple[selectors.SelectorKey, int]] = super().select(THREAD_WAIT_SECONDS_MAX)
            if not ready:
                raise StuckError(f"a thread has not finished within {THREAD_WAIT_SECONDS_MAX:g} real seconds")
            return ready
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise StuckError("every task waits for something that no timer will bring")
        self._loop.jump(max(0.0, timeout))
        return []


def run_virtual(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Runs `coroutine` to its end on a fresh virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


def virtual_loop() -> VirtualLoop:
    """The virtual loop that is running now."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop
