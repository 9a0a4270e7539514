"""Continues, in a foreground process, a rollout whose process has died."""

from __future__ import annotations

import sqlalchemy as sa

from rollset.engine.durable.claims import held, holder_of
from rollset.engine.durable.faults import Holder, NoSuchRollout, StateError
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import open_client, queue_here
from rollset.engine.durable.runs import OVER, Run, find_run, process_of
from rollset.engine.durable.tables import rollouts


def find_dead(presence: Presence, rollout: str) -> Run:
    """The run that may be continued here.

    Raises:
        Held: its process lives, or it waits for a worker.
        NoSuchRollout: it has ended, or there is none.
        StateError: it was claimed and never begun.
    """

    def read(connection: sa.Connection) -> tuple[bool, Run | None]:
        row = connection.execute(sa.select(rollouts.c.ended_at).where(rollouts.c.id == rollout)).one_or_none()
        if row is None:
            raise NoSuchRollout(f"there is no rollout {rollout} in {presence.database.state}")
        return row.ended_at is not None, find_run(connection, rollout)

    ended, run = presence.database.run(f"reading {rollout}", read)
    if ended or (run is not None and run.status in OVER):
        how = presence.database.state.command(f"status {rollout}")
        raise NoSuchRollout(f"the rollout {rollout} has ended; {how} shows how")
    if run is None:
        raise StateError(f"the rollout {rollout} was claimed and never begun; run the command that starts one")
    if holder_of(presence, run, None) is not Holder.DEAD:
        raise held(presence, rollout)
    return run


def take_over(presence: Presence, rollout: str, run: Run) -> None:
    """Moves it into the queue of this process, if everything still is as it was when `run` was read.

    Raises:
        Held: somebody else has taken it over, or its process has come back.
    """
    database = presence.database
    former = process_of(run)
    assert former is not None, "what waits for a worker is not taken over"
    with presence.hold.instead_of(former) as alone:
        now = database.run(f"reading {rollout}", lambda connection: find_run(connection, rollout))
        if not alone or now != run:
            raise held(presence, rollout)
        client = open_client(database)
        client.resume_workflows([rollout], queue_name=queue_here(presence.executor))
        client.delete_queue(queue_here(former))
