"""Where dashboards listen, so that a command in another shell can make a link that leads there."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from rollset.engine.durable.access.tables import servers
from rollset.engine.durable.database import Database


class Servers:
    """The running servers of one database, as far as is known: who was killed is noticed on its own machine only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, url: str) -> str:
        """Notes that this process serves at `url`; what it is called, for `leave`."""
        name = secrets.token_hex(8)
        row = {"id": name, "url": url, "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
        self._database.run("noting this server", lambda one: one.execute(servers.insert().values(**row)))
        return name

    def leave(self, name: str) -> None:
        gone = servers.delete().where(servers.c.id == name)
        self._database.run("noting that this server ends", lambda one: one.execute(gone))

    @contextmanager
    def noted(self, url: str) -> Iterator[None]:
        """Notes that this process serves at `url`, as long as the block lasts."""
        name = self.enter(url)
        try:
            yield
        finally:
            self.leave(name)

    def newest(self) -> str | None:
        """Where the newest one listens that is not known to be gone."""
        query = sa.select(servers).order_by(servers.c.since.desc(), servers.c.id)
        rows = self._database.run("looking for servers", lambda one: one.execute(query).all())
        return next((str(row.url) for row in rows if not _is_gone(row)), None)


def _is_gone(row: sa.Row[tuple[object, ...]]) -> bool:
    if row.host != socket.gethostname():
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
