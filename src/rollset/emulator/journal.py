"""The state file: how a world began, and every request that changed it since, in the order in which they were answered.

A world is decided by its fleet, its seed and what it was asked when. So what is kept is that, and a world comes back by
being asked the same again (`replay.py`). Where that has become long, the world itself takes its place
(`compaction.py`). A line is on the disk before its answer leaves: whatever ends the process, and
at whichever moment, nothing that was answered is lost. A line that is cut off at the end was never answered.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError

FORMAT = 1
# A line holds a request, whose body has a bound of its own.
LINE_BYTES_MAX = 16 * 1024 * 1024
NEW_LINE = b"\n"
# What every state file begins with: all that stands in one whose first line was cut off.
BEGINNING = b'{"format":'
FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
# A file is written anew when it is longer than this and has grown to so many times what it was then.
REWRITE_BYTES_MIN = 4 * 1024 * 1024
REWRITE_GROWTH = 2
# Another process may put a new file in the place of the one that was opened; so often it is opened again.
OPENINGS_MAX = 10


class Journal:
    """A state file that is open, and nobody else's meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # When the emulated clock last started, as the last record of it says.
        self.clock: Json = {}
        self._file = self._opened()
        self._size_rewritten = 0

    @property
    def size(self) -> int:
        return os.fstat(self._file).st_size

    @property
    def is_long(self) -> bool:
        """Whether it is worth to be written anew."""
        return self.size > max(REWRITE_BYTES_MIN, REWRITE_GROWTH * self._size_rewritten)

    def records(self) -> Iterator[Json]:
        """Every whole record; a last one that was cut off is taken off the file.

        Raises:
            EmulatorError: something else stands there.
        """
        end = 0
        with self.path.open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX + 1):
                if not line.endswith(NEW_LINE):
                    if len(line) > LINE_BYTES_MAX or (end == 0 and not line.startswith(BEGINNING[: len(line)])):
                        raise self._no_state(end)
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
        before = self.size
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

    def rewrite(self, records: Iterable[Json]) -> None:
        """Puts these records in the place of all others. Whenever the process ends, the file holds these or those.

        Raises:
            EmulatorError: they cannot be written; the others stay.
        """
        place = self.path.resolve()
        fresh = place.with_name(f"{place.name}.new")
        try:
            file = os.open(fresh, FLAGS | os.O_TRUNC, 0o600)
        except OSError as error:
            raise EmulatorError(f"{fresh}: cannot be opened: {error.strerror}") from error
        try:
            # Before the file has its name, so that nobody else can have it first.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for record in records:
                _write_all(file, orjson.dumps(record) + NEW_LINE)
            os.fsync(file)
            fresh.replace(place)
        except OSError as error:
            os.close(file)
            fresh.unlink(missing_ok=True)
            raise EmulatorError(f"{fresh}: cannot be written: {error.strerror}") from error
        os.close(self._file)
        self._file = file
        self._size_rewritten = self.size
        _sync_folder(place.parent)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _opened(self) -> int:
        """The file, locked. One that was replaced between its opening and its locking is not the file any more."""
        for _ in range(OPENINGS_MAX):
            try:
                file = os.open(self.path, FLAGS, 0o600)
            except OSError as error:
                raise EmulatorError(f"{self.path}: cannot be opened: {error.strerror}") from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(file), self.path.stat()):
                    return file
            except FileNotFoundError:
                pass
            except OSError as error:
                os.close(file)
                raise EmulatorError(f"{self.path}: another emulator has it open") from error
            os.close(file)
        raise EmulatorError(f"{self.path}: another emulator has it open")

    def _record(self, line: bytes, at: int) -> Json:
        try:
            record: Any = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            raise self._no_state(at)
        return record

    def _no_state(self, at: int) -> EmulatorError:
        return EmulatorError(f"{self.path}: this is no state file of the emulator, or it is damaged at byte {at}")


def _write_all(file: int, data: bytes) -> None:
    """All of it; the system may take large data in pieces."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_folder(folder: Path) -> None:
    """A new name outlasts a loss of power, where the system can promise that."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
