"""Not too many at once of what costs this process its time."""

from __future__ import annotations

import asyncio


class Pace:
    """Lets through so many a second, evenly, whoever they are."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        clock = asyncio.get_running_loop()
        now = clock.time()
        at = max(now, self._next)
        self._next = at + self._seconds
        if at > now:
            await asyncio.sleep(at - now)
