"""What a look has found out about instances, as facts for the journal."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.fleet import Fleet
from rollset.core.progress import Progress
from rollset.core.standing import STOPPED_POWER
from rollset.engine import events


def noticed(before: Progress, after: Progress, fleet: Fleet, now: float) -> Iterator[events.Kept]:
    """Who is proven, who has fallen ill before it had baked, and who has failed, of what was not known `before`."""
    for one in [one for one in after.proven if one not in before.proven]:
        took = after.took.get(one)
        off = fleet.by_id[one].power in STOPPED_POWER
        yield events.Proven(at=now, instance=one, seconds=took.at_most if took else None, off=off)
    for one, spell in after.spells.items():
        known = before.spells.get(one)
        if spell.relapses > (known.relapses if known is not None else 0):
            yield events.Relapsed(at=now, instance=one, times=spell.relapses)
    for failure in after.failures[len(before.failures) :]:
        yield events.Failed(at=now, failure=failure)
