"""Changes the capacity for a surge: first the intent, as an entry of its own, and in the turn after it the request.

A capacity is only ever written on what was just read, under its etag. A request that was lost, or a run that broke off,
leaves an intent of which nobody knows what came of it: then Azure is looked at before anything else is decided, so that
nothing is added or deleted twice.
"""

from __future__ import annotations

from dataclasses import replace

from rollset.arm.errors import ArmError, ChangedMeanwhile, Conflict, NotFound, Refused
from rollset.core.decision import Grow, Retire
from rollset.core.fleet import AzureError, Fleet, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.situation import survey
from rollset.core.surging.replacing import shortage
from rollset.core.surging.surge import arrivals, is_shortage, newcomers
from rollset.engine import events
from rollset.engine.draining import Draining
from rollset.engine.events import Ending
from rollset.engine.news import Means, News
from rollset.engine.requests import UNANSWERED_SECONDS, UNCERTAIN
from rollset.engine.state import ledger_after
from rollset.engine.watch import Watch

Intent = events.Growing | events.Retiring

REFUSALS = (ChangedMeanwhile, Conflict, NotFound, Refused)
"""Refusals that a fresh look may make good: others wrote the set, it is busy, or an instance is no more."""

REFUSALS_MAX = 8
"""So many in a row are no accident."""


