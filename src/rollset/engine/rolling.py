"""The part of a rollout in which instances go: look, decide, note, ask, wait.

Level-triggered: each round looks at the real fleet and asks `core.decide` what may be done now. Before every write the
fleet and the model are looked at once more. What is about to be asked for is in the journal before the request goes
out, so that neither a lost answer nor a crash makes an instance look idle.
"""

from __future__ import annotations

from rollset.arm.errors import ArmError
from rollset.core.comparing.sides import is_due
from rollset.core.decide import (
    Blocked,
    Decision,
    Finish,
    Grow,
    Halt,
    Hold,
    Retire,
    Situation,
    Stopped,
    TurnBack,
    Upgrade,
    Wait,
    decide_in,
    survey,
)
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId, natural
from rollset.core.selection import spoken_ids
from rollset.core.undo import legs
from rollset.engine import events
from rollset.engine.asking import Asking
from rollset.engine.comparing import Comparing
from rollset.engine.draining import Draining
from rollset.engine.events import Ending
from rollset.engine.gating import Gating
from rollset.engine.ground import GroundMoved, check_ground
from rollset.engine.hooking import Hooking
from rollset.engine.news import Means, News
from rollset.engine.noticed import noticed
from rollset.engine.outage import TRANSIENT, Outage
from rollset.engine.pauses import Pauses
from rollset.engine.present import present_of
from rollset.engine.protection import protect_again
from rollset.engine.requests import Inquiry, unreached
from rollset.engine.scaling import Intent, Scaling
from rollset.engine.state import Request
from rollset.engine.watch import Watch

ROUNDS_MAX = 1_000_000
"""A bound, not an aim: with looks a second apart, more than eleven days."""

KEEP_SECONDS = 300.0
"""News that change nothing may wait so long for the next entry in the journal; lost in a crash, they are seen again.

Those who watch see them at once all the same (`Desk.show`). An entry costs a database some milliseconds.
"""

ASKS_MAX = 100_000
"""A bound, not an aim: rounds of questions to gates in one wait."""

AFTER_MAX = 4
"""Rounds of hooks after one look: those of instances may be followed by those of their batch."""

WEIGHTY = (
    *(events.Signalled, events.Failed, events.Withdrawn, events.Hooked, events.Parked, events.ProtectedAgain),
    *(events.Arrived, events.FellBack, events.Compared, events.Relapsed),
)
"""News that are kept at once."""

BROKE_OFF = "the run ended before the answer was noted"


SETTLED = (events.Grown, events.Retired, events.Unwritten, events.Closing)
"""With one of these it is known what came of a change of the capacity."""


