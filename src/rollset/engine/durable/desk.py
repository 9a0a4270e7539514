"""Where a rollout that runs in this process hears what operators want, and shows how it stands.

One look a second serves all rollouts of the process: it reads their signals in one query, and writes what has changed
of how they stand in the same transaction. Rows are overwritten, so looking at a fleet costs the database no space.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from rollset.core.control import Signal, Verb
from rollset.engine.durable.acts.tables import acts, stops
from rollset.engine.durable.ledger import signal_of
from rollset.engine.durable.runs import Tenure
from rollset.engine.durable.shelf import ROLLOUTS
from rollset.engine.durable.tables import rollouts, signals
from rollset.engine.journal import NotOurs


class DurableDesk:
    """The desk of one rollout, or act; `owns` asks whether it still may act, in a thread if need be."""

    def __init__(self, tenure: Tenure, owns: Callable[[], asyncio.Future[bool]]) -> None:
        self.rollout = tenure.id
        self.tenure = tenure
        self._owns = owns
        self._signals: list[Signal] = []
        self._news = asyncio.Event()
        self._make: Callable[[], str] | None = None
        self._written: str | None = None

    @property
    def is_of_rollout(self) -> bool:
        return self.tenure.shelf is ROLLOUTS

    def signals(self, after: int) -> Sequence[Signal]:
        # Whoever has seen them need not be woken for them.
        self._news.clear()
        return [one for one in self._signals if one.number > after]

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    async def check_ours(self) -> None:
        if not await self._owns():
            raise NotOurs(f"{self.rollout} may have been taken over: this process cannot prove that it has it")

    def show(self, make: Callable[[], str]) -> None:
        self._make = make

    def hear(self, known: Sequence[Signal]) -> None:
        """All signals that there are by now."""
        if len(known) > len(self._signals):
            self._signals = list(known)
            self._news.set()

    def present(self) -> str | None:
        """How the rollout stands, made now."""
        return None if self._make is None else self._make()

    def unwritten(self) -> str | None:
        """The same, unless it is what was written last."""
        present, self._make = self.present(), None
        return None if present == self._written else present

    def written(self, present: str) -> None:
        self._written = present

    def overwrite(self, connection: sa.Connection, present: str) -> None:
        """Writes how the rollout stands, unless another process runs it by now."""
        shelf = self.tenure.shelf
        values = {**shelf.touch(connection), "present": present, "present_at": time.time()}
        connection.execute(shelf.table.update().where(*self.tenure.row).values(**values))


def attend(connection: sa.Connection, executor: str, presents: Mapping[DurableDesk, str]) -> dict[str, list[Signal]]:
    """One look for a whole process: writes how its rollouts and acts stand, and reads the signals, by rollout."""
    # Acts first: whoever writes their rows waits for others that do, and should hold no row of a rollout meanwhile.
    for desk in sorted(presents, key=lambda one: one.is_of_rollout):
        desk.overwrite(connection, presents[desk])
    rows = connection.execute(
        sa.select(signals)
        .join(rollouts, rollouts.c.id == signals.c.rollout)
        .where(rollouts.c.executor == executor, rollouts.c.ended_at.is_(None))
        .order_by(signals.c.rollout, signals.c.number)
    )
    found: dict[str, list[Signal]] = {}
    for row in rows:
        found.setdefault(row.rollout, []).append(signal_of(row))
    return {**found, **_stops(connection, executor)}


def _stops(connection: sa.Connection, executor: str) -> dict[str, list[Signal]]:
    """The acts of this process that are to stop: the one order that an act can be given."""
    rows = connection.execute(
        sa.select(stops)
        .join(acts, acts.c.id == stops.c.act)
        .where(acts.c.executor == executor, acts.c.ended_at.is_(None))
    )
    return {row.act: [Signal(number=1, verb=Verb.STOP, by=row.by, at=row.at)] for row in rows}
