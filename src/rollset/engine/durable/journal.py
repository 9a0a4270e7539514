"""The journal of a rollout in DBOS: each turn is a step, and the text of its entry is the step's output.

Only a text is recorded. A turn that ends otherwise leaves no trace, and is made again when the rollout goes on: an
error therefore goes around DBOS, which would record it and raise it for ever after.
"""

from __future__ import annotations

import asyncio

from dbos import DBOS
from dbos import error as dbos_error
from sqlalchemy.exc import DBAPIError

from rollset.engine.durable.database import spoken
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.tables import TURN
from rollset.engine.journal import Make, NotOurs

REFUSED = (dbos_error.DBOSWorkflowConflictIDError, dbos_error.DBOSWorkflowCancelledError)
"""DBOS takes no more steps of this run: the workflow was handed to another, or ended."""


class DurableJournal:
    """Keeps turns as steps of the workflow that is running. One turn at a time."""

    def __init__(self, rollout: str) -> None:
        self._rollout = rollout
        self._fault: BaseException | None = None

    async def keep(self, make: Make) -> str:
        if self._fault is not None:
            # A turn that was not recorded has used up its number: nothing may be recorded after the gap.
            raise self._fault
        try:
            return await self._keep(make)
        except BaseException as fault:
            self._fault = fault
            raise

    async def _keep(self, make: Make) -> str:
        turn = _Turn(make)
        # A task of its own: a step must not be cut off while DBOS records it, or it would be recorded and not known.
        step: asyncio.Task[str] = asyncio.create_task(DBOS.run_step_async({"name": TURN}, turn.run))
        while not step.done():
            try:
                await asyncio.wait((step,))
            except asyncio.CancelledError:
                turn.cancel()
        if turn.is_cancelled:
            raise NotOurs(f"this process leaves {self._rollout} to others")
        if step.cancelled() or step.exception() is not None:
            raise self._ended_without(step, turn)
        return step.result()

    def _ended_without(self, step: asyncio.Task[str], turn: _Turn) -> BaseException:
        """Why nothing was kept."""
        if turn.fault is not None:
            return turn.fault
        if step.cancelled():
            return asyncio.CancelledError()
        error = step.exception()
        assert error is not None, "a step that was not cancelled ended with an error"
        if isinstance(error, REFUSED):
            lost = NotOurs(f"{self._rollout} has been taken over")
            lost.__cause__ = error
            return lost
        if isinstance(error, DBAPIError):
            fault = StateError(f"keeping what {self._rollout} did failed: the database {spoken(error)}")
            fault.__cause__ = error
            return fault
        return error


class _Turn:
    """One run of `make`, as the body of a step."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._task: asyncio.Task[str] | None = None
        self.is_cancelled = False
        self.fault: BaseException | None = None

    def cancel(self) -> None:
        self.is_cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> str:
        self._task = asyncio.create_task(self._guarded())
        if self.is_cancelled:
            self._task.cancel()
        return await self._task

    async def _guarded(self) -> str:
        try:
            return await self._make()
        except NotOurs as lost:
            self.fault = lost
            raise
        except Exception as fault:
            self.fault = fault
            raise asyncio.CancelledError from fault
