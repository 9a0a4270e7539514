"""Liveness on one machine: a lock on a file of the state directory, one file for each process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.filelock import FileLock
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.runs import still_runs

LOOKS = 3
"""Somebody else may be looking at the very moment, which looks like life."""

LOOK_SECONDS = 0.005


class FileHold:
    """A `Hold` with `flock` (on Windows, a locked byte)."""

    def __init__(self, database: Database, state: SqliteState, executor: str) -> None:
        self._database = database
        self._directory = state.directory / "executors"
        self.executor = executor
        self._lock = self._lock_of(executor)

    def take(self) -> None:
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            taken = self._lock.take(create=True)
        except OSError as error:
            raise StateError(f"{self._lock.path} cannot be made ({error.strerror}); look at the directory") from error
        if not taken:
            raise StateError(f"{self._lock.path} is locked by another process, which cannot be: its name is random")

    def let_go(self) -> None:
        self._lock.let_go(remove=True)

    @property
    def holds(self) -> bool:
        return self._lock.holds

    def owns(self, rollout: str, token: str) -> bool:
        return self.holds and self._database.run(
            f"asking who runs {rollout}", lambda connection: still_runs(connection, rollout, self.executor, token)
        )

    def is_dead(self, executor: str) -> bool:
        if executor == self.executor:
            return False
        for look in range(LOOKS):
            with self.instead_of(executor) as alone:
                if alone:
                    return True
            if look < LOOKS - 1:
                time.sleep(LOOK_SECONDS)
        return False

    @contextmanager
    def instead_of(self, executor: str) -> Iterator[bool]:
        """A file is made by its owner alone, before others can know its name, and no name is used twice.

        So one that is not there means a process that has ended, and whoever has locked one may remove it: those who
        opened it before find a file that nobody will ever lock again.
        """
        lock = self._lock_of(executor)
        try:
            taken = lock.take(create=False)
        except FileNotFoundError:
            yield True
            return
        if not taken:
            yield False
            return
        try:
            yield True
        finally:
            lock.let_go(remove=True)

    def _lock_of(self, executor: str) -> FileLock:
        return FileLock(self._directory / f"{executor}.lock")
