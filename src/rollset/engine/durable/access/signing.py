"""The key under which cookies are signed: made by the first server, and the same for all that share the state."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rollset.engine.durable.access.secrets import new_secret
from rollset.engine.durable.access.tables import keys
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import StateError

COOKIES = "cookies"


def signing_key(database: Database, at: float) -> str:
    """The key; of servers that start at once one makes it, and the others find it."""
    found = _find(database)
    if found is None:
        _make(database, at)
        found = _find(database)
    assert found is not None, "somebody has made it, and nobody removes it"
    return found


def _find(database: Database) -> str | None:
    query = sa.select(keys.c.secret).where(keys.c.name == COOKIES)
    return database.run("reading the key of cookies", lambda one: one.execute(query).scalar())


def _make(database: Database, at: float) -> None:
    row = keys.insert().values(name=COOKIES, secret=new_secret(), made_at=at)
    try:
        database.run("making the key of cookies", lambda one: one.execute(row))
    except StateError as error:
        if not isinstance(error.__cause__, IntegrityError):  # Else another server was faster.
            raise
