"""The emulator as a command runs it: until it is told to stop, with a ready file while it listens."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import orjson

from rollset.emulator.errors import EmulatorError
from rollset.emulator.server import EmulatorServer, Ready

INTERRUPTED = 130


def serve(server: EmulatorServer, *, ready_file: Path | None = None, on_ready: Callable[[Ready], None]) -> int:
    """Serves until SIGTERM (0) or Ctrl-C (130), and answers that exit status."""
    stop = _Stop()
    with stop.on_signals(), server as ready, _written(ready_file, ready):
        on_ready(ready)
        stop.wait()
    return stop.status


class _Stop:
    """Waits for a signal; the first one decides the exit status."""

    def __init__(self) -> None:
        self.status = 0
        self._event = threading.Event()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        kept = {number: signal.signal(number, self._handle) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def wait(self) -> None:
        self._event.wait()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if not self._event.is_set():
            self.status = INTERRUPTED if number == signal.SIGINT else 0
            self._event.set()


@contextmanager
def _written(path: Path | None, ready: Ready) -> Iterator[None]:
    """The ready file, whole from the moment it is there, and gone at the end."""
    if path is None:
        yield
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(orjson.dumps(ready.document(), option=orjson.OPT_INDENT_2) + b"\n")
        part.replace(path)
    except OSError as error:
        raise EmulatorError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
