"""A rollout with all that its journal tells: read on, entry by entry, for all who look at it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rollset.engine import events
from rollset.faces.account import Account, Told
from rollset.faces.availability import Attendance, Availability
from rollset.faces.report import Report
from rollset.faces.telling import sentence
from rollset.faces.timeline import Timeline, Timeliner

WORKED_OUT_SECONDS = 2.0
"""As long as nothing is new, bars and line of many readers are worked out once in so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """How it stood at `at`, and how it came to that."""

    at: float
    worked_out_at: float
    """When bars and line were."""
    report: Report
    told: tuple[Told, ...]
    timeline: Timeline | None
    availability: Availability | None
    """Both are `None` where it never began."""

    @property
    def failures(self) -> tuple[events.Failed, ...]:
        """Every failure, the newest first, those that were overcome by another try as well."""
        found = [event for told in self.told for event in told.entry.events if isinstance(event, events.Failed)]
        return tuple(reversed(found))

    @property
    def troubles(self) -> tuple[tuple[float, str, str | None], ...]:
        """What Azure refused or nobody knows, in Azure's words, with its request id; the newest first."""
        found = [
            (event.at, sentence(event), event.request_id)
            for told in self.told
            for event in told.entry.events
            if isinstance(event, events.Answered | events.RollStarted) and (event.refused or event.lost)
        ]
        return tuple(reversed(found))


@dataclass(slots=True)
class Chronicler:
    """Reads what is new of one journal into bars and line."""

    told: list[Told] = field(default_factory=list)
    bars: Timeliner | None = None
    line: Attendance | None = None
    read: int = 0
    last: Chronicle | None = None

    def hear(self, account: Account) -> None:
        """What the last refresh has added."""
        self.told += account.told

    def chronicle(self, report: Report, now: float) -> Chronicle:
        """All of it. Bars and line are worked out anew when something is new, and else now and then."""
        state = report.account.state
        if state is not None and (self.bars is None or self.line is None):
            self.bars, self.line = Timeliner.of(state.order, state.plan), Attendance.of(state.order, state.plan)
        last = self.last
        if last is not None and self.read == len(self.told) and now - last.worked_out_at < WORKED_OUT_SECONDS:
            self.last = replace(last, at=now, report=report)
        else:
            self.last = self._work_out(report, now)
        return self.last

    def _work_out(self, report: Report, now: float) -> Chronicle:
        for told in self.told[self.read :]:
            assert self.bars is not None, "an order comes before its entries"
            assert self.line is not None, "an order comes before its entries"
            self.bars.take(told.entry)
            self.line.take(told.entry)
        self.read = len(self.told)
        present = report.account.present
        if self.bars is not None and present is not None:
            self.bars.glimpse(present.baking, present.at)
        return Chronicle(
            at=now,
            worked_out_at=now,
            report=report,
            told=tuple(self.told),
            timeline=None if self.bars is None else self.bars.timeline(now),
            availability=None if self.line is None else _with_last_look(self.line.availability(now), report),
        )


def _with_last_look(line: Availability, report: Report) -> Availability:
    present = report.account.present
    if present is None or report.account.ended or present.leg is not None:
        return line
    return line.seen(present.at, present.in_service)
