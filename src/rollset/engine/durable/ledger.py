"""Reading what is known of rollouts, and leaving signals for them: for commands and pages. Nothing here starts DBOS."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rollset.core.control import Signal, Verb
from rollset.core.errors import UsageError
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import NoSuchRollout, StateError
from rollset.engine.durable.place import State
from rollset.engine.durable.reading import FOUND_MAX, EntryText, begins_with, entries_after, given_order, only_one
from rollset.engine.durable.runs import Status
from rollset.engine.durable.tables import executors, outputs, rollouts, signals, workflows

LIST_MAX = 100
"""The newest so many are listed, unless more are asked for."""

SIGNALS_ATTEMPTS_MAX = 20
"""Signals of one rollout are numbered; of several that arrive at the same time, all but one take the next number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRow:
    """What can be told of a rollout without its entries."""

    id: str
    scale_set: str
    image: str
    started_by: str
    begun_at: float
    undoes: str | None
    status: Status | None
    """Where DBOS has it; none where it was claimed and has not begun."""
    executor: str | None
    host: str | None
    pid: int | None
    ended_at: float | None
    ending: str | None
    exit_status: int | None
    shown_at: float | None
    """When it showed itself last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a rollout stood at that time, as it showed itself."""

    text: str
    at: float


NEWEST_FIRST = (rollouts.c.begun_at.desc(), rollouts.c.id.desc())


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which rollouts are meant: those for which all holds that is given here."""

    scale_set: str | None = None
    """Its ARM path, in any case."""
    path_end: str | None = None
    """How that path ends: the same group and name in whatever subscription."""
    ended: bool | None = None
    ending: str | None = None
    words: str = ""
    """Found in id, set, image, ending, or the name of whoever has begun it."""
    begun_since: float | None = None

    @property
    def conditions(self) -> tuple[sa.ColumnElement[bool], ...]:
        table, found = rollouts.c, list[sa.ColumnElement[bool]]()
        if self.scale_set is not None:
            found.append(table.scale_set == self.scale_set.lower())
        if self.path_end is not None:
            found.append(table.scale_set.endswith(self.path_end.lower(), autoescape=True))
        if self.ended is not None:
            found.append(table.ended_at.is_not(None) if self.ended else table.ended_at.is_(None))
        if self.ending is not None:
            found.append(table.ending == self.ending)
        if self.words:
            told = (table.id, table.scale_set, table.image, table.started_by, table.ending)
            found.append(sa.or_(*(one.icontains(self.words, autoescape=True) for one in told)))
        if self.begun_since is not None:
            found.append(table.begun_at >= self.begun_since)
        return tuple(found)


EVERY = Which()


class Ledger:
    """The rollouts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def place(self) -> State:
        """Where they are kept."""
        return self._database.state

    def rollouts(self, limit: int = LIST_MAX, which: Which = EVERY, *, skip: int = 0) -> list[RolloutRow]:
        """The newest first."""
        query = _rows().where(*which.conditions).order_by(*NEWEST_FIRST).limit(limit).offset(skip)
        return self._read("listing rollouts", query)

    def count(self, which: Which = EVERY) -> int:
        """How many there are."""
        query = sa.select(sa.func.count()).select_from(rollouts).where(*which.conditions)
        return self._database.run("counting rollouts", lambda one: one.execute(query).scalar_one())

    def latest(self) -> list[RolloutRow]:
        """The newest of each set. Reads all of them: ask again for what has changed since."""
        place = sa.func.row_number().over(partition_by=rollouts.c.scale_set, order_by=NEWEST_FIRST)
        placed = sa.select(rollouts.c.id, place.label("place")).subquery()
        newest = sa.select(placed.c.id).where(placed.c.place == 1)
        return self._read("listing the newest rollouts", _rows().where(rollouts.c.id.in_(newest)))

    def rollout(self, id_or_prefix: str) -> RolloutRow:
        """The one with that id, or the only one whose id begins like that.

        Raises:
            NoSuchRollout: there is none, or more than one.
        """
        query = _rows().where(begins_with(rollouts.c.id, id_or_prefix)).order_by(rollouts.c.id).limit(FOUND_MAX)
        found = self._read(f"looking for {id_or_prefix}", query)
        return only_one(found, id_or_prefix, "rollout", self._database, NoSuchRollout)

    def order(self, rollout: str) -> str | None:
        """What it is to carry out, as it was given to `carry`; none where it was claimed and has not begun."""
        return given_order(self._database, rollout)

    def entries(self, rollout: str, after: int = 0) -> list[EntryText]:
        """Those with a number above `after`, in order. Where nothing is new, this costs next to nothing."""
        return entries_after(self._database, rollout, after)

    def present(self, rollout: str) -> Shown | None:
        """How it stood last; none before it has shown anything."""
        query = sa.select(rollouts.c.present, rollouts.c.present_at).where(rollouts.c.id == rollout)
        row = self._database.run(f"reading {rollout}", lambda one: one.execute(query).one_or_none())
        return None if row is None or row.present is None else Shown(text=row.present, at=row.present_at)

    def result(self, rollout: str) -> str | None:
        """What `carry` returned at the end; none where it has not ended, or not like that."""
        query = sa.select(outputs.c.output).where(outputs.c.workflow_uuid == rollout)
        output = self._database.run(f"reading the result of {rollout}", lambda one: one.execute(query).scalar())
        return None if output is None else str(json.loads(output))

    def signals(self, rollout: str) -> list[Signal]:
        """All that were left for it, oldest first."""
        query = sa.select(signals).where(signals.c.rollout == rollout).order_by(signals.c.number)
        return self._database.run(
            f"reading the signals of {rollout}", lambda one: [signal_of(row) for row in one.execute(query)]
        )

    def signal(self, rollout: str, verb: Verb, by: str, checkpoint: int | None = None) -> Signal:
        """Leaves a signal; the rollout takes it within moments, wherever it runs, or when it runs again.

        Raises:
            UsageError: it has ended.
        """
        for attempt in range(SIGNALS_ATTEMPTS_MAX):
            try:
                return self._database.run(
                    f"leaving {verb} for {rollout}", lambda one: _leave(one, rollout, verb, by, checkpoint)
                )
            except StateError as error:
                if not isinstance(error.__cause__, IntegrityError) or attempt == SIGNALS_ATTEMPTS_MAX - 1:
                    raise
        raise AssertionError("every attempt returns or raises")

    def _read(self, doing: str, query: sa.Select[tuple[object, ...]]) -> list[RolloutRow]:
        return self._database.run(doing, lambda one: [_row(row) for row in one.execute(query)])


