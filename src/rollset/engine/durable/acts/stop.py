"""Stops an act: what lies in the queue is withdrawn; of what has begun, Azure is asked for nobody else any more."""

from __future__ import annotations

import time

import sqlalchemy as sa

from rollset.core.errors import UsageError
from rollset.engine.durable.acts.tables import acts, stops
from rollset.engine.durable.acts.unended import check_not_ended
from rollset.engine.durable.acts.withdraw import HasBegun, withdraw_act
from rollset.engine.durable.database import Database
from rollset.engine.durable.shelf import next_change


def stop_act(database: Database, act: str, by: str) -> None:
    """Whoever carries it out hears of it within seconds. What was asked of Azure cannot be taken back.

    Raises:
        UsageError: there is no such act, it has ended, or it was told to stop already.
    """
    try:
        withdraw_act(database, act, by)
    except HasBegun:
        database.run(f"stopping {act}", lambda connection: _leave(connection, act, by))


def told_to_stop(database: Database, act: str) -> str | None:
    """Who has told it to."""
    query = sa.select(stops.c.by).where(stops.c.act == act)
    return database.run(f"asking whether {act} is to stop", lambda one: one.execute(query).scalar())


def _leave(connection: sa.Connection, act: str, by: str) -> None:
    more = next_change(connection)
    check_not_ended(connection, act, "stop")
    if (other := connection.execute(sa.select(stops.c.by).where(stops.c.act == act)).scalar()) is not None:
        raise UsageError(f"{other} has told the act {act} to stop already; wait for its end")
    connection.execute(stops.insert().values(act=act, by=by, at=time.time()))
    connection.execute(acts.update().where(acts.c.id == act).values(**more))
