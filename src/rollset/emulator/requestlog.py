"""What was asked lately, and how often."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

RECENT_MAX = 500
# Of one listener.
UNREAD_MAX = 200


class Asked(NamedTuple):
    """One request and its answer; the status is 0 where the answer was lost on purpose."""

    at: float
    method: str
    path: str
    api_version: str
    status: int
    ms: float


class RequestLog:
    """The last requests, and counts of all since the last reset; the load balancer's traffic counts apart."""

    __slots__ = ("_listeners", "by_kind", "recent", "total")

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Asked]] = set()
        self.reset()

    def reset(self) -> None:
        self.total = 0
        self.by_kind: Counter[str] = Counter()
        self.recent: deque[Asked] = deque(maxlen=RECENT_MAX)

    def add(self, asked: Asked, kind: str) -> None:
        self.total += 1
        self.by_kind[kind] += 1
        self.recent.append(asked)
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()  # Who reads too slowly misses the oldest.
            queue.put_nowait(asked)

    @contextmanager
    def listening(self) -> "Iterator[asyncio.Queue[Asked]]":
        """A queue of the requests that come meanwhile."""
        queue: asyncio.Queue[Asked] = asyncio.Queue(UNREAD_MAX)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