def signal_of(row: sa.Row[tuple[object, ...]]) -> Signal:
    return Signal(number=row.number, verb=Verb(row.verb), by=row.by, at=row.at, checkpoint=row.checkpoint)


def _leave(connection: sa.Connection, rollout: str, verb: Verb, by: str, checkpoint: int | None) -> Signal:
    row = connection.execute(
        sa.select(rollouts.c.ended_at, rollouts.c.ending).where(rollouts.c.id == rollout)
    ).one_or_none()
    if row is None:
        raise NoSuchRollout(f"there is no rollout {rollout}")
    if row.ended_at is not None:
        raise UsageError(f"the rollout {rollout} has ended ({row.ending}): {verb} has no effect on it any more")
    last = connection.execute(sa.select(sa.func.max(signals.c.number)).where(signals.c.rollout == rollout)).scalar()
    signal = Signal(number=(last or 0) + 1, verb=verb, by=by, at=time.time(), checkpoint=checkpoint)
    values = {"number": signal.number, "verb": verb.value, "by": by, "at": signal.at, "checkpoint": checkpoint}
    connection.execute(signals.insert().values(rollout=rollout, **values))
    return signal


def _rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(rollouts, workflows.c.status, executors.c.host, executors.c.pid)
        .outerjoin(workflows, workflows.c.workflow_uuid == rollouts.c.id)
        .outerjoin(executors, executors.c.id == rollouts.c.executor)
    )


def _row(row: sa.Row[tuple[object, ...]]) -> RolloutRow:
    return RolloutRow(
        id=row.id,
        scale_set=row.written,
        image=row.image,
        started_by=row.started_by,
        begun_at=row.begun_at,
        undoes=row.undoes,
        status=None if row.status is None else Status(row.status),
        executor=row.executor,
        host=row.host,
        pid=row.pid,
        ended_at=row.ended_at,
        ending=row.ending,
        exit_status=row.exit_status,
        shown_at=row.present_at,
    )
