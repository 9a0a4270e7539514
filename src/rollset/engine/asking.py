"""Asks Azure to upgrade instances: first the intent, as an entry of its own, and in the turn after it the request.

Between the two come the hooks of those that are about to go. They hold their places in the budget from the intent on.
"""

from __future__ import annotations

import asyncio

from rollset.arm.errors import ArmError, Conflict, NoSuchCall, NotFound, Refused
from rollset.core.decision import Upgrade
from rollset.core.ids import InstanceId
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.outside.judging import with_baseline
from rollset.core.progress import sights_of
from rollset.core.readied import readied
from rollset.core.when.hours import shut, too_late
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.gating import Gating
from rollset.engine.ground import GroundMoved, check_ground
from rollset.engine.hooking import Hooking
from rollset.engine.news import Means, News
from rollset.engine.outage import TRANSIENT
from rollset.engine.protection import lift
from rollset.engine.requests import UNCERTAIN
from rollset.engine.state import Request
from rollset.engine.watch import Watch

REFUSALS = (Conflict, Refused, NotFound)
"""Refusals of an upgrade request that a fresh look may make good: busy, or an instance that is no more."""

REFUSALS_MAX = 8
"""So many in a row are no accident."""

CALLED_OFF = "its hooks ran, or had begun, and then it was not upgraded: an order came first"


class Asking:
    """The requests of one run. An intent of an earlier run is none of its own: nobody knows what became of that."""

    def __init__(self, means: Means, watch: Watch, gating: Gating, hooking: Hooking) -> None:
        self._means = means
        self._watch = watch
        self._gating = gating
        self._hooking = hooking
        self._intent_at: float | None = None
        self._refusals = 0

    def forget(self) -> None:
        """Begins anew, for another job."""
        self._intent_at = None
        self._refusals = 0

    def has_just_noted(self, request: Request) -> bool:
        """Whether this run noted the intent, and has not sent the request yet."""
        return request.at == self._intent_at

    async def intend(self, news: News, decision: Upgrade) -> None:
        """The mark comes before the request: should the answer be lost, these count as in flight all the same.

        What they are to be held against is measured here, for it must be known after a crash as well.
        """
        now = self._means.clock()
        news.progress = news.progress.started(self._watch.fleet, decision.instances, now)
        fleet = self._watch.fleet
        asked = events.Asked(
            at=now,
            instances=decision.instances,
            reason=decision.reason,
            reimage=decision.reimage,
            lifts=tuple(one for one in decision.instances if fleet.by_id[one].protected),
        )
        news.add(asked)
        self._intent_at = now
        self._hooking.park(news, await self._gating.measure(news, self._serving(news, decision.instances)))

    async def send(self, news: News, request: Request) -> bool:
        """Sends what was noted, and adds to the news what came back; whether Azure took it.

        Raises:
            ArmError: it did not, or nobody knows; a later look, on a fresh view, may ask again.
            GroundMoved: somebody has changed the model while hooks ran.
        """
        self._intent_at = None
        await self._means.desk.check_ours()
        news.take_signals()
        if news.control.starts_nothing:
            return self._not_sent(news, request, "an operator's order came first", request.instances)
        os_type = self._watch.fleet.scale_set.os_type
        if (closed := shut(news.job, news.progress, os_type, self._means.clock())) is not None:
            return self._not_sent(news, request, closed.reason, request.instances)
        going = request.instances if not _prepares(news) else await self._prepared(news, request)
        if not going:
            self._answer(news, request, refused="not sent: nobody of them could go")
            return False
        if (late := too_late(news.job, self._means.clock())) is not None:
            return self._not_sent(news, request, f"{late}, after its hooks have run; they run again in time", going)
        try:
            azure, scale_set = self._means.azure, self._watch.fleet.scale_set
            await lift(self._means, scale_set, (one for one in going if one in news.state.lifted))
            ask = azure.reimage if request.reimage else azure.manual_upgrade
            operation = await ask(scale_set, going)
        except UNCERTAIN as error:
            self._answer(news, request, lost=str(error), request_id=error.request_id)
            raise
        except ArmError as error:
            self._refused(news, request, error)
            return False
        self._refusals = 0
        now = self._means.clock()
        news.add(events.Answered(at=now, instances=going, operation=operation, request_id=operation.request_id))
        return True

    def _not_sent(self, news: News, request: Request, why: str, free: tuple[InstanceId, ...]) -> bool:
        self._answer(news, request, refused=f"not sent: {why}")
        news.progress = news.progress.withdrawn(free, unbegun=False)
        return False

    async def _prepared(self, news: News, request: Request) -> tuple[InstanceId, ...]:
        """Calls their hooks, and looks again; those that may go now."""
        measured = tuple(one for one in request.instances if one in news.progress.asked)
        if not measured:
            return ()
        try:
            failed = await self._hooking.before(news, measured)
            self._hooking.park(news, failed)
            ready = tuple(one for one in measured if one not in failed)
            return await self._rechecked(news, ready, reimage=request.reimage) if ready else ()
        except (asyncio.CancelledError, GroundMoved):
            # Nothing was sent, and nobody knows how far their hooks have got.
            self._answer(news, request, refused=CALLED_OFF)
            self._hooking.park(news, {one: CALLED_OFF for one in measured if one in news.progress.asked})
            raise

    async def _rechecked(self, news: News, ready: tuple[InstanceId, ...], *, reimage: bool) -> tuple[InstanceId, ...]:
        await self._watch.look_at_all()
        check_ground(news.job, await self._watch.read_model())
        now = readied(self._watch.fleet, news.job, news.progress, ready, reimage=reimage)
        news.progress = news.progress.withdrawn(now.given_back, unbegun=False)
        self._hooking.park(news, dict(now.parked))
        await self._means.desk.check_ours()
        news.take_signals()
        if news.control.stopped is not None or news.control.undo is not None:
            self._hooking.park(news, dict.fromkeys(now.go, CALLED_OFF))
            return ()
        return now.go

    def _serving(self, news: News, going: tuple[InstanceId, ...]) -> tuple[InstanceId, ...]:
        """Those in service until they are taken out: who serves nobody has no baseline."""
        sights = sights_of(self._watch.fleet, news.job, news.progress)
        return tuple(one for one in going if one in sights and sights[one].in_service)

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


def _prepares(news: News) -> bool:
    """Whether anything has to be done between the intent and the request."""
    hooks = news.job.hooks
    return bool(
        with_baseline(news.job) or hooks_at(hooks, Moment.BEFORE_BATCH) or hooks_at(hooks, Moment.BEFORE_INSTANCE)
    )
