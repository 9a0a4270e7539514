"""Asks Azure to upgrade instances: first the intent, as an entry of its own, and in the turn after it the request."""

from __future__ import annotations

from rollset.arm.errors import ArmError, Conflict, NoSuchCall, NotFound, Refused
from rollset.core.decision import Upgrade
from rollset.core.hours import shut
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.news import Means, News
from rollset.engine.outage import TRANSIENT
from rollset.engine.requests import UNCERTAIN
from rollset.engine.state import Request
from rollset.engine.watch import Watch

REFUSALS = (Conflict, Refused, NotFound)
"""Refusals of an upgrade request that a fresh look may make good: busy, or an instance that is no more."""

REFUSALS_MAX = 8
"""So many in a row are no accident."""


class Asking:
    """The requests of one run. An intent of an earlier run is none of its own: nobody knows what became of that."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._watch = watch
        self._intent_at: float | None = None
        self._refusals = 0

    def forget(self) -> None:
        """Begins anew, for another job."""
        self._intent_at = None
        self._refusals = 0

    def has_just_noted(self, request: Request) -> bool:
        """Whether this run noted the intent, and has not sent the request yet."""
        return request.at == self._intent_at

    def intend(self, news: News, decision: Upgrade) -> None:
        """The mark comes before the request: should the answer be lost, these count as in flight all the same."""
        now = self._means.clock()
        news.progress = news.progress.started(self._watch.fleet, decision.instances, now)
        news.add(events.Asked(at=now, instances=decision.instances, reason=decision.reason))
        self._intent_at = now

    async def send(self, news: News, request: Request) -> bool:
        """Sends what was noted, and adds to the news what came back; whether Azure took it.

        Raises:
            ArmError: it did not, or nobody knows; a later look, on a fresh view, may ask again.
        """
        self._intent_at = None
        await self._means.desk.check_ours()
        if news.take_signals() and news.control.starts_nothing:
            return self._not_sent(news, request, "an operator's order came first")
        os_type = self._watch.fleet.scale_set.os_type
        if (closed := shut(news.job, news.progress, os_type, self._means.clock())) is not None:
            return self._not_sent(news, request, closed.reason)
        try:
            operation = await self._means.azure.manual_upgrade(self._watch.fleet.scale_set, request.instances)
        except UNCERTAIN as error:
            self._answer(news, request, lost=str(error), request_id=error.request_id)
            raise
        except ArmError as error:
            self._refused(news, request, error)
            return False
        self._refusals = 0
        now = self._means.clock()
        news.add(
            events.Answered(at=now, instances=request.instances, operation=operation, request_id=operation.request_id)
        )
        return True

    def _not_sent(self, news: News, request: Request, why: str) -> bool:
        self._answer(news, request, refused=f"not sent: {why}")
        news.progress = news.progress.withdrawn(request.instances, unbegun=False)
        return False

    def _refused(self, news: News, request: Request, error: ArmError) -> None:
        """Azure has not begun: nothing is in flight because of this, and the next decision is free again."""
        self._answer(news, request, refused=str(error), request_id=error.request_id)
        news.progress = news.progress.withdrawn(request.instances, unbegun=False)
        self._refusals += 1
        again = isinstance(error, REFUSALS) and not isinstance(error, NoSuchCall) and self._refusals < REFUSALS_MAX
        passing = isinstance(error, TRANSIENT) or again
        if passing and not news.state.order.start_only:
            raise error
        news.close(Ending.FAILED, str(error), error.exit_status)

    def _answer(self, news: News, request: Request, **what: str | None) -> None:
        now = self._means.clock()
        news.add(events.Answered(at=now, instances=request.instances, **what))  # type: ignore[arg-type]
