"""A real terminal for a real process: a pty of a given size, what was written to it, and keys to press."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from typing import IO, Self

from tests.cli.driver import FOREIGN

SECONDS_MAX = 240.0
"""A bound for a machine that is very busy; nothing here waits for time to pass."""

PRESS_SECONDS = 2.0
PROGRAM = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from rollset.cli.main import main; main()"
"""The command, once the terminal is its own, so that Ctrl-C there becomes a signal here."""

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`rollset argv` on a terminal; leaving the context ends it."""

    def __init__(
        self, *argv: str, env: Mapping[str, str], columns: int = 80, rows: int = 24, stdout: IO[bytes] | None = None
    ) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._ours = ours
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *argv],
            stdin=theirs,
            stdout=stdout or theirs,
            stderr=theirs,
            env={**kept, "ROLLSET_STATE": os.environ["ROLLSET_STATE"], "TERM": "xterm-256color", **env},
            start_new_session=True,
        )
        os.close(theirs)
        self.written = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """Everything written so far, without colours and movements."""
        return ESCAPES.sub("", self.written).replace("\r\n", "\n")

    def until(self, words: str) -> Self:
        """Reads until the words have appeared."""
        deadline = time.monotonic() + SECONDS_MAX
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} did not appear in:\n{self.text}"
            assert self._read() or words in self.text, f"it ended before {words!r} appeared:\n{self.text}"
        return self

    def press(self, keys: str) -> Self:
        os.write(self._ours, keys.encode())
        return self

    def press_until(self, keys: str, words: str) -> Self:
        """Presses until the words appear: a Ctrl-C in the instant before `input` begins to read is lost to CPython."""
        for _ in range(int(SECONDS_MAX / PRESS_SECONDS)):
            self.press(keys)
            pressed = time.monotonic()
            while words not in self.text and time.monotonic() < pressed + PRESS_SECONDS and self._read():
                pass
            if words in self.text or self.process.poll() is not None:
                break
        return self.until(words)

    def ends(self) -> int:
        """The exit status, when all has been read."""
        deadline = time.monotonic() + SECONDS_MAX
        while self._read():
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
        return self.process.wait(SECONDS_MAX)

    def send(self, number: signal.Signals) -> Self:
        self.process.send_signal(number)
        return self

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            chunk = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other end has been closed.
            return False
        self.written += self._decoder.decode(chunk)
        return bool(chunk)
