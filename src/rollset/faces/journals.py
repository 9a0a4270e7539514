"""A rollout as its journal has it, as one document: what a program reads to tell it as the commands do.

It goes as the engine keeps it, text by text, so whoever reads it has the rollout: the order, and what came of it. The
form of these texts outlives versions of rollset (`engine/records.py`). What may be secret in an order is told by its
fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from rollset.core.control import Signal, Verb
from rollset.core.model.change import veiled
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import Ledger, RolloutRow, Shown
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.reading import EntryText
from rollset.engine.durable.runs import Status
from rollset.engine.records import decode_order, encode_order
from rollset.faces.account import holder
from rollset.faces.documents import Json

T = TypeVar("T")

VERSION_HEADER = "X-Rollset-Version"
"""In which header a dashboard tells its version: what cannot be read may be of another one."""


class Garbled(ValueError):  # noqa: N818 (reads as the fact it states)
    """A document that is none of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of one rollout: its entries after a number, and everything else as it is."""

    row: RolloutRow
    order: str | None
    """Only where all entries were asked for; none as well where it has not begun."""
    entries: Sequence[EntryText]
    present: Shown | None
    signals: Sequence[Signal]
    holder: Holder | None
    taken_up: bool
    """Whether a worker takes it up by itself, should its process be gone."""
    workers: int

    @classmethod
    def now(cls, ledger: Ledger, presence: Presence, rollout: RolloutRow, after: int = 0, *, workers: int) -> Reading:
        """The entries numbered above `after`; with 0 all of them, and the order."""
        # The row first: whoever is told that it has ended will find the last entry too.
        row = ledger.rollout(rollout.id)
        return cls(
            row=row,
            order=None if after else _shown(ledger.order(row.id)),
            entries=ledger.entries(row.id, after=after),
            present=ledger.present(row.id),
            signals=ledger.signals(row.id),
            holder=holder(presence, row),
            taken_up=not presence.database.is_sqlite,
            workers=workers,
        )


def _shown(order: str | None) -> str | None:
    """The order as anybody may see it who may see the rollout."""
    if order is None:
        return None
    known = decode_order(order)
    job = replace(known.job, model=veiled(known.job.model))
    return encode_order(replace(known, job=job, wish=None))


def reading_document(reading: Reading) -> Json:
    """It as plain data."""
    return asdict(reading)


def read_reading(document: Mapping[str, Any]) -> Reading:
    """What `reading_document` has told; members that are not known here are passed over.

    Raises:
        Garbled: it did not.
    """
    try:
        row, present, of = document["row"], document["present"], document["holder"]
        return Reading(
            row=_made(RolloutRow, {**row, "status": _one(Status, row["status"])}),
            order=document["order"],
            entries=[_made(EntryText, one) for one in document["entries"]],
            present=None if present is None else _made(Shown, present),
            signals=[_made(Signal, {**one, "verb": Verb(one["verb"])}) for one in document["signals"]],
            holder=_one(Holder, of),
            taken_up=document["taken_up"],
            workers=document["workers"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Garbled(str(error)) from error


def _made(kind: Callable[..., T], told: Mapping[str, Any]) -> T:
    return kind(**{name: told[name] for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]


def _one(kind: Callable[[str], T], value: str | None) -> T | None:
    return None if value is None else kind(value)