class Rolling:
    """Makes turns while instances go. What it remembers between them saves looks, and can be lost without harm."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._azure = means.azure
        self._clock = means.clock
        self._watch = watch
        self._inquiry = Inquiry(means.azure)
        self._gating = Gating(means, watch)
        self._comparing = Comparing(means, watch, self._gating)
        self._hooking = Hooking(means, watch)
        self._asking = Asking(means, watch, self._gating, self._hooking)
        self._scaling = Scaling(means, watch, Draining(means, watch, self._hooking))
        self._pauses = Pauses(watch, means.tempo)
        self._outage = Outage()
        self._pending: Wait | Blocked | float | None = None
        """What the next turn begins with: waiting."""
        self._roll_cancelled = False
        self._out_at: dict[InstanceId, float] = {}
        """When each was last seen to be on its way: no journal keeps what moves with every look."""

    def forget(self) -> None:
        """Begins anew, for another job."""
        self._pending = None
        self._outage.over()
        self._asking.forget()
        self._scaling.forget()

    async def turn(self, news: News) -> None:
        """Adds to the news until they are worth an entry."""
        news.progress = news.progress.out_until(self._out_at)
        try:
            await self._turn(news)
        finally:
            self._out_at = {one: attempt.out_at for one, attempt in news.progress.asked.items()}

    async def _turn(self, news: News) -> None:
        request, scaling = news.state.unanswered, news.state.scaling
        if scaling is not None:
            await self._scale(news, scaling)
        elif request is None:
            await self._watch_on(news)
        elif self._asking.has_just_noted(request):
            await self._ask(news, request)
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
                await self._protect_again(news, decision)
            except TRANSIENT as trouble:
                if self._hold_still(news, trouble):
                    return
                continue
            except RollsetError as error:
                news.close(Ending.FAILED, str(error), error.exit_status)
                return
            self._outage.over()
            if await self._decided(news, decision):
                return
        news.close(Ending.FAILED, f"gave up after {ROUNDS_MAX} rounds")

    async def _decided(self, news: News, decision: Decision) -> bool:  # noqa: C901 (a case for each decision)
        """Puts the decision into the news; whether that is worth an entry at once."""
        if not isinstance(decision, Blocked):
            news.progress = news.progress.unblocked()
        if news.state.order.start_only and not isinstance(decision, Upgrade | Finish):
            news.close(Ending.STARTED, f"nothing was started: {decision.reason}")
            return True
        match decision:
            case Upgrade():
                await self._asking.intend(news, decision)
            case Grow() if why := await self._gating.measure_peers(news):
                news.close(Ending.FAILED, f"nothing was added: {why}")
            case Grow() | Retire():
                self._scaling.intend(news, decision)
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
        weighty = any(map(news.has, WEIGHTY))
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
        situation, decision = await self._take_in(news)
        for _ in range(AFTER_MAX):
            if not await self._hooking.after(news, situation):
                break
            # It took a while, and places may have fallen free by it.
            await self._watch.look_at_all()
            situation, decision = await self._take_in(news)
        if not self._watch.whole and (not isinstance(decision, Wait) or is_due(situation)):
            await self._watch.look_at_all()
            situation, decision = await self._take_in(news)
        if await self._comparing.compare(news, situation):
            _, decision = await self._take_in(news)
        if not isinstance(decision, Wait):
            # The model is looked at as well: its image may have been changed, its capacity moved.
            check_ground(news.job, await self._watch.read_model())
            decision = self._decide(news)
        return decision

    async def _take_in(self, news: News) -> tuple[Situation, Decision]:
        """Adds what was seen to what is known, tells it, and decides."""
        fleet, now, before = self._watch.fleet, self._clock(), news.progress
        requests = self._inquiry.settled(news.state.requests)
        reported = await self._inquiry.failures(requests, fleet, news.job, before, now)
        if self._watch.whole:
            self._give_back(news, unreached(requests, fleet, news.job, before, now))
        self._scaling.take_in(news)
        news.progress = news.progress.reported(reported).seen(fleet, news.job, now, self._watch.looked_at)
        for fact in noticed(before, news.progress, fleet, now):
            news.add(fact)
        if news.progress.flaps.counts != before.flaps.counts:
            # Who has got well since would not be seen to have fallen by a run after a crash.
            news.learnt(now)
        situation = survey(fleet, news.job, news.progress, news.control).at(now)
        self._means.tell(events.Looked(at=now, situation=situation))
        decision = decide_in(situation, now)
        self._means.desk.show(lambda: present_of(news.state, situation, decision, now))
        return situation, decision

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

    async def _protect_again(self, news: News, decision: Decision) -> None:
        """Whoever is back, or has failed, gets back the protection that was lifted for its upgrade.

        Not who is about to be sent off once more: lifted it stands in the journal, and lifted it is seen.
        """
        fleet = self._watch.fleet
        going = {*news.progress.in_flight, *(decision.instances if isinstance(decision, Upgrade) else ())}
        back = [one for one in news.state.lifted if one not in going and one in fleet.by_id]
        await protect_again(self._means, news, fleet.scale_set, sorted(back, key=natural))

    # Asking

    async def _scale(self, news: News, intent: Intent) -> None:
        for _ in range(ROUNDS_MAX):
            if isinstance(self._pending, float):
                await self._wait_for(news, self._pending)
                self._pending = None
            try:
                if self._scaling.has_just_noted(intent):
                    await self._scaling.send(news, intent)
                else:
                    news.take_signals()
                    await self._scaling.find_out(news, intent)
                self._outage.over()
            except ArmError as trouble:
                if self._hold_still(news, trouble):
                    return
            if any(map(news.has, SETTLED)):
                return

    async def _ask(self, news: News, request: Request) -> None:
        try:
            taken = await self._asking.send(news, request)
        except ArmError as trouble:
            self._hold_still(news, trouble)
            return
        except GroundMoved as error:
            news.close(Ending.FAILED, str(error), error.exit_status)
            return
        if not taken:
            return
        if news.state.order.start_only:
            news.close(Ending.STARTED, f"asked for the first step: {spoken_ids(request.instances)}")
            return
        # More may go at once: then look again, for every write is made on a fresh view.
        decision = self._decide(news)
        if isinstance(decision, Wait | Blocked | Hold):
            self._pending = None if isinstance(decision, Hold) else decision
            news.add(self._waiting(news, decision))

    # Waiting

    async def _wait_for(self, news: News, what: Wait | Blocked | float) -> None:
        if isinstance(what, float):
            await news.wait(what)
            return
        waiting = self._waiting(news, what)
        self._means.tell(waiting)
        await self._wait_and_ask(news, self._clock() + waiting.seconds)

    async def _wait_and_ask(self, news: News, until: float) -> None:
        """Asks gates as they fall due; ends early where one has opened or closed, or there is an order."""
        for _ in range(ASKS_MAX):
            now, ask_at = self._clock(), self._gating.next_at(news)
            if ask_at is None or ask_at >= until:
                await news.wait(max(0.0, until - now))
                return
            if ask_at > now:
                await news.wait(ask_at - now)
                if news.has_orders:
                    return
            if await self._gating.ask(news):
                return

    def _waiting(self, news: News, decision: Wait | Blocked | Hold) -> events.Waiting:
        now = self._clock()
        return events.Waiting(at=now, decision=decision, seconds=self._pauses.seconds(decision, news, now))

    def _hold_still(self, news: News, trouble: RollsetError) -> bool:
        """Has the next round wait for Azure to come back; whether the news are worth an entry at once."""
        self._pending, worth_an_entry = self._outage.hold_still(self._means, news, trouble)
        return worth_an_entry

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


def turn_back(news: News, fleet: Fleet, reason: str, now: float) -> None:
    """From here on the rollout brings back what it changed; `fleet` is all of it, just looked at."""
    order = news.state.order
    way_back = legs(order.fleet, news.touched, fleet, order.job.model)
    news.add(events.TurnedBack(at=now, reason=reason, undo=way_back))
