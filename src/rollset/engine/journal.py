"""What a rollout needs of whoever runs it: a journal that survives it, and a desk where others leave their orders.

The same rollout runs as a durable workflow (`engine.durable`), and over a list in memory in tests and simulations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from rollset.core.control import Signal

Make = Callable[[], Awaitable[str]]


class NotOurs(asyncio.CancelledError):
    """This process may not act for the rollout any more: another has taken it over, or may be about to.

    A cancellation, not an error: nothing has gone wrong that the rollout should remember. It goes on elsewhere.
    """


class Journal(Protocol):
    """What has been kept of a rollout, in order."""

    async def keep(self, make: Make) -> str:
        """Runs `make` and keeps what it returns, for good, before it returns that.

        In a run after a crash it first gives back what was kept, in order, without running anything.
        """
        ...


class Desk(Protocol):
    """Where a rollout hears what operators want, and shows how it stands."""

    def signals(self, after: int) -> Sequence[Signal]:
        """Those with a number above `after`, oldest first, as far as they are known here."""
        ...

    async def wait(self, seconds: float) -> None:
        """Sleeps; returns early when there is a new signal."""
        ...

    async def check_ours(self) -> None:
        """Asked right before every write to Azure.

        Raises:
            NotOurs: this process may not act for the rollout any more.
        """
        ...

    def show(self, make: Callable[[], str]) -> None:
        """The rollout as it stands now, for those who watch. The newest replaces the others; some are never made."""
        ...


class MemoryJournal:
    """Keeps in a list, which its owner may hand to the next run."""

    def __init__(self, kept: list[str] | None = None) -> None:
        self.kept: list[str] = [] if kept is None else kept
        self._at = 0

    async def keep(self, make: Make) -> str:
        if self._at == len(self.kept):
            self.kept.append(await make())
        self._at += 1
        return self.kept[self._at - 1]


class MemoryDesk:
    """Signals from the same process; nobody else could have taken the rollout over."""

    def __init__(self) -> None:
        self.left: list[Signal] = []
        self._present: Callable[[], str] = str
        self._news = asyncio.Event()

    def leave(self, signal: Signal) -> None:
        """Hands in an order."""
        self.left.append(signal)
        self._news.set()

    def signals(self, after: int) -> Sequence[Signal]:
        return [one for one in self.left if one.number > after]

    async def wait(self, seconds: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def check_ours(self) -> None:
        return

    def show(self, make: Callable[[], str]) -> None:
        self._present = make

    @property
    def present(self) -> str:
        """The newest text."""
        return self._present()
