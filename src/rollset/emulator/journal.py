"""The state file: how a world began, and every request that changed it since, in the order in which they were answered.

A world is decided by its fleet, its seed and what it was asked when. So what is kept is that, and a world comes back by
being asked the same again (`replay.py`). A line is on the disk before its answer leaves: whatever ends the process, and
at whichever moment, nothing that was answered is lost. A line that is cut off at the end was never answered.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError

FORMAT = 1
# A line holds a request, whose body has a bound of its own.
LINE_BYTES_MAX = 16 * 1024 * 1024
NEW_LINE = b"\n"


class Journal:
    """A state file that is open, and nobody else's meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmulatorError(f"{path}: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise EmulatorError(f"{path}: another emulator has it open") from error

    def records(self) -> Iterator[Json]:
        """Every whole record; a last one that was cut off is taken off the file.

        Raises:
            EmulatorError: something else stands there.
        """
        end = 0
        with self.path.open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX + 1):
                if not line.endswith(NEW_LINE):
                    break
                yield self._record(line, end)
                end += len(line)
        if end < os.fstat(self._file).st_size:
            os.ftruncate(self._file, end)

    def append(self, record: Json, *, sync: bool = True) -> None:
        """Writes a record, or leaves the file as it was; with `sync`, it outlasts a loss of power too.

        Raises:
            EmulatorError: it cannot be written.
        """
        line = orjson.dumps(record) + NEW_LINE
        before = os.fstat(self._file).st_size
        try:
            whole = os.write(self._file, line) == len(line)
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, before)
            raise EmulatorError(f"{self.path}: cannot be written: {error.strerror}") from error
        if not whole:
            os.ftruncate(self._file, before)
            raise EmulatorError(f"{self.path}: cannot be written: no room is left")

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _record(self, line: bytes, at: int) -> Json:
        try:
            record: Any = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            raise EmulatorError(f"{self.path}: this is no state file of the emulator, or it is damaged at byte {at}")
        return record
