"""Reads rollout files beside the event loop: a long one takes seconds, and nobody else may wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakValueDictionary

AT_ONCE_MAX = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Aside:
    """One file at a time for each person, and few in all: whoever sends many waits for himself."""

    _all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE_MAX))
    _each: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def run(self, subject: str, work: Callable[[], T]) -> T:
        """Does `work` in a thread, once it is the turn of `subject`."""
        async with self._each.setdefault(subject, asyncio.Lock()), self._all:
            return await asyncio.to_thread(work)
