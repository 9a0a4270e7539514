"""Sign-ins that are under way at a provider: what we must remember until the browser comes back, and take back once."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from rollset.engine.durable.access.secrets import hashed
from rollset.engine.durable.access.tables import attempts
from rollset.engine.durable.database import Database

ATTEMPT_SECONDS_MAX = 10 * 60.0
"""So long somebody may take to sign in at the provider."""

ATTEMPTS_MAX = 10_000
"""When more are under way, those end that began first: whoever asks without end must not fill the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was sent to the provider, and has to fit what it gives back."""

    nonce: str
    verifier: str
    back_to: str


class Attempts:
    """The attempts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, state: str, browser: str, attempt: Attempt, at: float) -> None:
        """Remembers it under `state`, for the browser that holds `browser`."""
        row = {
            "state": hashed(state),
            "browser": hashed(browser),
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "back_to": attempt.back_to,
            "ends_at": at + ATTEMPT_SECONDS_MAX,
        }

        def add(connection: sa.Connection) -> None:
            connection.execute(attempts.delete().where(attempts.c.ends_at <= at))
            count = connection.execute(sa.select(sa.func.count()).select_from(attempts)).scalar_one()
            if count >= ATTEMPTS_MAX:
                first = sa.select(attempts.c.state).order_by(attempts.c.ends_at).limit(count - ATTEMPTS_MAX + 1)
                connection.execute(attempts.delete().where(attempts.c.state.in_(first)))
            connection.execute(attempts.insert().values(**row))

        self._database.run("beginning a sign-in", add)

    def take(self, state: str, browser: str, at: float) -> Attempt | None:
        """The attempt, once; none where it is over, was taken, or is that of another browser."""
        mine = (attempts.c.state == hashed(state), attempts.c.browser == hashed(browser), attempts.c.ends_at > at)
        gone = attempts.delete().where(*mine).returning(attempts)
        row = self._database.run("finishing a sign-in", lambda connection: connection.execute(gone).one_or_none())
        return None if row is None else Attempt(nonce=row.nonce, verifier=row.verifier, back_to=row.back_to)
