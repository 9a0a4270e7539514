"""Rollout files that a plan was asked for, so that the page of the plan has an address: to go back to, and to share."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rollset.core.errors import UsageError
from rollset.engine.durable.access.tables import drafts
from rollset.engine.durable.database import Database

DRAFTS_MAX = 500
"""So many are kept; of more, those go first for which a plan was asked longest ago."""

DIGITS = 32


class NoSuchDraft(UsageError):  # noqa: N818 (reads as the fact it states)
    """It was never kept, or many others were since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file for one scale set, whose path is `scale_set`."""

    scale_set: str
    text: str

    @property
    def id(self) -> str:
        """The same for the same file: asking again keeps nothing new."""
        return sha256(f"{self.scale_set}\n{self.text}".encode()).hexdigest()[:DIGITS]


class Drafts:
    """Those of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, draft: Draft, at: float) -> str:
        """Keeps it, and gives its id."""
        row = {"id": draft.id, "scale_set": draft.scale_set, "text": draft.text, "kept_at": at}

        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert

        def put(connection: sa.Connection) -> None:
            connection.execute(
                insert(drafts).values(**row).on_conflict_do_update(index_elements=["id"], set_={"kept_at": at})
            )
            newest = sa.select(drafts.c.id).order_by(drafts.c.kept_at.desc(), drafts.c.id).limit(DRAFTS_MAX)
            connection.execute(drafts.delete().where(drafts.c.id.not_in(newest)))

        self._database.run("keeping a rollout file", put)
        return draft.id

    def find(self, name: str) -> Draft:
        """The one with that id.

        Raises:
            NoSuchDraft: there is none.
        """
        one = sa.select(drafts).where(drafts.c.id == name)
        row = self._database.run("finding a rollout file", lambda connection: connection.execute(one).one_or_none())
        if row is None:
            raise NoSuchDraft(
                f"the rollout file of this plan is not kept here, or not any more (the last {DRAFTS_MAX} are); fill in "
                "the form of its set again"
            )
        return Draft(scale_set=row.scale_set, text=row.text)
