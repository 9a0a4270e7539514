"""Carries out a rollout in this process, under the eyes of whoever started it, in a journal that outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.face import Face
from rollset.cli.interrupts import asking_before_cancelling
from rollset.core.ahead.forecast import Tempo
from rollset.core.errors import RollsetError
from rollset.core.fleet import UpgradeMode
from rollset.engine.carry import Carrier
from rollset.engine.clock import epoch_clock
from rollset.engine.durable.claims import Claim
from rollset.engine.durable.presence import Presence, who
from rollset.engine.events import Outcome
from rollset.engine.order import Order
from rollset.engine.records import decode_result, encode_order
from rollset.engine.state import State
from rollset.faces.account import Account
from rollset.faces.known import Named

if TYPE_CHECKING:
    from rollset.engine.durable.runtime import Runtime

TEMPO = Tempo()
"""How often instances are looked at."""


class Abandoned(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A second Ctrl-C, while the first one was being seen to."""

    exit_status = faults.INTERRUPTED

    def __init__(self, order: Order, rollout: Named) -> None:
        super().__init__(order, rollout)
        self.order = order
        self.rollout = rollout

    def __str__(self) -> str:
        scale_set = self.order.fleet.scale_set
        words = (
            f"left at once, in the middle of {self.order.id}: what was asked of {scale_set.id} goes on in Azure; "
            f"{self.rollout.command('resume')} carries on, {self.rollout.command('stop')} puts things back and ends it"
        )
        if self.order.switch_policy and scale_set.upgrade_mode is not UpgradeMode.MANUAL:
            words += f"; until then its upgrade policy may be Manual instead of {scale_set.upgrade_mode}"
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreground:
    """What a run in this process needs. `endpoint` is Azure's host, as queues name it."""

    azure: Azure
    presence: Presence
    endpoint: str
    face: Face

    async def start(self, claimed: Claim, order: Order) -> Outcome:
        """Carries out a new order, from its first turn to its last."""
        return await self._run(State.begin(order), lambda runtime: runtime.start_here(claimed, encode_order(order)))

    async def go_on(self, account: Account) -> Outcome:
        """Carries on a rollout whose process has died.

        Raises:
            Held: its process lives after all.
        """
        assert account.state is not None, "what has not begun cannot go on"
        return await self._run(account.state, lambda runtime: runtime.take_over(account.id))

    async def _run(self, state: State, start: Callable[[Runtime], Awaitable[str]]) -> Outcome:
        from rollset.engine.durable.runtime import Runtime  # noqa: PLC0415 (takes half a second)

        carrier = Carrier(azure=self.azure, clock=epoch_clock(), by=who(), tell=self.face.tell, tempo=TEMPO)
        before = self.azure.requests - state.arm_requests

        def stop() -> None:
            self.face.stopping()
            carrier.interrupted.set()

        async with Runtime(self.presence, carrier.carry, endpoint=self.endpoint) as runtime:
            self.face.begin(state)
            try:
                async with self.face.showing(lambda: self.azure.requests - before):
                    with asking_before_cancelling(stop):
                        text = await start(runtime)
            except asyncio.CancelledError as cancelled:
                named = Named(id=state.order.id, place=self.presence.database.state)
                raise Abandoned(state.order, named) from cancelled
        return Outcome.of(decode_result(text), state.plan)
