"""`rollset argv` as a process of its own, without a terminal, that a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Self

from rollset.emulator.server import Ready
from tests.cli.driver import FOREIGN, writes
from tests.support.patience import until

SECONDS_MAX = 300.0
"""A bound for a machine that is very busy; nothing here waits for time to pass."""

PROGRAM = "from rollset.cli.main import main; main()"


class Background:
    """The process; leaving the context ends it."""

    def __init__(self, *argv: str, ready: Ready, **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**kept, **ready.env, "ROLLSET_STATE": os.environ["ROLLSET_STATE"], **variables},
            start_new_session=True,
        )
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """As the kernel does when memory is short: nothing of it is left to say goodbye."""
        if self.process.poll() is None:
            self.process.kill()
        self._finish()

    def ends(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """The exit status and all that was said, after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        return self._finish()

    def _finish(self) -> tuple[int, str]:
        assert self.process.stdout is not None, "it was opened with a pipe"
        if not self.process.stdout.closed:
            self._said = self.process.communicate(timeout=SECONDS_MAX)[0]
        return self.process.returncode, self._said

    def until(self, so: Callable[[], bool]) -> Self:
        def so_far() -> bool:
            if so():
                return True
            assert self.process.poll() is None, f"it ended before:\n{self.process.communicate()[0]}"
            return False

        until(so_far, "what it is to come to")
        return self


def asked(ready: Ready) -> int:
    """How often Azure was asked to upgrade instances."""
    return sum("manualupgrade" in one for one in writes(ready))
