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
from rollset.engine.durable.runs import Status
from rollset.engine.durable.tables import TURN, executors, inputs, outputs, rollouts, signals, steps, workflows

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


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """One entry of a rollout: the text that its turn returned. Numbered from 1, without gaps."""

    number: int
    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a rollout stood at that time, as it showed itself."""

    text: str
    at: float


class Ledger:
    """The rollouts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def place(self) -> State:
        """Where they are kept."""
        return self._database.state

    def rollouts(self, limit: int = LIST_MAX) -> list[RolloutRow]:
        """The newest first."""
        query = _rows().order_by(rollouts.c.begun_at.desc(), rollouts.c.id.desc()).limit(limit)
        return self._database.run("listing rollouts", lambda one: [_row(row) for row in one.execute(query)])

    def rollout(self, id_or_prefix: str) -> RolloutRow:
        """The one with that id, or the only one whose id begins like that.

        Raises:
            NoSuchRollout: there is none, or more than one.
        """
        wanted = id_or_prefix.lower()
        query = _rows().where(rollouts.c.id.startswith(wanted, autoescape=True)).order_by(rollouts.c.id).limit(3)
        found = self._database.run(f"looking for {wanted}", lambda one: [_row(row) for row in one.execute(query)])
        exact = [one for one in found if one.id == wanted]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            some = ", ".join(one.id for one in found)
            raise NoSuchRollout(f"more than one rollout begins with {id_or_prefix!r}: {some}; write more of its id")
        raise NoSuchRollout(
            f"no rollout begins with {id_or_prefix!r} in {self._database.state}; "
            f"{self._database.state.command('rollouts')} lists them"
        )

    def order(self, rollout: str) -> str | None:
        """What it is to carry out, as it was given to `carry`; none where it was claimed and has not begun."""
        query = sa.select(inputs.c.inputs).where(inputs.c.workflow_uuid == rollout)
        given = self._database.run(f"reading the order of {rollout}", lambda one: one.execute(query).scalar())
        if given is None:
            return None
        # DBOS spells the arguments of a workflow in two ways: one for its own, one for those that a client enqueues.
        told = json.loads(given)
        _, order = told["positionalArgs"] if "positionalArgs" in told else told["args"]
        return str(order)

    def entries(self, rollout: str, after: int = 0) -> list[EntryText]:
        """Those with a number above `after`, in order. Where nothing is new, this costs next to nothing."""
        query = (
            sa.select(steps.c.function_id, steps.c.output, steps.c.completed_at_epoch_ms)
            .where(steps.c.workflow_uuid == rollout, steps.c.function_id > after, steps.c.function_name == TURN)
            .order_by(steps.c.function_id)
        )
        return self._database.run(
            f"reading the entries of {rollout}",
            lambda one: [
                EntryText(number=row.function_id, at=row.completed_at_epoch_ms / 1000, text=json.loads(row.output))
                for row in one.execute(query)
            ],
        )

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
    )
