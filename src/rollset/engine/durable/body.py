"""The workflow of a rollout, or of an act, as DBOS runs it: takes it, has it carried out, notes the end.

It never changes, and does nothing that a run after a crash could not do again.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rollset.core.errors import RollsetError
from rollset.engine.durable import runs
from rollset.engine.durable.desk import DurableDesk, attend
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.journal import DurableJournal
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.shelf import Shelf
from rollset.engine.durable.threads import Threads
from rollset.engine.journal import Desk, Journal, NotOurs

Carry = Callable[[str, Journal, Desk], Awaitable[str]]
"""Carries out an order, turn by turn. What it returns is a JSON object with at least `ending` and `exit_status`."""

BROKEN = "broken"
"""The ending of a rollout that an error nobody foresaw has ended."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """A rollout that runs in this process now."""

    desk: DurableDesk
    task: asyncio.Task[Any]


class Body:
    """Runs rollouts, or acts, that DBOS gives to this process; `running` are those that run now."""

    def __init__(self, presence: Presence, threads: Threads, carry: Carry, shelf: Shelf) -> None:
        self._presence = presence
        self._shelf = shelf
        self._threads = threads
        self._carry = carry
        self.running: dict[str, Running] = {}
        self.lost: set[str] = set()
        """Those whose run ended here though nothing says that they have gone elsewhere, and that nobody waits for."""
        self.is_leaving = False
        self._awaited: dict[str, asyncio.Future[str | None]] = {}

    def await_end(self, rollout: str) -> asyncio.Future[str | None]:
        """How its next run here will end: with what `carry` returned, or with none where it was lost."""
        self._awaited[rollout] = asyncio.get_running_loop().create_future()
        return self._awaited[rollout]

    def forget(self, rollout: str) -> None:
        """Nobody waits for it here any more."""
        self._awaited.pop(rollout).cancel()

    async def run(self, rollout: str, order: str) -> str:
        awaited = self._awaited.get(rollout)
        try:
            text = await self._run_to_the_end(rollout, order)
        except asyncio.CancelledError:
            if awaited is None:
                self.lost.add(rollout)
            # DBOS notes no end of a workflow that is cancelled like this: it goes on, here or elsewhere.
            _settle(awaited, None)
            raise
        except StateError as fault:
            _settle(awaited, fault)
            log.error("%s is let go of: %s", rollout, fault)  # noqa: TRY400 (it is said in a sentence)
            raise asyncio.CancelledError from fault
        except Exception as fault:
            _settle(awaited, fault)
            raise
        _settle(awaited, text)
        return text

    async def _run_to_the_end(self, rollout: str, order: str) -> str:
        running = await self._take(rollout)
        try:
            text = await self._carry(order, DurableJournal(rollout), running.desk)
            told = json.loads(text)
            await self._close(rollout, running, str(told["ending"]), int(told["exit_status"]))
        except StateError:
            raise
        except Exception:
            await self._close(rollout, running, BROKEN, RollsetError.exit_status)
            raise
        finally:
            if self.running.get(rollout) is running:
                del self.running[rollout]
        return text

    async def _take(self, rollout: str) -> Running:
        executor = self._presence.executor
        taken = None
        if not self.is_leaving:
            taken = await self._threads.ask(f"taking {rollout}", runs.take, self._shelf, rollout, executor)
        if taken is None:
            raise NotOurs(f"{rollout} was given to another process")
        if taken.is_void:
            why = "it was withdrawn, or its scale set was freed for others meanwhile"
            raise RollsetError(f"{rollout} is void: {why}; run the same command again")
        if (former := self.running.get(rollout)) is not None:
            # Put back and taken again by this very process, while the former run had not noticed that it was over.
            former.task.cancel()
        task = asyncio.current_task()
        assert task is not None
        owns = functools.partial(self._threads.run, self._presence.hold.owns, rollout, taken.token)
        tenure = runs.Tenure(shelf=self._shelf, id=rollout, executor=executor, token=taken.token)
        desk = DurableDesk(tenure, owns)
        # What was ordered while nobody ran it must be known before its first turn here: a stop, above all.
        desk.hear((await self._threads.ask(f"reading the signals of {rollout}", attend, executor, {})).get(rollout, ()))
        self.running[rollout] = Running(desk=desk, task=task)
        return self.running[rollout]

    async def _close(self, rollout: str, running: Running, ending: str, exit_status: int) -> None:
        end = runs.End(ending=ending, exit_status=exit_status, present=running.desk.present())
        if not await self._threads.ask(f"closing {rollout}", runs.close, running.desk.tenure, end):
            raise NotOurs(f"{rollout} has been taken over")


def _settle(awaited: asyncio.Future[str | None] | None, end: str | Exception | None) -> None:
    if awaited is None or awaited.done():
        return
    if isinstance(end, Exception):
        awaited.set_exception(end)
    else:
        awaited.set_result(end)
