"""A client that sends requests through a load balancer all the time, and counts what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

CALLERS = 8
"""So many requests may be under way together."""

PAUSE_SECONDS = 0.1
"""Between two requests of one caller."""

ANSWER_SECONDS_MAX = 5.0
"""An answer that takes longer is a lost request."""


@dataclass(slots=True)
class Traffic:
    """What became of the requests so far."""

    url: str
    served: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.served} requests served, {self.failed} failed"

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Within, requests are sent; at the end those under way are still waited for and counted."""
        over = asyncio.Event()
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(self._call_until(over, session))
            try:
                yield
            finally:
                over.set()

    async def _call_until(self, over: asyncio.Event, session: aiohttp.ClientSession) -> None:
        while not over.is_set():
            if await self._serves(session):
                self.served += 1
            else:
                self.failed += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _serves(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(self.url) as answer:
                await answer.read()
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False
