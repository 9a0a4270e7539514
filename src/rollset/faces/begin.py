"""Begins what was agreed to, and leaves it to a worker: for whoever does not carry it out himself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.core.errors import UsageError
from rollset.core.plan import Plan
from rollset.core.preflight.examine import refuse_blocked
from rollset.core.preflight.safety import refuse_unsafe
from rollset.engine.durable.claims import Claim, Wanted, claim, find_held
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import leave
from rollset.engine.durable.recalling import recalled
from rollset.engine.order import Order
from rollset.engine.preflight import examine_plan
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import encode_order
from rollset.faces.account import Account
from rollset.faces.agreed import Agreed
from rollset.faces.firststep import check_first_step
from rollset.faces.undoing import find_way_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What it takes. `presence` is entered; `endpoint` is Azure's host, as queues name it."""

    azure: Azure
    presence: Presence
    endpoint: str

    async def begin(
        self, wish: Wish, agreed: Agreed, accepted: Collection[str], by: str, *, start_only: bool = False
    ) -> str:
        """Begins exactly the plan that was agreed to; gives the id of the rollout.

        Raises:
            UsageError: only its start is asked for, and what comes after needs somebody.
            UnsafeError: it is another plan now, is not safe, or a finding blocks that was not accepted.
            Held: another rollout of the set has not ended.
        """
        if start_only:
            check_first_step(wish)
        # First: whoever sends it again after a lost answer is told of the rollout, and not of what that has moved.
        held = await asyncio.to_thread(find_held, self.presence, wish.scale_set.path)
        if held is not None:
            raise held
        plan = await prepare(self.azure, wish)
        agreed.check(plan)
        await self._check(plan, wish, accepted)
        plan = await asyncio.to_thread(recalled, self.presence.database, plan)
        wanted = Wanted(scale_set=plan.fleet.scale_set.id.path, image=str(plan.job.image), started_by=by)

        def order(claimed: Claim) -> Order:
            made = Order.of(plan, id=claimed.id, by=by, begun_at=claimed.begun_at, wish=wish)
            return replace(made, start_only=start_only)

        return await self._leave(wanted, order)

    async def undo(self, account: Account, by: str) -> str:
        """Begins the way back of a rollout that has ended; gives the id of the rollout that undoes it.

        Raises:
            UsageError: there is nothing to bring back.
            Held: another rollout of the set has not ended.
        """
        way = await find_way_home(self.azure, account)
        return await self._leave(way.wanted(by), way.order)

    async def _check(self, plan: Plan, wish: Wish, accepted: Collection[str]) -> None:
        named = wish.budget_named
        refuse_unsafe(plan, told_otherwise=named)
        if plan.nothing_to_do:
            raise UsageError(f"there is nothing to do: no chosen instance has to be upgraded to {plan.job.aim}")
        examined = await examine_plan(self.azure, plan, budget_named=named, now=time.time())
        refuse_blocked(examined.findings, accepted)

    async def _leave(self, wanted: Wanted, make: Callable[[Claim], Order]) -> str:
        def claim_and_leave() -> str:
            claimed = claim(self.presence, wanted)
            leave(self.presence, claimed, encode_order(make(claimed)), self.endpoint)
            return claimed.id

        return await asyncio.to_thread(claim_and_leave)
