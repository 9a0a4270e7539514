"""Leaves an act to the workers: its row is written and its workflow enqueued in one transaction."""

from __future__ import annotations

import json
import time
from typing import Any

import sqlalchemy as sa
from dbos import EnqueueOptions
from sqlalchemy.exc import IntegrityError

from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.prepare import Prepared
from rollset.engine.acts.records import encode_act_order
from rollset.engine.durable.acts.tables import acts
from rollset.engine.durable.acts.underway import find_underway
from rollset.engine.durable.database import Database
from rollset.engine.durable.faults import Busy, StateError
from rollset.engine.durable.names import new_name
from rollset.engine.durable.queueing import VERSION, open_client, queue_of_acts
from rollset.engine.durable.shelf import next_change
from rollset.engine.durable.tables import ACT

NAMES_MAX = 8
"""Two acts of one set and kind in one minute may draw the same name; each time costs another draw."""


def begin_act(database: Database, prepared: Prepared, *, by: str, endpoint: str) -> str:
    """Leaves the act to the next worker of that endpoint, and returns its id. This process may end then.

    Whether it may be done was asked before (`engine.acts.agree`). What may have begun on the set since then is asked
    here once more, in the same transaction, so of two that begin at once only one does.

    Args:
        database: where it is kept.
        prepared: the act with its price.
        by: who asked for it: a user of the dashboard, or `user@host`.
        endpoint: which Azure its workers speak to, such as `management.azure.com`.

    Raises:
        Busy: something has begun on the set meanwhile.
        StateError: the database could not take it.
    """
    scale_set = prepared.fleet.scale_set.id
    for _ in range(NAMES_MAX):
        asked_at = time.time()
        order = ActOrder(
            id=new_name(f"{scale_set.name}-{prepared.act.kind}", asked_at),
            by=by,
            asked_at=asked_at,
            act=prepared.act,
            scale_set=prepared.fleet.scale_set,
            targets=prepared.targets,
            told=prepared.price.words,
        )
        if _begin(database, prepared, order, endpoint):
            return order.id
    raise StateError(f"no free name was found for the {prepared.act.kind} of {scale_set}; try again")


def _begin(database: Database, prepared: Prepared, order: ActOrder, endpoint: str) -> bool:
    client = open_client(database)
    options: EnqueueOptions = {
        "workflow_name": ACT,
        "queue_name": queue_of_acts(endpoint),
        "workflow_id": order.id,
        "app_version": VERSION,
    }

    def write(connection: sa.Connection) -> None:
        # This comes first: it makes others wait until the row is there for them to see.
        more = next_change(connection)
        for one in find_underway(connection, order.scale_set.id.path):
            if why := one.refuses(order.act, prepared.price.touched):
                raise Busy(f"cannot {order.act}: {why}")
        connection.execute(acts.insert().values(**_row(prepared, order), **more))
        client.enqueue_in_transaction(connection, options, order.id, encode_act_order(order))

    try:
        database.run(f"enqueueing {order.id}", write)
    except StateError as error:
        if isinstance(error.__cause__, IntegrityError):
            return False
        raise
    return True


def _row(prepared: Prepared, order: ActOrder) -> dict[str, Any]:
    path = order.scale_set.id.path
    return {
        "id": order.id,
        "scale_set": path.lower(),
        "written": path,
        "kind": order.act.kind,
        "words": str(order.act),
        "told": order.told,
        "exclusive": order.act.exclusive,
        "instances": json.dumps(prepared.price.touched),
        "by": order.by,
        "asked_at": order.asked_at,
    }
