"""The audit log: who did what, on what, when, and what came of it.

An act is noted before it is done, and its outcome after, in a row of its own: so an act that was cut off is there too,
without an outcome. The database itself refuses to change or remove a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rollset.engine.durable.access.person import Person
from rollset.engine.durable.access.secrets import SHOWN_MAX, on_one_line
from rollset.engine.durable.access.tables import audit
from rollset.engine.durable.database import Database

PAGE_MAX = 500
"""So many entries are read at once at most."""

DETAIL_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody does: `verb` is one word, `target` says on what, `detail` what else there is to know."""

    person: Person
    address: str
    verb: str
    target: str
    request: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An act and what came of it. One without an outcome is under way, or was cut off."""

    number: int
    at: float
    name: str
    subject: str
    how: str
    address: str
    verb: str
    target: str
    request: str
    detail: str
    outcome: str | None
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries are meant; what is empty leaves all in."""

    name: str = ""
    verb: str = ""
    target: str = ""


EVERYTHING = Filter()


class AuditLog:
    """The audit log of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, act: Act, at: float) -> int:
        """Notes what is about to be done; its number is for `end`."""
        return self._add(_row(act, at, None))

    def end(self, number: int, act: Act, outcome: str, at: float, detail: str = "") -> None:
        """Notes what came of it."""
        row = _row(act, at, outcome) | {"of": number, "detail": on_one_line(detail, DETAIL_MAX)}
        self._add(row)

    def note(self, act: Act, outcome: str, at: float) -> int:
        """Notes what is over as soon as it is known, such as a refusal."""
        return self._add(_row(act, at, outcome))

    def read(self, limit: int, *, before: int | None = None, which: Filter = EVERYTHING) -> list[AuditEntry]:
        """The newest entries first, below the number `before`; no more than `PAGE_MAX`."""
        ended = audit.alias("ended")
        query = (
            sa.select(audit, ended.c.outcome.label("came"), ended.c.at.label("ended_at"), ended.c.detail.label("told"))
            .outerjoin(ended, ended.c.of == audit.c.number)
            .where(audit.c.of.is_(None), *_chosen(which))
            .order_by(audit.c.number.desc())
            .limit(max(0, min(limit, PAGE_MAX)))
        )
        if before is not None:
            query = query.where(audit.c.number < before)
        return self._database.run("reading the audit log", lambda one: [_entry(row) for row in one.execute(query)])

    def _add(self, row: dict[str, Any]) -> int:
        insert = audit.insert().values(**row).returning(audit.c.number)
        return int(self._database.run("writing the audit log", lambda one: one.execute(insert).scalar_one()))


def _row(act: Act, at: float, outcome: str | None) -> dict[str, Any]:
    texts = {
        "name": act.person.name,
        "subject": act.person.subject,
        "how": act.person.how,
        "address": act.address,
        "verb": act.verb,
        "target": act.target,
        "request": act.request,
    }
    return {name: on_one_line(text, SHOWN_MAX) for name, text in texts.items()} | {
        "at": at,
        "outcome": None if outcome is None else on_one_line(outcome, SHOWN_MAX),
        "detail": on_one_line(act.detail, DETAIL_MAX),
    }


def _chosen(which: Filter) -> list[sa.ColumnElement[bool]]:
    chosen = []
    if which.name:
        chosen.append(audit.c.name == which.name)
    if which.verb:
        chosen.append(audit.c.verb == which.verb)
    if which.target:
        chosen.append(audit.c.target.contains(which.target, autoescape=True))
    return chosen


def _entry(row: sa.Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        at=row.at,
        name=row.name,
        subject=row.subject,
        how=row.how,
        address=row.address,
        verb=row.verb,
        target=row.target,
        request=row.request,
        detail="; ".join(text for text in (row.detail, row.told) if text),
        outcome=row.outcome or row.came,
        ended_at=row.ended_at if row.outcome is None else row.at,
    )
