"""Whether anybody wants to know: an inventory that nobody reads leaves Azure alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Audience:
    """Somebody is there for a while after each visit; `woken` is called when somebody comes after a time of nobody."""

    def __init__(self, seconds: float, woken: Callable[[], None]) -> None:
        self._seconds = seconds
        self._woken = woken
        self._following = 0
        self._visited = asyncio.get_running_loop().time()

    @property
    def is_there(self) -> bool:
        return self._following > 0 or asyncio.get_running_loop().time() < self._visited + self._seconds

    def visit(self) -> None:
        """Somebody reads, or says what is on the screen."""
        was_there = self.is_there
        self._visited = asyncio.get_running_loop().time()
        if not was_there:
            self._woken()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Somebody is there for as long as this lasts."""
        self.visit()
        self._following += 1
        try:
            yield
        finally:
            self._following -= 1
            self.visit()
