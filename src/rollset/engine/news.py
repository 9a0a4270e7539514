"""What one turn has found out so far: the draft of the entry that it will add to the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.ahead.forecast import Tempo
from rollset.core.control import Control, Signal
from rollset.core.ids import InstanceId
from rollset.core.pace import Job
from rollset.engine import events
from rollset.engine.entry import Change, Entry
from rollset.engine.events import Ending, Verdict
from rollset.engine.journal import Desk
from rollset.engine.outside.callers import Outside
from rollset.engine.state import State

Tell = Callable[[events.Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a rollout reaches the world with. `clock` gives seconds since the epoch, and never goes back."""

    azure: Azure
    desk: Desk
    clock: Callable[[], float]
    tell: Tell
    tempo: Tempo
    outside: Outside
    by: str
    """Who runs it, as `user@host`."""

    async def called(self, seconds: float, interrupted: asyncio.Event) -> None:
        """Sleeps; wakes early for an order, and where whoever runs it wants to leave."""
        waiting = asyncio.ensure_future(self.desk.wait(seconds))
        leaving = asyncio.ensure_future(interrupted.wait())
        try:
            await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            leaving.cancel()
            # Nothing runs on that nobody waits for.
            await asyncio.gather(waiting, leaving, return_exceptions=True)
        if not waiting.cancelled():
            waiting.result()


class News:
    """Facts as they come in; those who look on are told at once, the journal when the turn ends."""

    def __init__(self, state: State, means: Means) -> None:
        self._means = means
        self.state = state
        self.progress = state.progress
        self.signals: Sequence[Signal] = ()
        self._control = state.control
        self._kept: list[events.Kept] = []
        self.since: float | None = None
        """Since when there is something that the journal does not know yet."""

    @property
    def job(self) -> Job:
        return self.state.job

    @property
    def control(self) -> Control:
        """What operators want; on a way back, that they want one has been seen to."""
        return self._control if self.state.undo is None else self._control.on_the_way_back

    @property
    def touched(self) -> frozenset[InstanceId]:
        """Whom the rollout has touched, those included of whom the journal does not know yet."""
        return self.state.after_events(self._kept).touched

    def take_signals(self) -> bool:
        """Takes in what operators have ordered since; whether there was anything."""
        fresh = self._means.desk.signals(self._control.taken)
        for signal in fresh:
            self._control = self._control.after(signal)
            self.add(events.Signalled(at=self._means.clock(), signal=signal))
        return bool(fresh)

    @property
    def has_orders(self) -> bool:
        """Whether there is an order that was not taken in yet."""
        return bool(self._means.desk.signals(self._control.taken))

    async def wait(self, seconds: float) -> None:
        """Sleeps, unless there is an order that was not taken in yet; a new one ends it."""
        if not self.has_orders:
            await self._means.desk.wait(seconds)

    def add(self, event: events.Kept) -> None:
        """A fact for the journal."""
        self._kept.append(event)
        self.since = self.since if self.since is not None else event.at
        self._means.tell(event)

    def learnt(self, at: float) -> None:
        """Something that the journal should know before long, and that is no fact to tell anybody."""
        self.since = self.since if self.since is not None else at

    def close(self, ending: Ending, reason: str, exit_status: int | None = None) -> None:
        """Nothing more is started; `exit_status` is that of the ending, unless an error has one of its own."""
        status = events.EXIT_STATUS[ending] if exit_status is None else exit_status
        verdict = Verdict(ending=ending, reason=reason, exit_status=status)
        self.add(events.Closing(at=self._means.clock(), verdict=verdict))

    def has(self, kind: type[events.Kept]) -> bool:
        return any(isinstance(event, kind) for event in self._kept)

    def entry(self, arm_requests: int) -> Entry:
        return Entry(
            at=self._means.clock(),
            events=tuple(self._kept),
            change=Change.between(self.state.progress, self.progress),
            arm_requests=arm_requests,
        )
