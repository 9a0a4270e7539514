"""Whose turn it is to be looked at: who is wanted first, and of each the one who has waited longest."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

WANTED_IN_A_ROW = 3
"""After so many wanted ones comes one of the others: a large screen must not starve them."""


@dataclass(slots=True)
class _Line:
    """Keys by when they are due; an entry counts only while it is the latest of its key."""

    due: dict[str, float] = field(default_factory=dict)
    heap: list[tuple[float, str]] = field(default_factory=list)

    def put(self, key: str, at: float) -> None:
        if self.due.get(key) != at:
            self.due[key] = at
            heapq.heappush(self.heap, (at, key))

    def first(self) -> tuple[float, str] | None:
        while self.heap and self.due.get(self.heap[0][1]) != self.heap[0][0]:
            heapq.heappop(self.heap)
        return self.heap[0] if self.heap else None

    def drop(self, key: str) -> None:
        self.due.pop(key, None)


class Turns:
    """Two lines: those that somebody waits for, and all the others, of whom one comes after every few of the first."""

    def __init__(self) -> None:
        self._wanted, self._idle = _Line(), _Line()
        self._in_a_row = 0
        """So many wanted ones have been taken since the last of the others."""

    def put(self, key: str, at: float, *, wanted: bool) -> None:
        """The key is due at that time, in one of the lines alone."""
        line, other = (self._wanted, self._idle) if wanted else (self._idle, self._wanted)
        other.drop(key)
        line.put(key, at)

    def sooner(self, key: str, at: float) -> None:
        """It is wanted, at that time or earlier."""
        if (known := self._wanted.due.get(key)) is None or at < known:
            self.put(key, at, wanted=True)

    def drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._wanted.drop(key)
            self._idle.drop(key)

    def is_wanted(self, key: str) -> bool:
        return key in self._wanted.due

    def next(self, now: float) -> str | None:
        """Whose turn it is now, if it is anybody's; it stays in line until it is taken."""
        lines = (self._wanted, self._idle) if self._in_a_row < WANTED_IN_A_ROW else (self._idle, self._wanted)
        for line in lines:
            first = line.first()
            if first is not None and first[0] <= now:
                return first[1]
        return None

    def take(self, key: str) -> None:
        """It has its turn."""
        self._in_a_row = self._in_a_row + 1 if self.is_wanted(key) else 0
        self.drop([key])

    def seconds_until_next(self, now: float) -> float | None:
        """How long until somebody is due; none where nobody is in line."""
        due = [first[0] for line in (self._wanted, self._idle) if (first := line.first()) is not None]
        return max(0.0, min(due) - now) if due else None
