"""What a server has told of one rollout last, in the place of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rollset.core.control import Signal
from rollset.engine.durable.ledger import RolloutRow, Shown
from rollset.engine.durable.reading import EntryText
from rollset.faces.journals import Reading
from rollset.faces.known import Place


@dataclass(slots=True, kw_only=True)
class Copy:
    """An `Account` reads from it as from a ledger; `reading` is put in its place before each refresh."""

    place: Place
    reading: Reading
    after: int = 0
    """The number of the last entry that was told before."""

    def rollout(self, rollout: str, /) -> RolloutRow:
        assert rollout == self.reading.row.id, "it is that of one rollout"
        return self.reading.row

    def order(self, _rollout: str, /) -> str | None:
        return self.reading.order

    def entries(self, _rollout: str, /, after: int = 0) -> Sequence[EntryText]:
        return [one for one in self.reading.entries if one.number > after]

    def present(self, _rollout: str, /) -> Shown | None:
        return self.reading.present

    def signals(self, _rollout: str, /) -> list[Signal]:
        return list(self.reading.signals)
