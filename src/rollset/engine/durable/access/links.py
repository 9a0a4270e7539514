"""One-time links: whoever can write the state can make one, and whoever opens it first is in."""

from __future__ import annotations

import sqlalchemy as sa

from rollset.engine.durable.access.secrets import hashed, new_secret, on_one_line
from rollset.engine.durable.access.tables import links
from rollset.engine.durable.database import Database

LINK_SECONDS_MAX = 15 * 60.0
"""So long a link can be used, once."""


class Links:
    """The one-time links of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, name: str, at: float) -> str:
        """The secret of a new link, which lets in whoever is called `name`."""
        secret = new_secret()
        row = {"hash": hashed(secret), "name": on_one_line(name), "made_at": at, "ends_at": at + LINK_SECONDS_MAX}

        def add(connection: sa.Connection) -> None:
            connection.execute(links.delete().where(links.c.ends_at <= at))
            connection.execute(links.insert().values(**row))

        self._database.run("making a sign-in link", add)
        return secret

    def use(self, secret: str, at: float) -> str | None:
        """Whom it lets in; of any number who come with it at once, one."""
        mine = links.c.hash == hashed(secret)
        used = links.update().where(mine, links.c.used_at.is_(None), links.c.ends_at > at).values(used_at=at)

        def take(connection: sa.Connection) -> str | None:
            if connection.execute(used).rowcount != 1:
                return None
            return str(connection.execute(sa.select(links.c.name).where(mine)).scalar_one())

        return self._database.run("using a sign-in link", take)
