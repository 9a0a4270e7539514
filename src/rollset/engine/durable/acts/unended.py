"""Whether there is still an act to take back, or to stop."""

from __future__ import annotations

import sqlalchemy as sa

from rollset.core.errors import UsageError
from rollset.engine.durable.acts.ledger import NoSuchAct
from rollset.engine.durable.acts.tables import acts


def check_not_ended(connection: sa.Connection, act: str, verb: str) -> None:
    """Makes sure that it is there and has not ended; `verb` is what is about to be done to it.

    Raises:
        NoSuchAct: there is none.
        UsageError: it has ended.
    """
    ending = connection.execute(sa.select(acts.c.ended_at, acts.c.ending).where(acts.c.id == act)).one_or_none()
    if ending is None:
        raise NoSuchAct(f"there is no act {act}")
    if ending.ended_at is not None:
        raise UsageError(f"the act {act} has ended ({ending.ending}): there is nothing to {verb}")
