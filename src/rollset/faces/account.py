"""One rollout as its journal tells it: read again and again, from wherever it runs, at the price of what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rollset.core.control import Control, Signal
from rollset.core.decide import Hold
from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.claims import holder_of
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import RolloutRow, Shown
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.reading import EntryText
from rollset.engine.durable.runs import OVER, find_run
from rollset.engine.entry import Entry
from rollset.engine.present import Present, read_present
from rollset.engine.records import decode_entry, decode_order
from rollset.engine.state import State
from rollset.faces.durations import spoken_duration
from rollset.faces.known import Named, Place


class Journals(Protocol):
    """Where rows and journals are read: the ledger of a database, or what a server has told."""

    @property
    def place(self) -> Place: ...

    def rollout(self, rollout: str, /) -> RolloutRow: ...

    def order(self, rollout: str, /) -> str | None: ...

    def entries(self, rollout: str, /, after: int = 0) -> Sequence[EntryText]: ...

    def present(self, rollout: str, /) -> Shown | None: ...

    def signals(self, rollout: str, /) -> list[Signal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of a journal, with its number."""

    number: int
    entry: Entry


class Account:
    """`row`, `state` and `present` are as of the last `refresh`; `state` is `None` while nothing has begun."""

    def __init__(self, journals: Journals, row: RolloutRow) -> None:
        self._journals = journals
        self._read = 0
        self.row = row
        self.state: State | None = None
        self.present: Present | None = None
        self.last: Entry | None = None
        self.told: tuple[Told, ...] = ()
        """The entries that the last `refresh` has added."""
        self.refresh()

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def named(self) -> Named:
        return Named(id=self.id, place=self._journals.place, undoes=self.row.undoes)

    @property
    def ended(self) -> bool:
        return self.row.ended_at is not None

    @property
    def scale_set(self) -> ScaleSetAddress:
        return ScaleSetAddress.parse(self.row.scale_set)

    @property
    def control(self) -> Control:
        """The orders that the rollout has taken in."""
        return Control() if self.state is None else self.state.control

    @property
    def ordered(self) -> Control:
        """All orders that were left for it, taken in or not."""
        return self.control.after_all(self.signals)

    @property
    def checkpoint(self) -> int | None:
        """The number of the checkpoint that it waits at now."""
        held = None if self.state is None else self.state.held
        return held.checkpoint if isinstance(held, Hold) else None

    @property
    def signals(self) -> list[Signal]:
        return self._journals.signals(self.id)

    def refresh(self) -> tuple[Told, ...]:
        """Reads what is new; returns the entries that were not known yet."""
        self.told = self._read_on()
        return self.told

    def _read_on(self) -> tuple[Told, ...]:
        # The row first: whoever is told that it has ended will find the last entry too.
        self.row = self._journals.rollout(self.id)
        if self.state is None:
            order = self._journals.order(self.id)
            if order is None:
                return ()
            self.state = State.begin(decode_order(order))
        fresh = tuple(
            Told(number=kept.number, entry=decode_entry(kept.text))
            for kept in self._journals.entries(self.id, after=self._read)
        )
        for told in fresh:
            self._take(told)
        kept = self._journals.present(self.id)
        self.present = None if kept is None else read_present(kept.text)
        return fresh

    def _take(self, told: Told) -> None:
        assert self.state is not None, "an order comes before its entries"
        self._read = told.number
        self.last = told.entry
        self.state = self.state.after(told.entry)


def holder(presence: Presence, row: RolloutRow) -> Holder | None:
    """What became of the process that carries out the rollout; `None` where it has ended.

    Asking takes no lock: `presence` need not be entered.
    """
    if row.ended_at is not None or row.status in OVER:
        return None
    run = presence.database.run(f"reading {row.id}", lambda connection: find_run(connection, row.id))
    return holder_of(presence, run, row.executor)


def spoken_ago(seconds: float) -> str:
    """How long since.

    >>> [spoken_ago(n) for n in (0.4, 4, 41, 200)]
    ['just now', '4 s ago', '41 s ago', '3 min ago']
    """
    if seconds < 1:
        return "just now"
    whole = round(seconds)
    return f"{whole} s ago" if whole < 60 else f"{spoken_duration(whole - whole % 60)} ago"  # noqa: PLR2004 (a minute)
