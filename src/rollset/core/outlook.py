"""What the calendar means for a plan: when its batches may start next, and whether all of it fits into one opening."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rollset.core.calendar import HORIZON_SECONDS, Spell
from rollset.core.estimate import estimate
from rollset.core.expected import expected
from rollset.core.situation import Situation
from rollset.core.zones import spoken_moment

OPENINGS_TOLD = 3

COUNTED_MAX = 100
"""More openings than that are as good as countless."""


def outlook(situation: Situation, now: float) -> Iterator[str]:
    """For whoever decides on the plan, in sentences."""
    calendar = situation.job.calendar
    if not calendar.restricts:
        return
    needs = expected(situation.progress, situation.fleet.scale_set.os_type, situation.job.pace.bake_seconds)
    ahead = (one for one in calendar.spells(now, now + HORIZON_SECONDS) if one.lasts(needs.seconds))
    spells = list(islice(ahead, COUNTED_MAX))
    told = [_spoken(one, now) for one in spells[:OPENINGS_TOLD]]
    yield f"batches start only when they are expected to end inside ({needs}): {', then '.join(told)}"
    if (rest := estimate(situation, now)) is not None and spells:
        used = sum(one.opens <= now + rest.p90 for one in spells)
        words = "all of it fits into the first" if used <= 1 else f"that takes {used} of them"
        yield f"nine times in ten {words}, and ends by {spoken_moment(now + rest.p90, calendar.zone)}"
    for freeze in calendar.freezes:
        if freeze.ends_at <= now:
            yield f"{freeze.called} is over already"


def _spoken(spell: Spell, now: float) -> str:
    first = "now" if spell.opens <= now else f"from {spoken_moment(spell.opens, _zone(spell))}"
    return f"{first} until {spoken_moment(spell.closes, _zone(spell))}"


def _zone(spell: Spell) -> str:
    if spell.window is not None:
        return spell.window.zone
    return "UTC" if spell.freeze is None else spell.freeze.zone
