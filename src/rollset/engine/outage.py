"""An Azure that does not answer, or not now: hold still, ask again, and give up after a bounded time."""

from __future__ import annotations

from rollset.arm.errors import ArmError, NotSignedIn, ServerFault, Throttled, Unreachable
from rollset.core.errors import RollsetError
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.news import Means, News

OUTAGE_SECONDS_MAX = 1800.0
"""How long Azure may be out of reach in the middle of a rollout before it is given up."""

OUTAGE_PAUSE_SECONDS = 10.0

TRANSIENT = (Unreachable, Throttled, ServerFault, NotSignedIn)
"""Errors that say nothing about the fleet: hold still, and ask again. Whoever's sign-in has run out may renew it."""


class Outage:
    """Since when Azure has been out of reach without a break."""

    def __init__(self) -> None:
        self._since: float | None = None

    @property
    def begun(self) -> bool:
        return self._since is not None

    def over(self) -> None:
        """Azure answers."""
        self._since = None

    def hold_still(self, means: Means, news: News, trouble: RollsetError) -> tuple[float | None, bool]:
        """Tells of it; how long to pause, and whether the news are worth an entry at once.

        There is no pause where it has lasted for too long: then the rollout is closed.
        """
        now, first = means.clock(), not self.begun
        seconds = self.pause(trouble, now)
        if seconds is None:
            news.close(Ending.FAILED, str(trouble), trouble.exit_status)
            return None, True
        troubled = events.Troubled(at=now, reason=str(trouble), seconds=seconds)
        if first:
            news.add(troubled)
        else:
            means.tell(troubled)
        return seconds, first

    def pause(self, trouble: RollsetError, now: float) -> float | None:
        """Seconds until Azure is to be asked again; `None` when it has been out of reach for too long already."""
        self._since = now if self._since is None else self._since
        if now - self._since > OUTAGE_SECONDS_MAX:
            return None
        told = trouble.retry_after if isinstance(trouble, ArmError) else None
        return min(max(OUTAGE_PAUSE_SECONDS, told or 0.0), OUTAGE_SECONDS_MAX)
