"""Counts the requests of one piece of work, where many pieces share a line: whatever it starts is counted with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """So many were sent, retries included, signing in not."""

    requests: int = 0


_TALLIES: ContextVar[tuple[Tally, ...]] = ContextVar("tallies", default=())


@contextmanager
def counted() -> Iterator[Tally]:
    """Counts what is sent within, by this task and by those that it starts."""
    tally = Tally()
    token = _TALLIES.set((*_TALLIES.get(), tally))
    try:
        yield tally
    finally:
        _TALLIES.reset(token)


def count() -> None:
    """A request goes out."""
    for tally in _TALLIES.get():
        tally.requests += 1
