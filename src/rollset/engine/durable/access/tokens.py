"""Tokens of machines: shown once when they are made, and looked up by their hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rollset.core.errors import UsageError
from rollset.engine.durable.access.person import roles_of, roles_text
from rollset.engine.durable.access.secrets import hashed, new_secret
from rollset.engine.durable.access.tables import tokens
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import StateError

PREFIX = "rollset_"
"""Tokens begin like this, so that whoever looks for secrets that got into a repository or a log finds them."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

NOTED_SECONDS = 60.0
"""Use of a token is noted once in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What can be told of a token; the token itself is nowhere."""

    name: str
    roles: frozenset[str]
    made_by: str
    made_at: float
    ends_at: float | None
    used_at: float | None

    def has_ended(self, at: float) -> bool:
        return self.ends_at is not None and at >= self.ends_at


class Tokens:
    """The tokens of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, roles: Iterable[str], *, made_by: str, at: float, ends_at: float | None = None) -> str:
        """The new token, which cannot be read again.

        Raises:
            UsageError: there is one of this name, or it cannot be a name.
        """
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name[:70]!r} cannot be the name of a token; write up to 63 letters, digits, dots, dashes and "
                "underscores, such as ci-web"
            )
        token = PREFIX + new_secret()
        values = {"made_by": made_by, "made_at": at, "ends_at": ends_at, "roles": roles_text(roles)}
        row = tokens.insert().values(name=name, hash=hashed(token), **values)
        try:
            self._database.run(f"adding the token {name}", lambda one: one.execute(row))
        except StateError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise UsageError(f"there is a token {name} already; remove it first, or take another name") from error
            raise
        return token

    def find(self, token: str, at: float) -> Token | None:
        """The token, if it has not ended; being looked for counts as use."""
        if not token.startswith(PREFIX):
            return None
        one = hashed(token)
        query = sa.select(tokens).where(tokens.c.hash == one)
        row = self._database.run("looking for a token", lambda connection: connection.execute(query).one_or_none())
        found = None if row is None else _token(row)
        if found is None or found.has_ended(at):
            return None
        if found.used_at is None or at - found.used_at >= NOTED_SECONDS:
            used = tokens.update().where(tokens.c.hash == one).values(used_at=at)
            self._database.run("noting the use of a token", lambda connection: connection.execute(used))
        return found

    def list(self) -> list[Token]:
        """All, also those that have ended, by name."""
        query = sa.select(tokens).order_by(tokens.c.name)
        return self._database.run("listing tokens", lambda one: [_token(row) for row in one.execute(query)])

    def remove(self, name: str) -> None:
        """It opens nothing from now on.

        Raises:
            UsageError: there is none of this name.
        """
        gone = tokens.delete().where(tokens.c.name == name)
        if self._database.run(f"removing the token {name}", lambda one: one.execute(gone).rowcount) == 0:
            raise UsageError(
                f"there is no token {name} in {self._database.state}; "
                f"{self._database.state.command('serve token list')} lists them"
            )


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(
        name=row.name,
        roles=roles_of(row.roles),
        made_by=row.made_by,
        made_at=row.made_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
    )
