"""The kinds of work that are kept, rollouts and acts: each a workflow of DBOS, with a row in one of our tables.

Both tables have the columns `id`, `executor`, `ended_at`, `ending`, `exit_status`, `present` and `present_at`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rollset.engine.durable.acts.tables import acts
from rollset.engine.durable.keys import key_of
from rollset.engine.durable.tables import ACT, WORKFLOW, rollouts


@dataclass(frozen=True, slots=True)
class Shelf:
    """`touch` gives what every write of a row has to write besides."""

    workflow: str
    table: sa.Table
    touch: Callable[[sa.Connection], Mapping[str, Any]]


def alone(connection: sa.Connection) -> None:
    """Until this transaction ends, no other that asks for the same goes on.

    Who takes a set for a rollout or an act, and who writes a row of acts, asks first of all.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key_of("acts")})
    else:
        # SQLite lets one write at a time, from its first write on: Python begins a transaction there, and not to read.
        connection.execute(acts.update().where(sa.false()).values(changed=0))


def next_change(connection: sa.Connection) -> Mapping[str, Any]:
    """The next number of `changed`: numbers become visible in their order, so nobody who follows them misses one."""
    alone(connection)
    last = connection.execute(sa.select(sa.func.max(acts.c.changed))).scalar()
    return {"changed": (last or 0) + 1}


ROLLOUTS = Shelf(WORKFLOW, rollouts, lambda _: {})
ACTS = Shelf(ACT, acts, next_change)
