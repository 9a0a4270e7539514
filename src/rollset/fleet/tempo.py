"""How often an inventory asks Azure what, and how much of Azure's buckets it leaves to others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Seconds between requests, where Azure's buckets allow them. A *share* is of a bucket, and stays in it."""

    list_seconds: float = 60.0
    """Between two lists of a subscription's sets."""
    list_pages_per_minute: float = 90.0
    """Of all lists of a subscription, a quarter of what Azure refills; so that ten thousand sets, two hundred pages,
    are listed each two minutes and a half."""
    relist_seconds: float = 2.0
    """Before a list that somebody asked for."""
    subscriptions_seconds: float = 600.0
    """Between two lists of the subscriptions, where none was chosen."""
    look_seconds: float = 120.0
    """Between two looks at a set that nobody asks for."""
    wanted_seconds: float = 10.0
    """Between two looks at a set that is on somebody's screen."""
    want_seconds: float = 60.0
    """How long a set counts as wanted after somebody has said so."""
    watch_seconds: float = 0.5
    """Between two looks at a set whose own page is open."""
    model_seconds: float = 1.0
    """Between two reads of that set's model."""
    glance_seconds: float = 1.0
    """Between looks at single instances of that set, those in motion, while Azure allows no look at all of them."""
    glances_at_once: int = 10
    expect_seconds: float = 120.0
    """How long an instance that somebody acts on counts as one in motion, however it looks."""
    offers_seconds: float = 900.0
    """Between two reads of what a region offers of an image."""

    tell_seconds: float = 0.5
    """Between two tellings of what has changed in the fleet: at first sight of ten thousand sets that is a lot."""
    tell_seconds_max: float = 30.0
    """Who follows the fleet hears at the latest after so long, if only to tell ages anew, and to want rows again."""
    choices_seconds: float = 5.0
    """Between two counts of what there is to filter by."""
    audience_seconds: float = 600.0
    """After so long without a reader, sets that were looked at once are let be, and lists become rare."""
    list_seconds_alone: float = 1800.0

    looks_per_second: float = 25.0
    """Of the whole inventory, watched sets aside: so much of a processor it may take."""
    looks_at_once: int = 4
    """In each subscription."""
    keep: float = 0.5
    """The share that looks leave in Azure's buckets: rollouts come first."""
    keep_watched: float = 0.25
    """The same of looks at a set whose own page is open."""

    pause_seconds: float = 5.0
    """After a failure, doubled with each further one."""
    pause_seconds_max: float = 300.0

    def pause(self, failures: int, told: float | None = None) -> float:
        """How long to leave something alone that failed so many times in a row; longer if Azure says so.

        >>> [Tempo().pause(n) for n in (1, 2, 20)], Tempo().pause(1, told=40.0)
        ([5.0, 10.0, 300.0], 40.0)
        """
        doubled = self.pause_seconds * 2.0 ** min(failures - 1, _DOUBLINGS_MAX)
        return max(min(doubled, self.pause_seconds_max), told or 0.0)


_DOUBLINGS_MAX = 30  # Beyond every pause; more would only make a number too large.

TEMPO = Tempo()
