"""An exclusive lock on a file, held by this process until it lets go or ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """The lock on one file. The file itself means nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, create: bool) -> bool:
        """Tries once; without `create`, a file that is not there cannot be locked.

        Raises:
            FileNotFoundError: it is not there, and was not to be created.
        """
        descriptor = os.open(self.path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    @property
    def holds(self) -> bool:
        """Whether it is held, and the file is still the one that others would lock."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except OSError:
            return False

    def let_go(self, *, remove: bool = False) -> None:
        """Unlocks. `remove` takes the file away first, while nobody else can have it locked."""
        if self._descriptor is None:
            return
        if remove and sys.platform != "win32":
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None
        if remove and sys.platform == "win32":
            _remove_unlocked(self.path)


def _remove_unlocked(path: Path) -> None:
    """Windows removes no file that is open. Somebody who opens it in between keeps it, which does no harm."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
