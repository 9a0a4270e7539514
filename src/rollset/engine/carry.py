"""Carries out an order to its end, turn by turn, over any journal: the one loop that every rollout runs in.

The loop is the part that is replayed after a crash, also by a newer rollset. It does nothing but keep turns and fold
them, so it never has to change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.core.forecast import Tempo
from rollset.engine import events
from rollset.engine.journal import Desk, Journal
from rollset.engine.news import Means, Tell
from rollset.engine.records import decode_entry, decode_order, encode_entry, encode_result
from rollset.engine.state import Stage, State
from rollset.engine.turns import Turns

TURNS_MAX = 1_000_000
"""A bound, not an aim: a thousand turns for each of a thousand instances."""


def deaf(_: events.Event) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Carries out orders in this process. `clock` gives seconds since the epoch, and never goes back.

    Setting `interrupted` has every rollout here start nothing more, put back what it switched, and end.
    """

    azure: Azure
    clock: Callable[[], float]
    by: str
    tell: Tell = deaf
    tempo: Tempo = field(default_factory=Tempo)
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry(self, order: str, journal: Journal, desk: Desk) -> str:
        """Carries out `order` (`records.encode_order`); returns its result (`records.encode_result`).

        Raises:
            NotOurs: another process has taken it over, or may be about to.
        """
        state = State.begin(decode_order(order))
        means = Means(azure=self.azure, desk=desk, clock=self.clock, tell=self.tell, tempo=self.tempo, by=self.by)
        self.tell(events.Began(plan=state.plan))
        run = _Run(means, self.interrupted)
        for _ in range(TURNS_MAX):
            if state.result is not None:
                break
            text = await journal.keep(lambda state=state: run.turn(state))  # type: ignore[misc]
            state = state.after(decode_entry(text))
            run.kept += 1
        assert state.result is not None, f"a rollout ends within {TURNS_MAX} turns"
        self.tell(events.Ended(outcome=events.Outcome.of(state.result, state.plan)))
        return encode_result(state.result)


class _Run:
    """One run of a rollout: what is made when the journal has been read to its end."""

    def __init__(self, means: Means, interrupted: asyncio.Event) -> None:
        self._means = means
        self._interrupted = interrupted
        self._turns: Turns | None = None
        self.kept = 0

    async def turn(self, state: State) -> str:
        assert state.stage is not Stage.ENDED, "nothing follows the end"
        if self._turns is None:
            self._turns = Turns(self._means, state, resumed=self.kept > 0, interrupted=self._interrupted)
        return encode_entry(await self._turns.turn(state))
