"""A rollout as far as it has been told: facts folded into what a view shows. Knows no terminal and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rollset.arm.pauses import Pause
from rollset.core.decide import Wait
from rollset.core.fleet import Place
from rollset.core.ids import InstanceId
from rollset.core.selection import spoken_ids
from rollset.engine import events
from rollset.engine.state import Stage, State
from rollset.faces.aims import Aim
from rollset.faces.marks import Mark
from rollset.faces.seen import Seen, as_planned, from_near
from rollset.faces.telling import clock_time, sentence
from rollset.faces.words import STOPPING

QUIET = (events.Proven, events.Failed, events.Answered, events.ModelReady)
"""Facts that the picture itself shows."""


@dataclass(slots=True, kw_only=True)
class Story:
    """What there is to show now. `said` is why nothing new is started, or what was done last."""

    state: State
    seen: Seen
    said: str = ""
    told_at: float = 0.0
    """When the last fact became known."""
    asked: set[InstanceId] = field(default_factory=set)
    pauses: int = 0
    paused: str = ""

    @classmethod
    def of(cls, state: State) -> Story:
        """From the beginning, or from wherever the rollout stands."""
        return cls(state=state, seen=as_planned(state), said=_standing_still(state))

    def take(self, event: events.Event) -> None:
        """Goes on by one fact."""
        match event:
            case events.Looked():
                self.see(from_near(event.situation, event.at, self.state))
            case events.Began():
                pass
            case events.Ended():
                self.said = event.outcome.reason
            case _:
                self._take_kept(event)

    def see(self, seen: Seen, reason: str = "") -> None:
        """The fleet was looked at; `reason` is what was decided on that, where no fact tells."""
        self.seen = seen.of_leg(self.leg)
        self.paused = ""
        if seen.at >= self.told_at and self.state.result is None:
            self.asked.clear()
            self.said = reason or self.said

    def hear(self, facts: Iterable[events.Kept]) -> None:
        """What was done last, where the state knows of it already."""
        for event in facts:
            self._say(event)

    def take_stop(self, words: str = STOPPING) -> None:
        """The user wants it to stop."""
        self.said, self.paused = words, ""

    def take_pause(self, pause: Pause) -> None:
        """A wait between requests, as Azure told us to."""
        self.pauses += 1
        self.paused = f"{pause.reason}; going on in {pause.seconds:.0f} s ({pause.attempted})"

    def _take_kept(self, event: events.Kept) -> None:
        self.state = self.state.after_event(event)
        self.told_at = event.at
        self.seen = self.seen.of_leg(self.leg)
        if isinstance(event, events.Asked):
            self.asked.update(event.instances)
        if isinstance(event, events.Proven):
            self.seen = replace(self.seen, proven=self.seen.proven | {event.instance})
        self._say(event)

    def _say(self, event: events.Kept) -> None:
        match event:
            case events.Asked():
                self.said = f"upgrading {spoken_ids(event.instances)}"
            case events.Waiting(decision=Wait(barrier=False)):
                self.said = "as many are out as may be: the next leaves when one is back"
            case events.Answered(operation=None) | events.Answered(lost=str()):
                self.said = sentence(event)
            case events.GateSaid(yes=True, open=False):
                pass  # The first yes of several.
            case _ if not isinstance(event, QUIET):
                self.said = sentence(event)

    @property
    def leg(self) -> int | None:
        """Which part of a way back it is at, counted from 0; `None` on the way to the image."""
        return None if self.state.undo is None else self.state.leg

    @property
    def title(self) -> str:
        """What becomes of the image."""
        undo, back = self.state.undo, self.state.order.way_back
        if undo is None:
            words = Aim.of_state(self.state).short
            return words if back is None else f"going back: {words}"
        if not undo.legs:
            return "going back"
        number = min(self.state.leg, len(undo.legs) - 1)
        which = f" (part {number + 1} of {len(undo.legs)})" if len(undo.legs) > 1 else ""
        return f"going back to {undo.legs[number].image}{which}"

    @property
    def places(self) -> Mapping[InstanceId, Place]:
        return self.seen.places

    @property
    def marks(self) -> Mapping[InstanceId, Mark]:
        """The mark of every instance; those that were asked for since the last look are on their way."""
        marks = dict(self.seen.marks)
        marks.update({one: Mark.DONE for one in self._behind & marks.keys() if marks[one] is Mark.OUTDATED})
        marks.update(dict.fromkeys(self.asked & marks.keys(), Mark.OUT))
        return marks

    @property
    def counts(self) -> Counter[Mark]:
        """How many of all instances stand where."""
        return Counter(self.marks.values())

    @property
    def out(self) -> int:
        """How many are out of service, or were just sent off."""
        return self.seen.out + sum(self.seen.marks.get(one) is Mark.OUTDATED for one in self.asked)

    @property
    def ends(self) -> str:
        """When it will end, as far as that can be told."""
        rest = self.seen.estimate
        if rest is None or self.state.result is not None:
            return ""
        guess = "" if rest.measured else ", guessed"
        approvals = " once approved" if rest.approvals else ""
        return (
            f"ends{approvals} about {clock_time(self.seen.at + rest.p50)}, nine times in ten by "
            f"{clock_time(self.seen.at + rest.p90)}{guess}"
        )

    @property
    def is_measured(self) -> bool:
        """Whether that is drawn from upgrades of this run, and not guessed."""
        return bool(self.ends) and self.seen.estimate is not None and self.seen.estimate.measured > 0

    @property
    def to_prove(self) -> frozenset[InstanceId]:
        """Every instance that this rollout has to bring to where it belongs, and to health."""
        undo = self.state.undo
        if undo is None:
            return self.state.plan.to_prove
        return frozenset(one for leg in undo.legs for one in leg.instances)

    @property
    def total(self) -> int:
        return len(self.to_prove)

    @property
    def done(self) -> int:
        """How many of those are there."""
        undo = self.state.undo
        if undo is None:
            return len(self.to_prove & (self.seen.proven | self._replaced))
        going = undo.legs[self.state.leg].instances if self.state.leg < len(undo.legs) else ()
        return len(self._behind) + len((self.seen.proven | self._replaced).intersection(going))

    @property
    def _replaced(self) -> frozenset[InstanceId]:
        """Those that are gone because others stand in for them."""
        return self.state.progress.surge.retired

    @property
    def _behind(self) -> frozenset[InstanceId]:
        """Those of the way back that have arrived with the parts before."""
        legs = () if self.state.undo is None else self.state.undo.legs[: self.state.leg]
        return frozenset(one for leg in legs for one in leg.instances)


def _standing_still(state: State) -> str:
    """Why nothing starts, as far as the journal of a rollout in its middle tells."""
    if state.result is not None:
        return state.result.reason
    if state.stage is Stage.CLOSING and state.verdict is not None:
        return state.verdict.reason
    return "" if state.held is None else state.held.reason
