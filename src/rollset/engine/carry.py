"""Carries out an order to its end, turn by turn, over any journal: the one loop that every rollout runs in.

The loop is the part that is replayed after a crash, also by a newer rollset. It does nothing but keep turns and fold
them, so it never has to change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.core.ahead.forecast import Tempo
from rollset.core.decide import Hold
from rollset.engine import events
from rollset.engine.asleep import Case
from rollset.engine.journal import Desk, Journal
from rollset.engine.news import Means, Tell
from rollset.engine.outside.callers import Callers, Outside
from rollset.engine.pauses import seconds_held
from rollset.engine.records import decode_entry, decode_order, encode_entry, encode_result
from rollset.engine.state import Stage, State
from rollset.engine.turns import Turns

TURNS_MAX = 1_000_000
"""A bound, not an aim: a thousand turns for each of a thousand instances."""

SLEEPS_MAX = 100_000
"""A bound, not an aim: with an hour's sleep, more than eleven years."""


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
    outside: Outside | None = None
    """Whom gates ask and hooks call; the world itself where it is left out."""

    async def carry(self, order: str, journal: Journal, desk: Desk) -> str:
        """Carries out `order` (`records.encode_order`); returns its result (`records.encode_result`).

        Raises:
            NotOurs: another process has taken it over, or may be about to.
        """
        case = Case(State.begin(decode_order(order)))
        means = Means(
            azure=self.azure,
            desk=desk,
            clock=self.clock,
            tell=self.tell,
            tempo=self.tempo,
            outside=self.outside or Callers(self.azure),
            by=self.by,
        )
        self.tell(events.Began(plan=case.state.plan))
        run = _Run(means, case, self.interrupted)
        for _ in range(TURNS_MAX):
            if case.state.stage is Stage.ENDED:
                break
            case.state = case.state.after(decode_entry(await journal.keep(run.turn)))
            run.kept += 1
        result = case.state.result
        assert result is not None, f"a rollout ends within {TURNS_MAX} turns"
        self.tell(events.Ended(outcome=events.Outcome.of(result, case.state.plan)))
        return encode_result(result)


class _Run:
    """One run of a rollout: what is made when the journal has been read to its end."""

    def __init__(self, means: Means, case: Case, interrupted: asyncio.Event) -> None:
        self._means = means
        self._case = case
        self._interrupted = interrupted
        self._turns: Turns | None = None
        self._resumed: bool | None = None
        self.kept = 0

    async def turn(self) -> str:
        """The text of the next entry; as long as the rollout is held, it sleeps."""
        for _ in range(SLEEPS_MAX):
            if isinstance(hold := self._case.state.held, Hold) and self._resumed is not None:
                await self._sleep(hold)
            entry = await self._awake().turn(self._case.state)
            if entry.events:
                return encode_entry(entry)
        raise AssertionError(f"a rollout is not held for longer than {SLEEPS_MAX} sleeps")

    def _awake(self) -> Turns:
        if self._turns is None:
            first = self._resumed is None
            self._resumed = self.kept > 0
            self._turns = Turns(
                self._means,
                self._case.state,
                fresh=first and not self._resumed,
                resumed=first and self._resumed,
                interrupted=self._interrupted,
            )
        return self._turns

    async def _sleep(self, hold: Hold) -> None:
        self._means.tell(
            waiting := events.Waiting(
                at=self._means.clock(), decision=hold, seconds=seconds_held(hold, self._means.clock())
            )
        )
        taken = self._case.state.control.taken
        self._turns = None
        self._case.sleep()
        if not self._means.desk.signals(taken):
            await self._means.called(waiting.seconds, self._interrupted)
