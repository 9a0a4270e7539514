"""Reading what is known of acts: for commands and pages. Nothing here starts DBOS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from rollset.core.acts.act import Underway
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId
from rollset.engine.acts.facts import Closed, Fact
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.present import ActPresent, read_act_present
from rollset.engine.acts.records import decode_act_order, decode_fact
from rollset.engine.acts.result import ActEnding, ActResult
from rollset.engine.durable.acts.tables import acts
from rollset.engine.durable.acts.underway import find_underway
from rollset.engine.durable.database import Database
from rollset.engine.durable.place import State
from rollset.engine.durable.reading import FOUND_MAX, begins_with, entries_after, given_order, only_one
from rollset.engine.durable.runs import OVER, Status
from rollset.engine.durable.tables import TURN, executors, steps, workflows

LIST_MAX = 100
"""The newest so many are listed, unless more are asked for."""

TOOK_MAX = 10
"""So many of the newest are taken for how long such an act takes."""


class NoSuchAct(UsageError):  # noqa: N818 (reads as the fact it states)
    """An id, or the beginning of one, names no act, or several."""


class ActState(StrEnum):
    """Where an act is."""

    QUEUED = "queued"
    """No worker has taken it yet."""
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """What can be told of an act without its facts. `present` is how it shows itself, its outcome in words included."""

    id: str
    scale_set: str
    kind: str
    words: str
    told: str
    instances: tuple[InstanceId, ...]
    by: str
    asked_at: float
    state: ActState
    host: str | None
    pid: int | None
    ended_at: float | None
    ending: str | None
    exit_status: int | None
    present: ActPresent | None
    changed: int
    """Grows with each change of any act: what `news` is asked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact of an act; numbered from 1, without gaps."""

    number: int
    at: float
    fact: Fact


class ActLedger:
    """The acts of one database. Scale sets are named by their ARM paths, in any case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def place(self) -> State:
        """Where they are kept."""
        return self._database.state

    def acts(self, scale_set: str | None = None, limit: int = LIST_MAX) -> list[ActRow]:
        """The newest first, of one set or of all."""
        query = _rows().order_by(acts.c.asked_at.desc(), acts.c.id.desc()).limit(limit)
        return self._read("listing acts", query if scale_set is None else query.where(_of(scale_set)))

    def acts_like(self, path_end: str, limit: int = LIST_MAX) -> list[ActRow]:
        """The newest of sets whose paths end so: of those with one group and name in whatever subscription."""
        like = acts.c.scale_set.endswith(path_end.lower(), autoescape=True)
        return self._read("listing acts", _rows().where(like).order_by(acts.c.asked_at.desc()).limit(limit))

    def act(self, id_or_prefix: str) -> ActRow:
        """The one with that id, or the only one whose id begins like that.

        Raises:
            NoSuchAct: there is none, or more than one.
        """
        query = _rows().where(begins_with(acts.c.id, id_or_prefix)).order_by(acts.c.id).limit(FOUND_MAX)
        found = self._read(f"looking for {id_or_prefix}", query)
        return only_one(found, id_or_prefix, "act", self._database, NoSuchAct)

    def news(self, after: int, scale_set: str | None = None, limit: int = LIST_MAX) -> list[ActRow]:
        """Those that have changed since the change `after`, in the order of their last changes.

        The highest `changed` of them is what to ask with next. Where nothing is new, this costs next to nothing.
        """
        query = _rows().where(acts.c.changed > after).order_by(acts.c.changed).limit(limit)
        return self._read("following acts", query if scale_set is None else query.where(_of(scale_set)))

    def newest(self) -> int:
        """The number of the last change: where whoever follows begins."""
        query = sa.select(sa.func.max(acts.c.changed))
        return self._database.run("following acts", lambda one: one.execute(query).scalar()) or 0

    def order(self, act: str) -> ActOrder:
        """What it is to carry out: whom it is for, as they were when its price was told."""
        order = given_order(self._database, act)
        assert order is not None, "an act gets its order when it gets its row"
        return decode_act_order(order)

    def facts(self, act: str, after: int = 0) -> list[FactRow]:
        """What its journal holds beyond the number `after`, in order."""
        return [
            FactRow(number=one.number, at=one.at, fact=decode_fact(one.text))
            for one in entries_after(self._database, act, after)
        ]

    def result(self, act: str) -> ActResult | None:
        """What came of it, instance by instance; none where it has not ended, or not like that."""
        last = (
            sa.select(steps.c.output)
            .where(steps.c.workflow_uuid == act, steps.c.function_name == TURN)
            .order_by(steps.c.function_id.desc())
            .limit(1)
        )
        output = self._database.run(f"reading the result of {act}", lambda one: one.execute(last).scalar())
        fact = None if output is None else decode_fact(json.loads(output))
        return fact.result if isinstance(fact, Closed) else None

    def underway(self, scale_set: str) -> tuple[Underway, ...]:
        """What of ours has not ended on the set: for the price of the next act."""
        return self._database.run("asking what goes on", lambda one: find_underway(one, scale_set))

    def took(self, scale_set: str, kind: str) -> list[float]:
        """How many seconds such acts took on the set until who was out served again; the newest first."""
        query = (
            sa.select(acts.c.present)
            .where(_of(scale_set), acts.c.kind == kind, acts.c.ending == ActEnding.DONE.value)
            .order_by(acts.c.asked_at.desc())
            .limit(TOOK_MAX)
        )
        shown = self._database.run("asking how long it takes", lambda one: one.execute(query).scalars().all())
        took = [read_act_present(text).took_seconds for text in shown if text is not None]
        return [seconds for seconds in took if seconds is not None]

    def _read(self, doing: str, query: sa.Select[tuple[object, ...]]) -> list[ActRow]:
        rows: Sequence[sa.Row[tuple[object, ...]]] = self._database.run(doing, lambda one: one.execute(query).all())
        return [_row(row) for row in rows]


def _of(scale_set: str) -> sa.ColumnElement[bool]:
    return acts.c.scale_set == scale_set.lower()


def _rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(acts, workflows.c.status, executors.c.host, executors.c.pid)
        .outerjoin(workflows, workflows.c.workflow_uuid == acts.c.id)
        .outerjoin(executors, executors.c.id == acts.c.executor)
    )


def _row(row: sa.Row[tuple[object, ...]]) -> ActRow:
    return ActRow(
        id=row.id,
        scale_set=row.written,
        kind=row.kind,
        words=row.words,
        told=row.told,
        instances=tuple(map(InstanceId, json.loads(row.instances))),
        by=row.by,
        asked_at=row.asked_at,
        state=_state(row),
        host=row.host,
        pid=row.pid,
        ended_at=row.ended_at,
        ending=row.ending,
        exit_status=row.exit_status,
        present=None if row.present is None else read_act_present(row.present),
        changed=row.changed,
    )


def _state(row: sa.Row[tuple[object, ...]]) -> ActState:
    if row.ended_at is not None or row.status in OVER:
        return ActState.ENDED
    return ActState.RUNNING if row.status == Status.PENDING else ActState.QUEUED
