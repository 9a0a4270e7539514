"""What was asked lately, and how often."""

from collections import Counter, deque
from typing import NamedTuple

RECENT_MAX = 500


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

    __slots__ = ("by_kind", "recent", "total")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.total = 0
        self.by_kind: Counter[str] = Counter()
        self.recent: deque[Asked] = deque(maxlen=RECENT_MAX)

    def add(self, asked: Asked, kind: str) -> None:
        self.total += 1
        self.by_kind[kind] += 1
        self.recent.append(asked)
