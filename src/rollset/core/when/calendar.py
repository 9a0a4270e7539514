"""The calendar of a rollout: while any of its windows is open, and no freeze is on, batches may start.

windows   ...[=======]......[==]...        any of them; without windows it is always open
                 [========]
freezes   ......................(====...   a freeze beats them all
spells    ...[============]....[]....      what is left, drawn together
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow

HORIZON_SECONDS = 400 * 24 * 3600.0
"""How far ahead openings are looked for: anything that happens once a year lies within."""

SPELL_SECONDS_MAX = 7 * 24 * 3600.0
"""How far an open stretch is followed from window to window."""

SPELLS_MAX = 20_000
"""A bound, not an aim: two an hour, to the horizon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Open from `opens` to `closes`, epoch seconds."""

    opens: float
    closes: float
    window: MaintenanceWindow | None = None
    """The one that closes last; `None` where there are no windows."""
    freeze: Freeze | None = None
    """What ends it before its time."""

    def lasts(self, seconds: float) -> bool:
        """Whether it is open for so long."""
        return self.opens + seconds <= self.closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When batches may start; without windows and freezes, at any time."""

    windows: tuple[MaintenanceWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    @property
    def restricts(self) -> bool:
        """Whether there is anything to heed."""
        return bool(self.windows or self.freezes)

    @property
    def zone(self) -> str:
        """By which clocks the calendar as a whole is told."""
        return next(
            (zone for zone in (*(one.zone for one in self.windows), *(one.zone for one in self.freezes))), "UTC"
        )

    def spells(self, since: float, until: float, enough: float = SPELL_SECONDS_MAX) -> Iterator[Spell]:
        """Every open stretch between the two, in order; one that is open already begins with `since`.

        Each is followed for `enough` seconds; one that lasts longer is told in parts.
        """
        at = since
        for _ in range(SPELLS_MAX):
            at = self._thawed(at)
            if at >= until:
                return
            closes, window = self._open_until(at, at + enough)
            if closes <= at:
                at = min((one for each in self.windows if (one := each.opens_after(at)) is not None), default=inf)
                continue
            freeze = min((one for one in self.freezes if at < one.begins_at < closes), key=_begins_at, default=None)
            closes = closes if freeze is None else freeze.begins_at
            yield Spell(opens=at, closes=closes, window=window, freeze=freeze)
            at = closes

    def spell(self, now: float, seconds: float = SPELL_SECONDS_MAX) -> Spell | None:
        """The stretch that is open `now`, followed for so many seconds; `None` while it is shut."""
        found = next(self.spells(now, now + 1.0, enough=seconds), None)
        return found if found is not None and found.opens == now else None

    def fits(self, now: float, seconds: float) -> bool:
        """Whether what takes so long and begins `now` ends before it closes."""
        found = self.spell(now, seconds)
        return found is not None and found.lasts(seconds)

    def next_fitting(self, now: float, seconds: float) -> Spell | None:
        """The next stretch, if any within the horizon, that leaves so much time; perhaps the one that is open now."""
        ahead = self.spells(now, now + HORIZON_SECONDS, enough=seconds)
        return next((one for one in ahead if one.lasts(seconds)), None)

    def freeze_at(self, at: float) -> Freeze | None:
        """The freeze that is on, the longest if there are several."""
        on = (one for one in self.freezes if one.begins_at <= at < one.ends_at)
        return max(on, key=lambda one: one.ends_at, default=None)

    def _thawed(self, at: float) -> float:
        """The first moment from `at` on at which no freeze is on."""
        while (freeze := self.freeze_at(at)) is not None:
            at = freeze.ends_at
        return at

    def _open_until(self, at: float, enough: float) -> tuple[float, MaintenanceWindow | None]:
        """Until when windows are open without a break from `at` on, followed no further than `enough`."""
        if not self.windows:
            return enough, None
        closes, last = at, None
        while closes < enough:
            ends = ((opened + one.seconds, one) for one in self.windows if (opened := one.opened(closes)) is not None)
            further, window = max(ends, key=lambda end: end[0], default=(closes, None))
            if further <= closes:
                break
            closes, last = further, window
        return closes, last


def _begins_at(freeze: Freeze) -> float:
    return freeze.begins_at


ALWAYS = Calendar()
