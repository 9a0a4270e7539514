"""Leaves a rollout to the workers: its claim changes hands and its workflow is enqueued in one transaction.

A worker speaks to one endpoint of Azure, with credentials of its own, so each endpoint has a queue of its own.
"""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from rollset.engine.durable.claims import Claim, give_up
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import quiet_dbos
from rollset.engine.durable.runs import HERE
from rollset.engine.durable.tables import DBOS_SCHEMA, JOURNAL_FORM, WORKFLOW, rollouts

APPLICATION = "rollset"
VERSION = f"rollset-journal-{JOURNAL_FORM}"
"""What DBOS calls the version of the application. It is that of the journal's form, not that of the code: the workflow
is one loop of turns and never changes, so a rollout in flight goes on under a newer rollset."""


def queue_of(endpoint: str) -> str:
    """The queue of the workers that speak to an endpoint, such as `management.azure.com`."""
    return f"rollouts@{endpoint}"


def queue_of_acts(endpoint: str) -> str:
    """The same for acts. It is another one, because workers of an older rollset know rollouts alone."""
    return f"acts@{endpoint}"


def queue_here(executor: str) -> str:
    """The queue of one foreground process: for what it takes over from a dead one."""
    return HERE + executor


def open_client(database: Database) -> DBOSClient:
    """DBOS's own way to its tables for a process that runs nothing."""
    quiet_dbos()
    return DBOSClient(
        system_database_engine=database.engine,
        dbos_system_schema=DBOS_SCHEMA,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def leave(presence: Presence, claimed: Claim, order: str, endpoint: str) -> None:
    """Enqueues it; where that fails, the scale set is free again.

    Raises:
        StateError: the claim was lost meanwhile, or the database could not take it.
    """
    try:
        enqueue(presence, claimed, order, endpoint)
    except BaseException:
        # Where that fails as well, the first fault is the one to tell: with this process the claim is void anyway.
        with suppress(StateError):
            give_up(presence, claimed)
        raise


def enqueue(presence: Presence, claimed: Claim, order: str, endpoint: str) -> None:
    """Leaves the rollout to the next worker of that endpoint that has room. This process may end then.

    Raises:
        StateError: the claim was lost meanwhile, or the database could not take it.
    """
    client = open_client(presence.database)
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": queue_of(endpoint),
        "workflow_id": claimed.id,
        "app_version": VERSION,
    }

    def hand_over(connection: sa.Connection) -> None:
        handed = connection.execute(
            rollouts.update()
            .where(
                rollouts.c.id == claimed.id,
                rollouts.c.ended_at.is_(None),
                rollouts.c.executor == presence.executor,
            )
            .values(executor=None)
        )
        if handed.rowcount != 1:
            raise StateError(
                f"the claim {claimed.id} on {claimed.wanted.scale_set} is void: this process seemed dead for a while; "
                "run the same command again"
            )
        client.enqueue_in_transaction(connection, options, claimed.id, order)

    presence.database.run(f"enqueueing {claimed.id}", hand_over)