class Scaling:
    """The changes of one run. An intent of an earlier run is none of its own."""

    def __init__(self, means: Means, watch: Watch, draining: Draining) -> None:
        self._means = means
        self._watch = watch
        self._draining = draining
        self._intent_at: float | None = None
        self._refusals = 0

    def forget(self) -> None:
        """Begins anew, for another job."""
        self._intent_at = None
        self._refusals = 0

    def has_just_noted(self, intent: Intent) -> bool:
        """Whether this run noted the intent, and has not sent the request yet."""
        return intent.at == self._intent_at

    def intend(self, news: News, decision: Grow | Retire) -> None:
        """The mark comes before the request."""
        now, scale_set = self._means.clock(), self._watch.fleet.scale_set
        if isinstance(decision, Retire):
            news.add(events.Retiring(at=now, instances=decision.instances, reason=decision.reason, made=decision.made))
        elif scale_set.etag is None:
            why = f"{scale_set.id} has no etag, so its capacity cannot be raised without overruling others"
            news.close(Ending.FAILED, f"{why}; roll it without --surge")
            return
        else:
            others = newcomers(news.progress.surge, news.state.order.fleet, self._watch.fleet, news.job.is_reached_by)
            news.add(
                events.Growing(
                    at=now,
                    by=decision.by,
                    capacity=scale_set.capacity,
                    etag=scale_set.etag,
                    reason=decision.reason,
                    strangers=tuple(others),
                )
            )
        self._intent_at = now

    async def send(self, news: News, intent: Intent) -> None:
        """Sends what was noted, and adds to the news what came of it; nothing is added where nobody knows.

        Raises:
            ArmError: Azure refused it for the time being, or nobody knows; a later look may ask again.
            GroundMoved: somebody has changed the model while hooks ran.
        """
        self._intent_at = None
        await self._means.desk.check_ours()
        gives_back = isinstance(intent, events.Retiring) and intent.made
        if news.take_signals() and news.control.starts_nothing and not gives_back:
            news.add(events.Unwritten(at=self._means.clock(), why="not sent: an operator's order came first"))
            return
        if isinstance(intent, events.Retiring):
            intent = replace(intent, instances=await self._draining.before(news, intent))
            if not intent.instances:
                news.add(events.Unwritten(at=self._means.clock(), why="not sent: nobody of them could go"))
                return
        try:
            request_id = await self._request(intent)
        except UNCERTAIN:
            raise
        except ArmError as error:
            self._refused(news, intent, error)
            return
        self._refusals = 0
        await self._done(news, intent, request_id)
        await self._watch.read_model()

    async def find_out(self, news: News, intent: Intent) -> None:
        """What came of an intent that nobody answered: Azure itself is asked, when it has had time to show it.

        Raises:
            ArmError: Azure could not be asked.
        """
        rest = intent.at + UNANSWERED_SECONDS - self._means.clock()
        if rest > 0:
            await news.wait(rest)
        if self._means.clock() < intent.at + UNANSWERED_SECONDS:
            return
        current = await self._watch.read_model()
        if isinstance(intent, events.Growing):
            fleet = await self._watch.look_at_all()
            if current.etag != intent.etag and self._has_grown(news, intent, fleet):
                await self._done(news, intent, None)
                return
        elif gone := await self._deleted(intent):
            await self._done(news, replace(intent, instances=gone), None)
            return
        news.add(events.Unwritten(at=self._means.clock(), why="the request has not reached Azure"))

    def take_in(self, news: News) -> None:
        """Adds to the news which instances have come, and that there is no room for more."""
        fleet, now, job = self._watch.fleet, self._means.clock(), news.job
        if job.surge is None or not self._watch.whole:
            return
        surge = news.progress.surge
        if surge.standing_in or surge.unseen:
            new = arrivals(surge, news.state.order.fleet, fleet, job.is_reached_by, news.progress.proven)
            if new.made or new.missed:
                arrived = events.Arrived(at=now, instances=new.made, missed=new.missed)
                news.add(arrived)
                news.progress = news.progress.adopted(new.made, ledger_after(surge, arrived), now)
        if surge.fallen is None and (why := shortage(survey(fleet, job, news.progress))) is not None:
            self.fall_back(news, why)

    def fall_back(self, news: News, why: str) -> None:
        """There is no room: never in silence."""
        surge = news.job.surge
        assert surge is not None, "who grows has a policy for it"
        self._settle(news, events.FellBack(at=self._means.clock(), why=why, fallback=surge.fallback))

    async def _request(self, intent: Intent) -> str | None:
        azure, scale_set = self._means.azure, self._watch.fleet.scale_set
        if isinstance(intent, events.Retiring):
            operation = await azure.delete_instances(scale_set, intent.instances)
        else:
            operation = await azure.write_capacity(scale_set, intent.capacity + intent.by)
        return operation.request_id

    async def _done(self, news: News, intent: Intent, request_id: str | None) -> None:
        now = self._means.clock()
        if isinstance(intent, events.Growing):
            self._settle(news, events.Grown(at=now, by=intent.by, strangers=intent.strangers, request_id=request_id))
            return
        self._settle(news, events.Retired(at=now, instances=intent.instances, made=intent.made, request_id=request_id))
        # Before the entry is kept, so that after a crash they are called again and not forgotten.
        await self._draining.after(news, intent.instances, made=intent.made)

    def _settle(self, news: News, fact: events.OfSurge) -> None:
        news.add(fact)
        surge = ledger_after(news.progress.surge, fact)
        gone = fact.instances if isinstance(fact, events.Retired) else ()
        news.progress = news.progress.without(gone, surge)

    def _refused(self, news: News, intent: Intent, error: ArmError) -> None:
        """Azure has not begun: the next decision is free again."""
        news.add(events.Unwritten(at=self._means.clock(), why=str(error), request_id=error.request_id))
        said = AzureError(code=error.code or "", message=error.azure_message)
        if isinstance(intent, events.Growing) and is_shortage(said):
            self.fall_back(news, str(error))
            return
        self._refusals += 1
        if isinstance(error, REFUSALS) and self._refusals >= REFUSALS_MAX:
            news.close(Ending.FAILED, str(error), error.exit_status)
            return
        raise error

    def _has_grown(self, news: News, intent: events.Growing, fleet: Fleet) -> bool:
        """Whether so many have come, or the capacity is as it was to be. In doubt not: one too many harms nobody."""
        surge = news.progress.surge
        fresh = set(newcomers(surge, news.state.order.fleet, fleet, news.job.is_reached_by)) - set(intent.strangers)
        return len(fresh) >= intent.by or fleet.scale_set.capacity >= intent.capacity + intent.by

    async def _deleted(self, intent: events.Retiring) -> tuple[InstanceId, ...]:
        """Those of them that are gone or going: each is read by itself, for lists may be late."""
        gone = []
        for one in intent.instances:
            seen = await self._means.azure.instance(self._watch.fleet.scale_set, one)
            if seen is None or seen.provisioning is Provisioning.DELETING:
                gone.append(one)
        return tuple(gone)
