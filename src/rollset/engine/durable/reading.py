"""What rollouts and acts have in common for whoever reads them: an id, an order, and a turn for each entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import sqlalchemy as sa

from rollset.core.errors import UsageError
from rollset.engine.durable.database import Database
from rollset.engine.durable.tables import TURN, inputs, steps

FOUND_MAX = 3
"""So many are looked for where only one is meant: enough to name some of them."""


class Row(Protocol):
    """A rollout or an act."""

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """One entry of a journal: the text that its turn returned. Numbered from 1, without gaps."""

    number: int
    at: float
    text: str


def begins_with(column: sa.Column[str], given: str) -> sa.ColumnElement[bool]:
    """Whether an id is the given one, or begins with it."""
    return column.startswith(given.lower(), autoescape=True)


def only_one(found: Sequence[R], given: str, what: str, database: Database, refusal: type[UsageError]) -> R:
    """The one that is meant, of those whose ids begin like that; `what` is `rollout` or `act`.

    Raises:
        UsageError: a `refusal`: there is none, or more than one.
    """
    exact = [one for one in found if one.id == given.lower()]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        some = ", ".join(one.id for one in found)
        raise refusal(f"more than one {what} begins with {given!r}: {some}; write more of its id")
    lists = database.state.command(f"{what}s")
    raise refusal(f"no {what} begins with {given!r} in {database.state}; {lists} lists them")


def given_order(database: Database, workflow: str) -> str | None:
    """The order that a workflow was given; none where it was claimed and has not begun."""
    query = sa.select(inputs.c.inputs).where(inputs.c.workflow_uuid == workflow)
    given = database.run(f"reading the order of {workflow}", lambda one: one.execute(query).scalar())
    if given is None:
        return None
    # DBOS spells the arguments of a workflow in two ways: one for its own, one for those that a client enqueues.
    told = json.loads(given)
    _, order = told["positionalArgs"] if "positionalArgs" in told else told["args"]
    return str(order)


def entries_after(database: Database, workflow: str, after: int) -> list[EntryText]:
    """Those with a number above `after`, in order. Where nothing is new, this costs next to nothing."""
    query = (
        sa.select(steps.c.function_id, steps.c.output, steps.c.completed_at_epoch_ms)
        .where(steps.c.workflow_uuid == workflow, steps.c.function_id > after, steps.c.function_name == TURN)
        .order_by(steps.c.function_id)
    )
    rows = database.run(f"reading the entries of {workflow}", lambda one: one.execute(query).all())
    return [
        EntryText(number=row.function_id, at=row.completed_at_epoch_ms / 1000, text=json.loads(row.output))
        for row in rows
    ]
