"""Which process runs a rollout, by the rows of DBOS: what the durable engine asks them, in one place."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from rollset.engine.durable.shelf import Shelf
from rollset.engine.durable.tables import workflows


class Status(StrEnum):
    """Where DBOS has the workflow of a rollout; its own words."""

    ENQUEUED = "ENQUEUED"
    PENDING = "PENDING"
    """Some process runs it, or did when it died."""
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"


OVER = (Status.SUCCESS, Status.ERROR, Status.CANCELLED)

NEVER_BEGUN = "never begun"
"""The ending of a claim whose process died, or gave up, before it did anything."""

WITHDRAWN = "withdrawn"
"""The ending of an act that was taken back before any worker began it."""

LOST = "lost"
"""The ending of a rollout whose workflow was ended by other means than ours: by DBOS's own tools, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The workflow of a rollout, as DBOS has it."""

    status: Status
    executor: str | None
    """Who runs it or, while it is enqueued, who did last."""
    queue: str | None
    token: str | None


HERE = "here@"
"""Begins the name of a queue that one foreground process has for itself."""


def process_of(run: Run) -> str | None:
    """The process that has it: running, or in its own queue; none where it waits for a worker."""
    if run.status is not Status.ENQUEUED:
        return run.executor
    return run.queue.removeprefix(HERE) if run.queue is not None and run.queue.startswith(HERE) else None


def find_run(connection: sa.Connection, rollout: str) -> Run | None:
    """None where there is no workflow: its rollout was claimed, and not begun."""
    row = connection.execute(
        sa.select(workflows.c.status, workflows.c.executor_id, workflows.c.queue_name, workflows.c.owner_xid).where(
            workflows.c.workflow_uuid == rollout
        )
    ).one_or_none()
    if row is None:
        return None
    return Run(status=Status(row.status), executor=row.executor_id, queue=row.queue_name, token=row.owner_xid)


def is_over(connection: sa.Connection, rollout: str) -> bool:
    """Whether DBOS has noted an end."""
    run = find_run(connection, rollout)
    return run is None or run.status in OVER


def owned(rollout: str, executor: str, token: str) -> sa.Exists:
    """True in a statement while that process runs the rollout under that token."""
    return sa.exists().where(
        workflows.c.workflow_uuid == rollout,
        workflows.c.status == Status.PENDING,
        workflows.c.executor_id == executor,
        workflows.c.owner_xid == token,
    )


def still_runs(connection: sa.Connection, rollout: str, executor: str, token: str) -> bool:
    return bool(connection.execute(sa.select(owned(rollout, executor, token))).scalar())


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A rollout that begins to run, or to run again, in a process."""

    token: str
    is_void: bool
    """The scale set was freed for others: this process seemed dead, the workflow was over, or the act withdrawn."""


def take(connection: sa.Connection, shelf: Shelf, rollout: str, executor: str) -> Taken | None:
    """Notes that the rollout runs here now; none where DBOS has given it to another meanwhile. Safe to repeat."""
    more, table = shelf.touch(connection), shelf.table
    run = find_run(connection, rollout)
    if run is None or run.token is None or run.status is not Status.PENDING or run.executor != executor:
        return None
    ending = connection.execute(sa.select(table.c.ending).where(table.c.id == rollout)).scalar_one()
    connection.execute(table.update().where(table.c.id == rollout).values(executor=executor, **more))
    return Taken(token=run.token, is_void=ending in (NEVER_BEGUN, LOST, WITHDRAWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a rollout ended."""

    ending: str
    exit_status: int
    present: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """That a process runs a rollout, or what else lies on that shelf, under a token of DBOS."""

    shelf: Shelf
    id: str
    executor: str
    token: str

    @property
    def row(self) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        """Its row, as long as it lasts."""
        return self.shelf.table.c.id == self.id, owned(self.id, self.executor, self.token)


def close(connection: sa.Connection, tenure: Tenure, end: End) -> bool:
    """Notes the end and frees the scale set, unless another process has it by now. Safe to repeat."""
    table = tenure.shelf.table
    values = {
        **tenure.shelf.touch(connection),
        "ended_at": time.time(),
        "ending": end.ending,
        "exit_status": end.exit_status,
    }
    if end.present is not None:
        values |= {"present": end.present, "present_at": time.time()}
    closed = connection.execute(table.update().where(*tenure.row, table.c.ended_at.is_(None)).values(**values))
    if closed.rowcount == 1:
        return True
    # In a run after a crash, an earlier one may have come as far as this.
    return connection.execute(sa.select(table.c.ended_at).where(*tenure.row)).scalar() is not None
