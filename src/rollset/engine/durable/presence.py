"""This process, as the others see it: a row that says who it is, and a lock that says that it lives."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from enum import StrEnum
from types import TracebackType
from typing import Self

from rollset.engine.durable.database import Database
from rollset.engine.durable.filehold import FileHold
from rollset.engine.durable.hold import Hold
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.tables import executors


class Kind(StrEnum):
    """What a process is there for."""

    FOREGROUND = "foreground"
    """A command that somebody waits for."""
    WORKER = "worker"


class Presence:
    """Holds the lock of this process as long as the `with` block lasts."""

    def __init__(self, database: Database, kind: Kind = Kind.FOREGROUND) -> None:
        self.database = database
        self.kind = kind
        self.executor = f"{_host()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.hold = _make_hold(database, self.executor)

    def __enter__(self) -> Self:
        # The lock first: no row must ever name a process that seems dead while it comes to life.
        self.hold.take()
        row = {"id": self.executor, "host": _host(), "pid": os.getpid(), "user": _user(), "kind": self.kind}
        try:
            self.database.run(
                "noting this process", lambda one: one.execute(executors.insert().values(**row, since=time.time()))
            )
        except BaseException:
            self.hold.let_go()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hold.let_go()


def _make_hold(database: Database, executor: str) -> Hold:
    if isinstance(database.state, SqliteState):
        return FileHold(database, database.state, executor)
    # Whoever keeps his rollouts in a file need not load what speaks to PostgreSQL.
    from rollset.engine.durable.sessionhold import SessionHold  # noqa: PLC0415

    return SessionHold(database, executor)


def who() -> str:
    """The user of this process, as `user@host`."""
    return f"{_user()}@{_host()}"


def _host() -> str:
    return _on_one_line(socket.gethostname().split(".")[0]) or "localhost"


def _user() -> str:
    try:
        return _on_one_line(getpass.getuser())
    except (KeyError, OSError):
        # In a container an id need not have a name.
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _on_one_line(name: str) -> str:
    """Fit for a log and a terminal: the name of a user may come from a variable, and hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
