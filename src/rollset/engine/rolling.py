"""The part of a rollout in which instances go: look, decide, note, ask, wait.

Level-triggered: each round looks at the real fleet and asks `core.decide` what may be done now. Before every write the
fleet and the model are looked at once more. What is about to be asked for is in the journal before the request goes
out, so that neither a lost answer nor a crash makes an instance look idle.
"""

from __future__ import annotations

from rollset.arm.errors import ArmError, Conflict, NotFound, NotSignedIn, Refused, ServerFault, Throttled, Unreachable
from rollset.core.decide import (
    Blocked,
    Decision,
    Finish,
    Halt,
    Hold,
    HoldKind,
    Stopped,
    TurnBack,
    Upgrade,
    Wait,
    decide_in,
    survey,
)
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet, ScaleSet, UpgradeMode
from rollset.core.forecast import BATCH_BARRIER, DOMAIN_BARRIER, next_look
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Batches
from rollset.core.selection import spoken_ids
from rollset.core.undo import legs
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.news import Means, News
from rollset.engine.present import present_of
from rollset.engine.requests import UNCERTAIN, Inquiry, unreached
from rollset.engine.state import Request
from rollset.engine.watch import Watch

ROUNDS_MAX = 1_000_000
"""A bound, not an aim: with looks a second apart, more than eleven days."""

OUTAGE_SECONDS_MAX = 1800.0
"""How long Azure may be out of reach in the middle of a rollout before it is given up."""

OUTAGE_PAUSE_SECONDS = 10.0

REFUSALS = (Conflict, Refused, NotFound)
"""Refusals of an upgrade request that a fresh look may make good: busy, or an instance that is no more."""

REFUSALS_MAX = 8
"""So many in a row are no accident."""

BLOCKED_LOOK_SECONDS = 15.0
"""Between looks while others hold the budget: nothing tells when they will let go."""

HOLD_LOOK_SECONDS = 3600.0
"""Between looks while nothing may start and nothing is on its way: orders wake the rollout at once."""

BAKE_LOOK_SECONDS = 60.0
"""Between looks while instances bake: whoever falls ill is seen in time, at little cost."""

LOOK_SECONDS_MAX = 60.0
"""The longest time between looks, for each request that a look costs: a large set is looked at less often."""

KEEP_SECONDS = 300.0
"""News that change nothing may wait so long for the next entry in the journal; lost in a crash, they are seen again.

Those who watch see them at once all the same (`Desk.show`). An entry costs a database some milliseconds.
"""

TRANSIENT = (Unreachable, Throttled, ServerFault, NotSignedIn)
"""Errors that say nothing about the fleet: hold still, and ask again. Whoever's sign-in has run out may renew it."""

BROKE_OFF = "the run ended before the answer was noted"


