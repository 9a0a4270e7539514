"""Who is signed in. A session ends after its time, when nobody uses it, or when it is told to; a restart ends none."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from rollset.engine.durable.access.person import Person, roles_of, roles_text
from rollset.engine.durable.access.secrets import hashed, new_secret, on_one_line
from rollset.engine.durable.access.tables import sessions
from rollset.engine.durable.database import Database

SESSIONS_MAX = 10_000
"""When there are more, those end that were not used for longest."""

NOTED_SECONDS = 60.0
"""Use of a session is noted once in this time, not with every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """How long a session lasts, and how long without being used."""

    seconds_max: float = 12 * 3600.0
    idle_seconds_max: float = 2 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`id` names it for people; it opens nothing."""

    id: str
    person: Person
    address: str
    begun_at: float
    seen_at: float
    ends_at: float


class Sessions:
    """The sessions of one database."""

    def __init__(self, database: Database, lifetime: Lifetime) -> None:
        self._database = database
        self.lifetime = lifetime

    def begin(self, person: Person, address: str, at: float) -> str:
        """The secret of a new session, for a cookie and for nothing else."""
        secret = new_secret()
        values = {
            "hash": hashed(secret),
            "id": secrets.token_hex(6),
            "name": on_one_line(person.name),
            "subject": on_one_line(person.subject),
            "how": person.how,
            "roles": roles_text(person.roles),
            "address": address,
            "begun_at": at,
            "seen_at": at,
            "ends_at": at + self.lifetime.seconds_max,
        }

        def add(connection: sa.Connection) -> None:
            self._clear(connection, at)
            connection.execute(sessions.insert().values(**values))

        self._database.run("beginning a session", add)
        return secret

    def find(self, secret: str, at: float) -> Session | None:
        """The session with this secret, if it has not ended; being looked for counts as use."""
        one = hashed(secret)
        query = sa.select(sessions).where(sessions.c.hash == one)
        row = self._database.run("looking for a session", lambda connection: connection.execute(query).one_or_none())
        if row is None or at >= row.ends_at or at >= row.seen_at + self.lifetime.idle_seconds_max:
            return None
        if at - row.seen_at >= NOTED_SECONDS:
            seen = sessions.update().where(sessions.c.hash == one).values(seen_at=at)
            self._database.run("noting the use of a session", lambda connection: connection.execute(seen))
        return _session(row)

    def end(self, secret: str) -> None:
        """It opens nothing any more, whoever holds it."""
        gone = sessions.delete().where(sessions.c.hash == hashed(secret))
        self._database.run("ending a session", lambda connection: connection.execute(gone))

    def end_of(self, name: str) -> int:
        """Ends all of one person, as named in `list`; how many there were."""
        gone = sessions.delete().where(sessions.c.name == name)
        return self._database.run("ending sessions", lambda connection: connection.execute(gone).rowcount)

    def list(self, at: float) -> list[Session]:
        """Those that have not ended, the newest first."""
        query = sa.select(sessions).where(*self._lasting(at)).order_by(sessions.c.begun_at.desc())
        return self._database.run("listing sessions", lambda one: [_session(row) for row in one.execute(query)])

    def _lasting(self, at: float) -> tuple[sa.ColumnElement[bool], ...]:
        return sessions.c.ends_at > at, sessions.c.seen_at > at - self.lifetime.idle_seconds_max

    def _clear(self, connection: sa.Connection, at: float) -> None:
        connection.execute(sessions.delete().where(~sa.and_(*self._lasting(at))))
        beyond = sa.select(sessions.c.hash).order_by(sessions.c.seen_at.desc()).offset(SESSIONS_MAX - 1)
        connection.execute(sessions.delete().where(sessions.c.hash.in_(beyond)))


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    person = Person(name=row.name, subject=row.subject, how=row.how, roles=roles_of(row.roles))
    return Session(
        id=row.id,
        person=person,
        address=row.address,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
    )
