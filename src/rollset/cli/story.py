"""A rollout as far as it has been told: events folded into what a view shows. Knows no terminal and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rollset.arm.pauses import Pause
from rollset.cli.marks import Mark, marks_of
from rollset.cli.words import STOPPING, why_nothing_starts
from rollset.core.decide import Situation, Wait
from rollset.core.ids import InstanceId
from rollset.core.plan import Plan
from rollset.core.selection import spoken_ids
from rollset.engine import events


@dataclass(slots=True, kw_only=True)
class Story:
    """What there is to show now. `said` is why nothing new is started, or what was done last."""

    plan: Plan
    situation: Situation
    said: str = ""
    asked: set[InstanceId] = field(default_factory=set)
    pauses: int = 0
    paused: str = ""

    def take(self, event: events.Event) -> None:
        """Goes on by one event."""
        match event:
            case events.Looked():
                self.situation = event.situation
                self.asked.clear()
                self.paused = ""
            case events.Asked():
                self.asked.update(event.instances)
                self.said = f"upgrading {spoken_ids(event.instances)}"
            case events.Waiting(decision=Wait(barrier=False)):
                self.said = "as many are out as may be: the next leaves when one is back"
            case events.Waiting() | events.Troubled():
                self.said = why_nothing_starts(event)
            case events.ModelWritten():
                self.said = f"the model names {event.image} now"
            case events.PolicyWritten():
                self.said = f"the upgrade policy is {event.mode} now"
            case events.Ended():
                self.said = event.outcome.reason
            case events.Began() | events.Proven() | events.Failed():
                pass

    def take_stop(self) -> None:
        """The user wants it to stop."""
        self.said, self.paused = STOPPING, ""

    def take_pause(self, pause: Pause) -> None:
        """A wait between requests, as Azure told us to."""
        self.pauses += 1
        self.paused = f"{pause.reason}; going on in {pause.seconds:.0f} s ({pause.attempted})"

    @property
    def marks(self) -> Mapping[InstanceId, Mark]:
        return marks_of(self.situation, self.asked)

    @property
    def counts(self) -> Counter[Mark]:
        """How many of all instances stand where."""
        return Counter(self.marks.values())

    @property
    def out(self) -> int:
        """How many are out of service, or were just sent off."""
        return len(self.situation.out | self.asked)

    @property
    def total(self) -> int:
        """How many instances this rollout has to bring onto the image and to health."""
        return len(self.plan.to_prove)

    @property
    def done(self) -> int:
        """How many of those are there."""
        return len(self.plan.to_prove & self.situation.progress.proven.keys())
