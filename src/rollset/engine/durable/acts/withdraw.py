"""Takes back an act that no worker has begun: a queue that nobody serves must not keep a set from its rollouts."""

from __future__ import annotations

import time

import sqlalchemy as sa

from rollset.core.errors import UsageError
from rollset.engine.acts.present import ActPresent, ActStage, present_of_act
from rollset.engine.durable.acts.tables import acts
from rollset.engine.durable.acts.unended import check_not_ended
from rollset.engine.durable.database import Database
from rollset.engine.durable.queueing import open_client
from rollset.engine.durable.runs import WITHDRAWN, Status, find_run
from rollset.engine.durable.shelf import next_change
from rollset.engine.durable.tables import TURN, steps


class HasBegun(UsageError):  # noqa: N818 (reads as the fact it states)
    """It lies in the queue no more."""


WITHDRAWN_STATUS = 3
"""Stopped by order, as a command ends that waits for it."""


def withdraw_act(database: Database, act: str, by: str) -> None:
    """Ends an act that lies in the queue. A worker that takes it at that very moment finds that it has ended.

    Raises:
        UsageError: it has ended, or has begun: then nobody can take it back.
    """
    database.run(f"withdrawing {act}", lambda connection: _end(connection, act, by))
    open_client(database).cancel_workflow(act)


def _end(connection: sa.Connection, act: str, by: str) -> None:
    more = next_change(connection)
    check_not_ended(connection, act, "withdraw")
    run = find_run(connection, act)
    kept = sa.select(sa.func.count()).where(steps.c.workflow_uuid == act, steps.c.function_name == TURN)
    if run is None or run.status is not Status.ENQUEUED or connection.execute(kept).scalar():
        raise HasBegun(f"the act {act} has begun, and what was asked of Azure cannot be taken back; wait for its end")
    now = time.time()
    present = present_of_act(ActPresent(at=now, stage=ActStage.ENDED, words=f"withdrawn by {by}; nothing was sent"))
    values = {"ended_at": now, "ending": WITHDRAWN, "exit_status": WITHDRAWN_STATUS, "present": present}
    connection.execute(acts.update().where(acts.c.id == act).values(**values, present_at=now, **more))
