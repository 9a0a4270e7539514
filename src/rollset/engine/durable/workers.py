"""Which workers there are: what a command says to whoever leaves a rollout to them."""

from __future__ import annotations

import sqlalchemy as sa

from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.tables import executors

WORKERS_MAX = 100
"""Of so many, the newest, it is asked whether they live."""


def count_workers(presence: Presence) -> int:
    """How many workers live; asking takes no lock, so `presence` need not be entered."""
    query = (
        sa.select(executors.c.id)
        .where(executors.c.kind == Kind.WORKER)
        .order_by(executors.c.since.desc())
        .limit(WORKERS_MAX)
    )
    known = presence.database.run("looking for workers", lambda one: one.execute(query).scalars().all())
    return sum(not presence.hold.is_dead(one) for one in known)