class GroundMoved(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Somebody else changed what the rollout stands on."""


class Rolling:
    """Makes turns while instances go. What it remembers between them saves looks, and can be lost without harm."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._azure = means.azure
        self._clock = means.clock
        self._watch = watch
        self._inquiry = Inquiry(means.azure)
        self._pending: Wait | Blocked | float | None = None
        """What the next turn begins with: waiting."""
        self._intent_at: float | None = None
        """When this run itself noted the intent that comes next."""
        self._outage_since: float | None = None
        self._refusals = 0
        self._roll_cancelled = False

    def forget(self) -> None:
        """Begins anew, for another job."""
        self._pending = self._intent_at = self._outage_since = None
        self._refusals = 0

    async def turn(self, news: News) -> None:
        """Adds to the news until they are worth an entry."""
        request = news.state.unanswered
        if request is None:
            await self._watch_on(news)
        elif request.at == self._intent_at:
            await self._send(news, request)
        else:
            # The run before ended between the intent and the answer. Nobody knows whether the request went out:
            # the instances count as in flight, and looking at them tells.
            lost = events.Answered(at=self._clock(), instances=request.instances, lost=BROKE_OFF, broke_off=True)
            news.add(lost)

    # Watching

    async def _watch_on(self, news: News) -> None:
        awaited: tuple[InstanceId, ...] = ()
        for _ in range(ROUNDS_MAX):
            if self._pending is not None:
                awaited = self._pending.instances if isinstance(self._pending, Wait) else ()
                await self._wait_for(news, self._pending)
                self._pending = None
            news.take_signals()
            try:
                await self.stop_azures_own(news)
                decision = await self._observe(news, awaited)
            except TRANSIENT as trouble:
                if self._hold_still(news, trouble):
                    return
                continue
            except RollsetError as error:
                news.close(Ending.FAILED, str(error), error.exit_status)
                return
            self._outage_since = None
            if self._decided(news, decision):
                return
        news.close(Ending.FAILED, f"gave up after {ROUNDS_MAX} rounds")

    def _decided(self, news: News, decision: Decision) -> bool:
        """Puts the decision into the news; whether that is worth an entry at once."""
        if not isinstance(decision, Blocked):
            news.progress = news.progress.unblocked()
        if news.state.order.start_only and not isinstance(decision, Upgrade | Finish):
            news.close(Ending.STARTED, f"nothing was started: {decision.reason}")
            return True
        match decision:
            case Upgrade():
                self._intend(news, decision)
            case Finish() if news.state.undo is not None:
                news.add(events.LegDone(at=self._clock()))
            case Finish():
                news.close(Ending.DONE, decision.reason)
            case Halt():
                news.close(Ending.FAILED, decision.reason)
            case Stopped():
                news.close(Ending.STOPPED, decision.reason)
            case TurnBack():
                turn_back(news, self._watch.fleet, decision.reason, self._clock())
            case Wait() | Blocked() | Hold():
                return self._idle(news, decision)
        return True

    def _idle(self, news: News, decision: Wait | Blocked | Hold) -> bool:
        self._pending = None if isinstance(decision, Hold) else decision
        now = self._clock()
        if isinstance(decision, Blocked):
            news.progress = news.progress.blocked(now)
        if isinstance(decision, Hold) and decision.checkpoint is not None:
            news.progress = news.progress.at_checkpoint(decision.checkpoint, now)
        weighty = news.has(events.Signalled) or news.has(events.Failed) or news.has(events.Withdrawn)
        held = news.state.held
        told = not isinstance(decision, Blocked | Hold) or (held is not None and decision.reason == held.reason)
        overdue = news.since is not None and now - news.since >= KEEP_SECONDS
        if weighty or overdue or not told:
            news.add(self._waiting(news, decision))
            return True
        # Who is held sleeps between two turns, and is packed small there; all others wait within theirs.
        return isinstance(decision, Hold)

    async def _observe(self, news: News, awaited: tuple[InstanceId, ...]) -> Decision:
        """Looks, as cheaply as will do to find nothing new; a decision to act or to end needs a look at all."""
        await self._watch.look(awaited)
        decision = await self._take_in(news)
        if not self._watch.whole and not isinstance(decision, Wait):
            await self._watch.look_at_all()
            decision = await self._take_in(news)
        if not isinstance(decision, Wait):
            # The model is looked at as well: its image may have been changed, its capacity moved.
            self._check_ground(news, await self._watch.read_model())
            decision = self._decide(news)
        return decision

    async def _take_in(self, news: News) -> Decision:
        """Adds what was seen to what is known, tells it, and decides."""
        fleet, now, before = self._watch.fleet, self._clock(), news.progress
        requests = self._inquiry.settled(news.state.requests)
        reported = await self._inquiry.failures(requests, fleet, news.job, before, now)
        if self._watch.whole:
            self._give_back(news, unreached(requests, fleet, news.job, before, now))
        news.progress = news.progress.reported(reported).seen(fleet, news.job, now, self._watch.looked_at)
        for one in news.progress.proven.keys() - before.proven.keys():
            took = news.progress.took.get(one)
            news.add(events.Proven(at=now, instance=one, seconds=took.at_most if took else None))
        for failure in news.progress.failures[len(before.failures) :]:
            news.add(events.Failed(at=now, failure=failure))
        situation = survey(fleet, news.job, news.progress, news.control).at(now)
        self._means.tell(events.Looked(at=now, situation=situation))
        decision = decide_in(situation, now)
        self._means.desk.show(lambda: present_of(news.state, situation, decision, now))
        return decision

    def _give_back(self, news: News, lost: dict[InstanceId, bool]) -> None:
        if not lost:
            return
        for counted in (True, False):
            some = [one for one, had_its_chance in lost.items() if had_its_chance is counted]
            news.progress = news.progress.withdrawn(some, unbegun=counted)
        news.add(events.Withdrawn(at=self._clock(), instances=tuple(lost)))

    def _decide(self, news: News) -> Decision:
        now = self._clock()
        return decide_in(survey(self._watch.fleet, news.job, news.progress, news.control), now)

    def _check_ground(self, news: News, scale_set: ScaleSet) -> None:
        if not same_image(scale_set.image, news.job.image):
            raise GroundMoved(
                f"the image of {scale_set.id} was changed to {scale_set.image} by somebody else during the rollout to "
                f"{news.job.image}; nothing more is started"
            )
        if scale_set.upgrade_mode is not UpgradeMode.MANUAL:
            raise GroundMoved(
                f"the upgrade policy of {scale_set.id} was set to {scale_set.upgrade_mode} by somebody else during the "
                "rollout; nothing more is started"
            )

    # Asking

    def _intend(self, news: News, decision: Upgrade) -> None:
        # The mark comes before the request: should the answer be lost, these count as in flight all the same.
        now = self._clock()
        news.progress = news.progress.started(self._watch.fleet, decision.instances, now)
        news.add(events.Asked(at=now, instances=decision.instances, reason=decision.reason))
        self._intent_at = now

    async def _send(self, news: News, request: Request) -> None:
        self._intent_at = None
        await self._means.desk.check_ours()
        if news.take_signals() and self._ordered_otherwise(news):
            self._answer(news, request, refused="not sent: an operator's order came first")
            news.progress = news.progress.withdrawn(request.instances, unbegun=False)
            return
        try:
            operation = await self._azure.manual_upgrade(self._watch.fleet.scale_set, request.instances)
        except UNCERTAIN as error:
            self._answer(news, request, lost=str(error), request_id=error.request_id)
            self._hold_still(news, error)
        except ArmError as error:
            self._refused(news, request, error)
        else:
            self._refusals = 0
            news.add(
                events.Answered(
                    at=self._clock(),
                    instances=request.instances,
                    operation=operation,
                    request_id=operation.request_id,
                )
            )
            self._after_asking(news, request)

    @staticmethod
    def _ordered_otherwise(news: News) -> bool:
        control = news.control
        return control.stopped is not None or control.undo is not None or control.paused is not None

    def _after_asking(self, news: News, request: Request) -> None:
        if news.state.order.start_only:
            news.close(Ending.STARTED, f"asked for the first step: {spoken_ids(request.instances)}")
            return
        # More may go at once: then look again, for every write is made on a fresh view.
        decision = self._decide(news)
        if isinstance(decision, Wait | Blocked | Hold):
            self._pending = None if isinstance(decision, Hold) else decision
            news.add(self._waiting(news, decision))

    def _refused(self, news: News, request: Request, error: ArmError) -> None:
        """Azure has not begun: nothing is in flight because of this, and the next decision is free again."""
        self._answer(news, request, refused=str(error), request_id=error.request_id)
        news.progress = news.progress.withdrawn(request.instances, unbegun=False)
        self._refusals += 1
        passing = isinstance(error, TRANSIENT) or (isinstance(error, REFUSALS) and self._refusals < REFUSALS_MAX)
        if not passing or news.state.order.start_only:
            news.close(Ending.FAILED, str(error), error.exit_status)
            return
        self._hold_still(news, error)

    def _answer(self, news: News, request: Request, **what: str | None) -> None:
        news.add(events.Answered(at=self._clock(), instances=request.instances, **what))  # type: ignore[arg-type]

    # Waiting

    async def _wait_for(self, news: News, what: Wait | Blocked | float) -> None:
        if isinstance(what, float):
            await news.wait(what)
            return
        waiting = self._waiting(news, what)
        self._means.tell(waiting)
        await news.wait(waiting.seconds)

    def _waiting(self, news: News, decision: Wait | Blocked | Hold) -> events.Waiting:
        now = self._clock()
        return events.Waiting(at=now, decision=decision, seconds=self._seconds(news, decision, now))

    def _seconds(self, news: News, decision: Wait | Blocked | Hold, now: float) -> float:
        until = None if decision.until is None else max(0.0, decision.until - now)
        match decision:
            case Blocked():
                return BLOCKED_LOOK_SECONDS
            case Hold():
                return seconds_held(decision, now)
            case Wait(instances=()):
                return HOLD_LOOK_SECONDS if until is None else until
            case Wait():
                look = self._until_look(news, decision, now)
                return look if until is None else min(until, look, BAKE_LOOK_SECONDS)

    def _until_look(self, news: News, decision: Wait, now: float) -> float:
        asked, since = news.progress.asked, news.progress.since
        started = [
            asked[one].at if one in asked else since[one][1]
            for one in decision.instances
            if one in asked or one in since
        ]
        barrier = BATCH_BARRIER if isinstance(news.job.pace.style, Batches) else DOMAIN_BARRIER
        seconds = next_look(
            started=started,
            seen=news.progress.took.values(),
            now=now,
            barrier=barrier if decision.barrier else None,
            requests=self._watch.price,
            tempo=self._means.tempo,
        )
        seconds = min(seconds, LOOK_SECONDS_MAX * self._watch.price)
        return max(seconds, self._watch.seconds_until_free(decision.instances))

    def _hold_still(self, news: News, trouble: RollsetError) -> bool:
        """Has the next round wait for Azure to come back; whether the news are worth an entry at once."""
        now = self._clock()
        first = self._outage_since is None
        since = self._outage_since = now if self._outage_since is None else self._outage_since
        if now - since > OUTAGE_SECONDS_MAX:
            news.close(Ending.FAILED, str(trouble), trouble.exit_status)
            return True
        self._pending = outage_pause(trouble)
        troubled = events.Troubled(at=now, reason=str(trouble), seconds=self._pending)
        if first:
            news.add(troubled)
        else:
            self._means.tell(troubled)
        return first

    # Ending

    async def stop_azures_own(self, news: News) -> None:
        """A stop means Azure's own rolling upgrade as well, should one run on this set."""
        if news.control.stopped is None or self._roll_cancelled:
            return
        scale_set = self._watch.fleet.scale_set
        if await self._azure.rolls_by_itself(scale_set):
            await self._means.desk.check_ours()
            operation = await self._azure.cancel_own_roll(scale_set)
            news.add(events.RollCancelled(at=self._clock(), request_id=operation.request_id))
        self._roll_cancelled = True


def outage_pause(trouble: RollsetError) -> float:
    """How long to wait before Azure is asked again: as long as it said, if it did."""
    told = trouble.retry_after if isinstance(trouble, ArmError) else None
    return min(max(OUTAGE_PAUSE_SECONDS, told or 0.0), OUTAGE_SECONDS_MAX)


def seconds_held(hold: Hold, now: float) -> float:
    """How long to sleep before the next look."""
    longest = BAKE_LOOK_SECONDS if hold.kind is HoldKind.BAKE else HOLD_LOOK_SECONDS
    return longest if hold.until is None else min(longest, max(0.0, hold.until - now))


def turn_back(news: News, fleet: Fleet, reason: str, now: float) -> None:
    """From here on the rollout brings back what it changed; `fleet` is all of it, just looked at."""
    way_back = legs(news.state.order.fleet, news.state.touched, fleet)
    news.add(events.TurnedBack(at=now, reason=reason, undo=way_back))
