"""What the calendar means for a plan: when its batches may start next, and whether all of it fits into one opening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rollset.core.ahead.estimate import estimate
from rollset.core.ahead.expected import Expected, expected
from rollset.core.situation import Situation
from rollset.core.when.calendar import HORIZON_SECONDS, Calendar, Spell
from rollset.core.when.zones import spoken_moment

OPENINGS_TOLD = 3

COUNTED_MAX = 100
"""More openings than that are as good as countless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`ahead` are the openings in which a batch fits that takes what it `needs`; `used` says how many all of it takes.

    `used` and `ends_by` hold nine times in ten, and are `None` where nobody can tell.
    """

    now: float
    calendar: Calendar
    needs: Expected
    ahead: tuple[Spell, ...]
    used: int | None = None
    ends_by: float | None = None

    @property
    def told(self) -> tuple[Spell, ...]:
        """The next of them."""
        return self.ahead[:OPENINGS_TOLD]

    def words(self) -> Iterator[str]:
        """For whoever decides on the plan, in sentences."""
        told = ", then ".join(_spoken(one, self.now) for one in self.told)
        yield f"batches start only when they are expected to end inside ({self.needs}): {told}"
        if self.ends_by is not None and self.used is not None:
            words = "all of it fits into the first" if self.used <= 1 else f"that takes {self.used} of them"
            yield f"nine times in ten {words}, and ends by {spoken_moment(self.ends_by, self.calendar.zone)}"
        for freeze in self.calendar.freezes:
            if freeze.ends_at <= self.now:
                yield f"{freeze.called} is over already"


def outlook(situation: Situation, now: float) -> Outlook | None:
    """What the calendar of the job means from now on; `None` where it has none."""
    calendar = situation.job.calendar
    if not calendar.restricts:
        return None
    needs = expected(situation.progress, situation.fleet.scale_set.os_type, situation.job)
    fitting = (one for one in calendar.spells(now, now + HORIZON_SECONDS) if one.lasts(needs.seconds))
    found = Outlook(now=now, calendar=calendar, needs=needs, ahead=tuple(islice(fitting, COUNTED_MAX)))
    rest = estimate(situation, now)
    if rest is None or not found.ahead:
        return found
    ends_by = now + rest.p90
    return replace(found, used=sum(one.opens <= ends_by for one in found.ahead), ends_by=ends_by)


def _spoken(spell: Spell, now: float) -> str:
    first = "now" if spell.opens <= now else f"from {spoken_moment(spell.opens, _zone(spell))}"
    return f"{first} until {spoken_moment(spell.closes, _zone(spell))}"


def _zone(spell: Spell) -> str:
    if spell.window is not None:
        return spell.window.zone
    return "UTC" if spell.freeze is None else spell.freeze.zone
