"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.engine.durable.access.person import Person
from rollset.engine.durable.access.sessions import Session
from rollset.engine.durable.access.tokens import Token
from rollset.web.access.roles import Role, all_of


class How(StrEnum):
    """How somebody showed who he is."""

    LINK = "link"
    PROVIDER = "provider"
    TOKEN = "token"  # noqa: S105 (a word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person or a machine. `name` is what rollouts and acts note as the one who ordered them."""

    name: str
    subject: str
    how: How
    roles: frozenset[Role]
    session: str | None = None
    """What the session is called, which opens nothing; none for machines."""
    ends_at: float | None = None
    """When the session or the token ends at the latest; a token need not end."""

    @property
    def person(self) -> Person:
        return Person(name=self.name, subject=self.subject, how=self.how, roles=frozenset(self.roles))

    def may(self, role: Role) -> bool:
        return role in self.roles


def who_of_session(session: Session) -> Who:
    person = session.person
    return Who(
        name=person.name,
        subject=person.subject,
        how=How(person.how),
        roles=all_of(person.roles),
        session=session.id,
        ends_at=session.ends_at,
    )


def who_of_token(token: Token) -> Who:
    name = f"token {token.name}"
    return Who(name=name, subject=name, how=How.TOKEN, roles=all_of(token.roles), ends_at=token.ends_at)
