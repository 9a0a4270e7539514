"""Carries out the order of an act to its end, fact by fact, over any journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.acts.act import OnInstances
from rollset.engine.acts.facts import Fact
from rollset.engine.acts.means import ActMeans
from rollset.engine.acts.oninstances import ActOnInstances
from rollset.engine.acts.onmodel import ActOnModel
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.present import present_at_end
from rollset.engine.acts.records import decode_act_order, decode_fact, encode_act_result, encode_fact
from rollset.engine.acts.state import ActState
from rollset.engine.journal import Desk, Journal

FACTS_MAX = 10_000
"""A bound, not an aim: each try costs three facts, and there are few tries."""

TellFact = Callable[[ActOrder, Fact], None]


def deaf(_order: ActOrder, _fact: Fact) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Carries out acts in this process. `clock` gives seconds since the epoch, and never goes back."""

    azure: Azure
    clock: Callable[[], float]
    tell: TellFact = deaf

    async def carry(self, order: str, journal: Journal, desk: Desk) -> str:
        """Carries out `order` (`records.encode_act_order`); returns its result (`records.encode_act_result`).

        Raises:
            NotOurs: another process has taken it over, or may be about to.
        """
        read = decode_act_order(order)
        means = ActMeans(azure=self.azure, desk=desk, clock=self.clock)
        run = ActOnInstances(means, read.act) if isinstance(read.act, OnInstances) else ActOnModel(means, read.act)
        state = ActState.begin(read)

        async def turn() -> str:
            fact = await run.turn(state)
            self.tell(read, fact)
            return encode_fact(fact)

        for _ in range(FACTS_MAX):
            state = state.after(decode_fact(await journal.keep(turn)))
            if state.result is not None:
                break
        result = state.result
        assert result is not None, f"an act ends within {FACTS_MAX} facts"
        desk.show(lambda: present_at_end(result))
        return encode_act_result(result)
