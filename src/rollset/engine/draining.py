"""Calls the hooks of instances that a surge is about to delete, between the intent and the request, and looks again."""

from __future__ import annotations

import asyncio

from rollset.core.ids import InstanceId
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.situation import Situation, survey
from rollset.core.surging.draining import drained, to_drain
from rollset.engine import events
from rollset.engine.ground import GroundMoved, check_ground
from rollset.engine.hooking import Hooking
from rollset.engine.news import Means, News
from rollset.engine.watch import Watch

CALLED_OFF = "its hooks ran, or had begun, and then it was not deleted: an order came first"


class Draining:
    """For one run."""

    def __init__(self, means: Means, watch: Watch, hooking: Hooking) -> None:
        self._means = means
        self._watch = watch
        self._hooking = hooking

    async def before(self, news: News, intent: events.Retiring) -> tuple[InstanceId, ...]:
        """Those that may go now; who is parked is added to the news.

        What is given back, and serves, is drained as well; a drain that is broken off is begun anew for it.
        """
        hooks = news.job.hooks
        due = to_drain(self._situation(news), intent.instances)
        if not due or not (hooks_at(hooks, Moment.BEFORE_BATCH) or hooks_at(hooks, Moment.BEFORE_INSTANCE)):
            return intent.instances
        try:
            failed = await self._hooking.before(news, due)
            self._hooking.park(news, failed)
            ready = tuple(one for one in intent.instances if one not in failed)
            going = ready if intent.made or not ready else await self._rechecked(news, ready)
        except (asyncio.CancelledError, GroundMoved):
            # Nothing was sent, and nobody knows how far their hooks have got.
            news.add(events.Unwritten(at=self._means.clock(), why=CALLED_OFF))
            if not intent.made:
                self._hooking.park(news, {one: CALLED_OFF for one in due if one not in news.progress.parked})
            raise
        await self._means.desk.check_ours()
        return going

    async def after(self, news: News, gone: tuple[InstanceId, ...], *, made: bool) -> None:
        """Azure deletes these, in whose place others serve already: their batch is done."""
        if not made:
            await self._hooking.after_batch(news, gone)

    async def _rechecked(self, news: News, ready: tuple[InstanceId, ...]) -> tuple[InstanceId, ...]:
        await self._watch.look_at_all()
        check_ground(news.job, await self._watch.read_model())
        now = drained(self._situation(news), ready)
        self._hooking.park(news, dict(now.parked))
        news.take_signals()
        if news.control.stopped is not None or news.control.undo is not None:
            self._hooking.park(news, dict.fromkeys(now.go, CALLED_OFF))
            return ()
        return now.go

    def _situation(self, news: News) -> Situation:
        return survey(self._watch.fleet, news.job, news.progress, news.control).at(self._means.clock())
