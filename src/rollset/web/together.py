"""Several sources of news as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


async def both(first: AsyncGenerator[A], second: AsyncGenerator[B]) -> AsyncGenerator[tuple[A, B]]:
    """The newest of each, once both have told something, whenever one tells more; ends when one ends.

    Slow readers miss what lies between. What a source raises, the reader gets.
    """
    news: dict[str, object] = {}
    fresh = asyncio.Event()

    async def read(name: str, source: AsyncGenerator[object]) -> None:
        async for item in source:
            news[name] = item
            fresh.set()

    tasks = [asyncio.create_task(read("first", first)), asyncio.create_task(read("second", second))]
    waiting = asyncio.create_task(fresh.wait())
    try:
        while True:  # As long as the sources tell, and the reader reads.
            await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                fresh.clear()
                waiting = asyncio.create_task(fresh.wait())
                if len(news) == 2:  # noqa: PLR2004 (both)
                    yield news["first"], news["second"]  # type: ignore[misc]
                continue
            next(task for task in tasks if task.done()).result()
            return
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
        await first.aclose()
        await second.aclose()
