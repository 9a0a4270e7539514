"""Asking the database from the event loop: in threads of its own, few, for no rollout keeps one while it waits."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from rollset.engine.durable.database import Database

THREADS_MAX = 4

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The threads in which a process that runs rollouts waits for its database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="rollset-state")

    def run(self, work: Callable[P, T], *values: P.args, **named: P.kwargs) -> asyncio.Future[T]:
        """Runs `work` in one of them."""
        return asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(work, *values, **named))

    async def ask(
        self, doing: str, work: Callable[Concatenate[sa.Connection, P], T], *values: P.args, **named: P.kwargs
    ) -> T:
        """Runs `work` in a transaction, with patience while the database is away; it must be safe to repeat."""
        return await self.run(
            lambda: self._database.run(
                doing,
                lambda connection: work(connection, *values, **named),
                patience=self._database.timing.patience_seconds,
            )
        )

    async def end(self) -> None:
        """Waits until nothing is asked any more: the database is to be closed after that, not before."""
        await asyncio.get_running_loop().run_in_executor(None, self._pool.shutdown)
