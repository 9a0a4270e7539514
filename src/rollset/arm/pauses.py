"""Waiting, told: whoever opened the line to Azure hears of each wait before it begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is sent for `seconds`, because of `reason`; then `attempted` goes on."""

    reason: str
    seconds: float
    attempted: str

    def __str__(self) -> str:
        wait = f"{self.seconds:.0f} s" if self.seconds >= 1 else "a moment"
        return f"{self.attempted}: {self.reason}; going on in {wait}"


OnPause = Callable[[Pause], None]


def unheard(_: Pause) -> None:
    """For whoever does not want to know."""


async def pause(told: OnPause, reason: str, seconds: float, attempted: str) -> None:
    """Tells of the wait, then waits."""
    told(Pause(reason=reason, seconds=seconds, attempted=attempted))
    await asyncio.sleep(seconds)
