"""What of ours has not ended on a scale set: its rollout, if there is one, and its acts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from rollset.core.acts.act import Underway
from rollset.core.ids import InstanceId
from rollset.engine.durable.acts.tables import acts
from rollset.engine.durable.runs import OVER, Status
from rollset.engine.durable.tables import rollouts, workflows


def find_underway(connection: sa.Connection, scale_set: str) -> tuple[Underway, ...]:
    """All of it, by the ARM path of the set.

    A rollout that was claimed and not begun counts: whoever claimed it is about to act.
    """
    return (*_rollouts(connection, scale_set), *acts_underway(connection, scale_set))


def _rollouts(connection: sa.Connection, scale_set: str) -> Iterator[Underway]:
    query = (
        sa.select(rollouts.c.id)
        .outerjoin(workflows, workflows.c.workflow_uuid == rollouts.c.id)
        .where(rollouts.c.scale_set == scale_set.lower(), rollouts.c.ended_at.is_(None))
        .where(workflows.c.status.is_(None) | workflows.c.status.not_in(OVER))
    )
    for row in connection.execute(query):
        yield Underway(id=row.id, words=f"the rollout {row.id}", exclusive=True)


QUEUED = "it waits for a worker, and can be withdrawn"


def acts_underway(connection: sa.Connection, scale_set: str) -> Iterator[Underway]:
    """Its acts alone."""
    query = (
        sa.select(acts.c.id, acts.c.kind, acts.c.by, acts.c.exclusive, acts.c.instances, workflows.c.status)
        .join(workflows, workflows.c.workflow_uuid == acts.c.id)
        .where(acts.c.scale_set == scale_set.lower(), acts.c.ended_at.is_(None), workflows.c.status.not_in(OVER))
        .order_by(acts.c.asked_at, acts.c.id)
    )
    for row in connection.execute(query):
        yield Underway(
            id=row.id,
            words=f"the {row.kind} of {row.by} ({row.id}{'; ' + QUEUED if row.status == Status.ENQUEUED else ''})",
            exclusive=row.exclusive,
            instances=frozenset(map(InstanceId, json.loads(row.instances))),
        )
