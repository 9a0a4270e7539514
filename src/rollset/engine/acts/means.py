"""What an act reaches the world with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rollset.arm.azure import OPERATION_SECONDS_MAX, POLL_SECONDS, POLL_SECONDS_MAX, Azure
from rollset.arm.errors import NotAllowed
from rollset.arm.operations import Failed, Lost, Operation, OperationStatus, Running
from rollset.core.control import Verb
from rollset.core.fleet import Fleet, ScaleSet
from rollset.engine.acts.facts import Watched
from rollset.engine.acts.present import ActPresent, ActStage, present_of_act
from rollset.engine.journal import Desk
from rollset.engine.outage import TRANSIENT, Outage

T = TypeVar("T")

ASKS_MAX = 1_000
"""A bound, not an aim: an outage is given up by its length long before."""

POLLS_MAX = 100_000
"""The same of looks at one operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActMeans:
    """`clock` gives seconds since the epoch, and never goes back."""

    azure: Azure
    desk: Desk
    clock: Callable[[], float]

    def show(self, stage: ActStage, words: str, *, done: int = 0, total: int = 0) -> None:
        """How the act stands, for those who watch."""
        present = ActPresent(at=self.clock(), stage=stage, words=words, done=done, total=total)
        self.desk.show(lambda: present_of_act(present))

    @property
    def stopped_by(self) -> str | None:
        """Who wants the act to stop."""
        return next((one.by for one in self.desk.signals(0) if one.verb is Verb.STOP), None)

    async def postpone_until(self, moment: float) -> None:
        """As `wait_until`, and ends when somebody wants the act to stop: nothing was asked for that is waited for."""
        while self.stopped_by is None and (rest := moment - self.clock()) > 0:
            await self.desk.wait(rest)

    async def wait_until(self, moment: float) -> None:
        """Sleeps; the desk may wake it early, which changes nothing."""
        while (rest := moment - self.clock()) > 0:
            await self.desk.wait(rest)

    async def steadily(self, ask: Callable[[], Awaitable[T]], *, stoppable: bool = False) -> T:
        """Asks Azure something that may be asked twice, and holds still while it is out of reach.

        Raises:
            ArmError: Azure's answer, or that it has been out of reach for too long, or until somebody stopped the act.
        """
        outage = Outage()
        for _ in range(ASKS_MAX):
            try:
                return await ask()
            except TRANSIENT as trouble:
                seconds = outage.pause(trouble, self.clock())
                if seconds is None or (stoppable and self.stopped_by is not None):
                    raise
                self.show(ActStage.POSTPONED, f"{trouble}; asking again in {seconds:.0f} s")
                await self.desk.wait(seconds)
        raise AssertionError("an outage is given up by its length")

    async def look(self, known: ScaleSet, *, stoppable: bool = False) -> Fleet:
        """The set and all its instances as they are now."""
        seen = await self.steadily(lambda: self.azure.scale_set(known.id, known.paths), stoppable=stoppable)
        instances = await self.steadily(lambda: self.azure.instances(seen), stoppable=stoppable)
        return Fleet(scale_set=seen, instances=instances)

    async def watch(self, operations: Sequence[Operation], since: float) -> Watched:
        """Follows operations until each has ended, or nobody knows how."""
        ends = [await self._end(one, since + OPERATION_SECONDS_MAX) for one in operations]
        return Watched(
            at=self.clock(),
            errors=tuple(one.error for one in ends if isinstance(one, Failed)),
            lost=tuple(one.reason for one in ends if isinstance(one, Lost)),
        )

    async def _end(self, operation: Operation, deadline: float) -> OperationStatus:
        for _ in range(POLLS_MAX):
            status = await self._status(operation)
            if not isinstance(status, Running):
                return status
            if self.clock() >= deadline:
                return Lost(reason=f"it has not ended within {OPERATION_SECONDS_MAX / 3600:.0f} h")
            pause = min(status.retry_after or operation.retry_after or POLL_SECONDS, POLL_SECONDS_MAX)
            await self.wait_until(min(self.clock() + pause, deadline))
        raise AssertionError("an operation is given up by its length")

    async def _status(self, operation: Operation) -> OperationStatus:
        try:
            return await self.steadily(lambda: self.azure.poll(operation))
        except NotAllowed as error:
            # Who may not read operations still sees the instances, and they decide anyway.
            return Lost(reason=str(error))
