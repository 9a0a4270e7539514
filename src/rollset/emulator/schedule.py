"""What will happen when: the discrete events of the emulated world, played in the order of their time."""

import heapq
from collections.abc import Callable
from typing import NamedTuple

Play = Callable[[], None]


class Schedule:
    """A queue of things that happen at a time; equal times in the order in which they were planned."""

    __slots__ = ("_heap", "_planned")

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._planned = 0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, play: Play) -> None:
        self._planned += 1
        heapq.heappush(self._heap, Due(due, self._planned, play))

    def pop(self, now: float) -> "Due | None":
        """The earliest event that is due at `now`, taken out of the queue."""
        if not self._heap or self._heap[0].at > now:
            return None
        return heapq.heappop(self._heap)


class Due(NamedTuple):
    """One planned event."""

    at: float
    order: int
    play: Play
