"""Whether a batch may start at this hour: only if it is expected to end before the calendar shuts.

What is on its way when a window closes is finished, never cut; what an operator orders holds at any hour; and the way
back heeds no window, for it is the cure.
"""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.ahead.expected import Expected, expected
from rollset.core.decision import Halt, Hold, HoldKind
from rollset.core.errors import UsageError
from rollset.core.pace import Job
from rollset.core.progress import Progress
from rollset.core.when.calendar import HORIZON_SECONDS, Calendar, Spell
from rollset.core.when.zones import spoken_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """Nothing may start now: why, and when that changes; `opens` is `None` where it never does."""

    reason: str
    opens: float | None

    def decision(self) -> Hold | Halt:
        """What comes of it when nothing is on its way."""
        if self.opens is None:
            return Halt(reason=self.reason)
        return Hold(reason=self.reason, kind=HoldKind.WINDOW, until=self.opens)


def shut(job: Job, progress: Progress, os_type: str | None, now: float) -> Shut | None:
    """What of the calendar keeps the next batch from starting now."""
    calendar = job.calendar
    if not calendar.restricts:
        return None
    needs = expected(progress, os_type, job)
    if calendar.fits(now, needs.seconds):
        return None
    following = calendar.next_fitting(now, needs.seconds)
    why = _why(calendar, needs, now)
    if following is None:
        return Shut(reason=f"{why}; {_never(calendar, needs)}", opens=None)
    return Shut(reason=f"{why}; {_next(calendar, following)}", opens=following.opens)


def too_late(job: Job, now: float) -> str | None:
    """Why a batch that was chosen in time and made ready since may not leave any more; nothing while it is open."""
    calendar = job.calendar
    if not calendar.restricts or calendar.spell(now) is not None:
        return None
    freeze = calendar.freeze_at(now)
    return "no window is open any more" if freeze is None else f"{freeze.called} has begun"


def refuse_hopeless(job: Job, os_type: str | None, now: float) -> None:
    """Stops a calendar that would never let a batch start.

    Raises:
        UsageError: with what it would take.
    """
    needs = expected(Progress(), os_type, job)
    if job.calendar.restricts and job.calendar.next_fitting(now, needs.seconds) is None:
        raise UsageError(
            f"policy.windows, policy.freezes (--window, --freeze): no batch could ever start: "
            f"{_never(job.calendar, needs)}; make a window longer, or leave out a freeze"
        )


def _why(calendar: Calendar, needs: Expected, now: float) -> str:
    freeze = calendar.freeze_at(now)
    if freeze is not None:
        return f"{freeze.called} is on until {spoken_moment(freeze.ends_at, freeze.zone)}"
    current = calendar.spell(now)
    if current is None:
        return "no window is open"
    if current.freeze is not None:
        begins = spoken_moment(current.closes, current.freeze.zone)
        return f"{current.freeze.called} begins {begins}, too soon for a batch that takes {needs}"
    assert current.window is not None, "what is open without windows is closed by a freeze"
    closes = spoken_moment(current.closes, current.window.zone)
    return f"{current.window.called} closes {closes}, too soon for a batch that takes {needs}"


def _next(calendar: Calendar, following: Spell) -> str:
    opens = spoken_moment(following.opens, following.window.zone if following.window else calendar.zone)
    return f"{following.window.called} opens {opens}" if following.window else f"it goes on {opens}"


def _never(calendar: Calendar, needs: Expected) -> str:
    days = HORIZON_SECONDS / 86400
    what = "no window" if calendar.windows else "no time"
    besides = " outside the freezes" if calendar.freezes else ""
    return f"{what}{besides} within {days:.0f} days is long enough for a batch that takes {needs}"
