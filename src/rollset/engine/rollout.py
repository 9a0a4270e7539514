"""One rollout that lives as long as its process: over a journal in memory, ended by cancelling its task.

The demo runs so, and tests do. What has to survive runs the same turns in `engine.durable`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from rollset.arm.azure import Azure
from rollset.core.ahead.forecast import Tempo
from rollset.core.plan import Plan
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.news import Tell
from rollset.engine.order import Order
from rollset.engine.outside.callers import Outside
from rollset.engine.records import decode_result, encode_order


class Rollout:
    """Runs one plan. `tell` is called with every event, in order."""

    def __init__(
        self, azure: Azure, plan: Plan, tell: Tell, tempo: Tempo | None = None, outside: Outside | None = None
    ) -> None:
        clock = asyncio.get_running_loop().time
        self._plan = plan
        self._order = Order.of(plan, id="here", by="", begun_at=clock())
        self._carrier = Carrier(azure=azure, clock=clock, by="", tell=tell, tempo=tempo or Tempo(), outside=outside)
        self.desk = MemoryDesk()
        self.journal = MemoryJournal()

    async def run(self) -> events.Outcome:
        """Rolls until all is done, something failed, or the task is cancelled; never raises for what Azure did.

        The first cancellation has it start nothing more, put things back and report; the second ends it where it is.
        """
        return await self._carry(self._order)

    async def start_only(self) -> events.Outcome:
        """Writes the model, asks for the first step, and leaves."""
        assert not self._plan.switch_policy, "nobody would put the policy back"
        return await self._carry(replace(self._order, start_only=True))

    async def _carry(self, order: Order) -> events.Outcome:
        work = asyncio.ensure_future(self._carrier.carry(encode_order(order), self.journal, self.desk))
        try:
            text = await asyncio.shield(work)
        except asyncio.CancelledError:
            self._forgive_cancel()
            self._carrier.interrupted.set()
            text = await work
        return events.Outcome.of(decode_result(text), self._plan)

    @staticmethod
    def _forgive_cancel() -> None:
        """Lets the task go on after its first cancellation, to put things back and to report."""
        task = asyncio.current_task()
        while task is not None and task.cancelling():
            task.uncancel()
