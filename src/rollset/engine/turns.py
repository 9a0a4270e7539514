"""A rollout, turn by turn: each looks first, does at most one thing to Azure, and says what the journal must know.

Whatever ends a run between two turns, another goes on from the journal: an intent stands there before the act, and
every act looks first whether it is done already. However a rollout ends, what it switched is put back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from rollset.arm.tally import Tally, counted
from rollset.core.control import Verb
from rollset.core.decide import Halt, Hold, HoldKind
from rollset.core.errors import RollsetError, UnsafeError
from rollset.core.fleet import ScaleSet, UpgradeMode
from rollset.core.ids import natural, together
from rollset.core.image import same_image
from rollset.core.model.change import Says, changed_by_others, spoken
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.pace import Engine
from rollset.core.selection import spoken_ids
from rollset.core.when.hours import shut
from rollset.engine import events, model
from rollset.engine.azureroll import AzureRolling
from rollset.engine.entry import Entry
from rollset.engine.events import Ending, Verdict
from rollset.engine.giveback import GivingBack
from rollset.engine.hooking import Hooking
from rollset.engine.journal import NotOurs
from rollset.engine.left import states_left
from rollset.engine.news import Means, News
from rollset.engine.outage import TRANSIENT, Outage
from rollset.engine.pauses import seconds_held
from rollset.engine.protection import protect_all_again
from rollset.engine.restore import end_roll, put_back
from rollset.engine.rolling import Rolling, turn_back
from rollset.engine.services import Services
from rollset.engine.state import Stage, State
from rollset.engine.watch import Watch

FIRST_STAGES = (Stage.MODEL, Stage.TURNING)
"""In these a rollout may not have written anything yet."""

UNSENT = (
    "hooks had run before an upgrade, or had begun, when the run broke off or Azure refused, and it was not sent since"
)

LISTS_SECONDS = 60.0
"""Lists of instances may be so much older than the model, and call an instance up to date that is not."""

ALARM_SECONDS = 3600.0
"""A bound on one wait for orders; there is another after it."""

log = logging.getLogger(__name__)


class Turns:
    """Makes the turns of one rollout in one run of it. `interrupted` is set where whoever runs it wants to leave."""

    def __init__(self, means: Means, state: State, *, fresh: bool, resumed: bool, interrupted: asyncio.Event) -> None:
        """`fresh`: the order's fleet has just been looked at. `resumed`: a run before this one broke off."""
        self._means = means
        self._azure = means.azure
        self._clock = means.clock
        self._watch = Watch(means.azure, state.order.fleet)
        self._services = Services(means, self._watch)
        self._rolling = Rolling(means, self._watch)
        self._hooking = Hooking(means, self._watch)
        self._giving_back = GivingBack(means, self._watch, self._hooking)
        self._azure_rolling = AzureRolling(means, self._watch)
        self._interrupted = interrupted
        self._resumed = resumed
        self._model_known = fresh and state.order.way_back is None
        self._said_at: float | None = None
        """Since when the model is known to say what it has to."""
        self._tally = Tally()
        self._outage = Outage()
        self._stages: dict[Stage, Callable[[News], Awaitable[None]]] = {
            Stage.MODEL: self._model,
            Stage.ROLLING: self._go,
            Stage.TURNING: self._turning,
            Stage.MODEL_LAST: self._model,
            Stage.CLOSING: self._closing,
        }

    async def turn(self, state: State) -> Entry:
        """The next entry; never raises for what Azure did. One without events is of a rollout that is still held."""
        news = News(state, self._means)
        with counted() as self._tally:
            await self._turn(news)
        return news.entry(self._tally.requests)

    async def _turn(self, news: News) -> None:
        state = news.state
        if self._resumed:
            news.add(events.Resumed(at=self._clock(), by=self._means.by))
            self._resumed = False
        try:
            if state.stage is Stage.CLOSING:
                await self._closing(news)
            else:
                await self._unless_called_off(news, self._work(news))
        except RollsetError as error:
            news.close(Ending.FAILED, str(error), error.exit_status)
        except Exception as error:
            if state.stage is Stage.CLOSING:
                raise
            # A fault of our own: nothing more is started, and what was switched is put back all the same.
            log.debug("a turn of %s broke", state.order.id, exc_info=error)
            news.close(Ending.FAILED, f"something that nobody foresaw: {type(error).__name__}: {error}")

    def _work(self, news: News) -> Callable[[News], Awaitable[None]]:
        """The hooks before the rollout come before everything else, unless an order does."""
        state = news.state
        hooks = hooks_at(state.order.job.hooks, Moment.BEFORE_ROLLOUT)
        if not hooks or Moment.BEFORE_ROLLOUT in state.hooked or state.stage not in FIRST_STAGES:
            return self._stages[state.stage]
        news.take_signals()
        closed = shut(news.job, news.progress, self._watch.fleet.scale_set.os_type, self._clock())
        begins = closed is None and not news.control.starts_nothing
        return self._before_all if begins else self._stages[state.stage]

    async def _before_all(self, news: News) -> None:
        """Should one fail, nothing was written."""
        if why := await self._hooking.of_rollout(news, Moment.BEFORE_ROLLOUT):
            news.close(Ending.FAILED, f"{why}; nothing was started")

    async def _unless_called_off(self, news: News, work: Callable[[News], Awaitable[None]]) -> None:
        """Does the work, and lets go of it at once when whoever runs it leaves, or an operator orders a stop."""
        working = asyncio.ensure_future(work(news))
        alarm = asyncio.ensure_future(self._alarm(news))
        try:
            await asyncio.wait({working, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            called_off = working.cancel()
            await asyncio.gather(working, alarm, return_exceptions=True)
        if called_off and working.cancelled():
            self._called_off(news)
        elif working.cancelled():
            raise NotOurs
        else:
            working.result()

    async def _alarm(self, news: News) -> None:
        """Returns when the work has to be let go of."""
        known = news.control.taken
        while not self._interrupted.is_set():
            if any(one.verb is Verb.STOP for one in self._means.desk.signals(known)):
                return
            await self._means.called(ALARM_SECONDS, self._interrupted)

    def _called_off(self, news: News) -> None:
        request = news.state.unanswered
        start = news.state.roll
        if start is not None and not start.answered and not news.has(events.RollStarted):
            why = "called off before there was an answer"
            news.add(events.RollStarted(at=self._clock(), lost=why, broke_off=True))
        if request is not None and not news.has(events.Answered):
            # Perhaps the request went out, perhaps not: as after a crash.
            why = "called off before there was an answer"
            news.add(events.Answered(at=self._clock(), instances=request.instances, lost=why, broke_off=True))
        if self._interrupted.is_set():
            news.close(Ending.INTERRUPTED, "interrupted: nothing more is started")
        else:
            news.take_signals()

    async def _go(self, news: News) -> None:
        """Instances go: sent off by us, or by Azure."""
        await (self._azure_rolling if news.job.engine is Engine.AZURE else self._rolling).turn(news)

    # The model

    async def _model(self, news: News) -> None:
        """Manual policy first, then the image; each announced, then done."""
        news.take_signals()
        state = news.state
        if await self._ordered_otherwise(news):
            return
        try:
            current = await self._current()
            self._check_model(state, current)
            to_do = self._services.due(state) or not self._model_ready(state, current)
            if to_do and self._out_of_hours(news):
                return
            if await self._services.suspend(news, current):
                self._model_known = False
                return
            if state.job.engine is Engine.AZURE:
                # The write of the model is what starts Azure's rolling upgrade: that is left to the next stage.
                self._outage.over()
                news.add(events.ModelReady(at=self._clock()))
                return
            if current.upgrade_mode is not UpgradeMode.MANUAL and state.order.switches_mode:
                current = await self._write_mode(news, current)
            elif not state.is_model_as_it_has_to_be(current):
                current = await self._write_model(news, current)
        except TRANSIENT as trouble:
            if state.arm_requests == 0 or not await self._hold_still(news, trouble):
                raise
            return
        self._outage.over()
        self._watch.fleet = self._watch.fleet.with_model(current)
        self._model_known = True
        if self._model_ready(state, current) and await self._settled(news):
            self._next_stage(news)

    async def _settled(self, news: News) -> bool:
        """Whether lists of instances are younger than the model, so that being on the model means being on this one.

        What an instance runs is read from itself, and needs no such patience.
        """
        if news.state.stage is not Stage.MODEL or not news.job.model.is_told_by_model_alone:
            return True
        self._said_at = self._clock() if self._said_at is None else self._said_at
        await news.wait(max(0.0, self._said_at + LISTS_SECONDS - self._clock()))
        news.take_signals()
        return self._clock() >= self._said_at + LISTS_SECONDS and not news.has(events.Signalled)

    def _next_stage(self, news: News) -> None:
        if news.state.stage is Stage.MODEL:
            self._said_at = None
            self._rolling.forget()
            news.add(events.ModelReady(at=self._clock()))
            return
        undo = news.state.undo
        assert undo is not None, "only a way back has a last stage"
        count = sum(len(leg.instances) for leg in undo.legs)
        words = f"{count} instance" if count == 1 else f"{count} instances"
        words = f"brought back {words}; the model names {Says(image=undo.model, change=undo.change)}"
        if undo.lost:
            words += f"; {' and '.join(undo.lost)} could not be brought back: write it by hand"
        news.close(Ending.UNDONE, words)

    def _model_ready(self, state: State, current: ScaleSet) -> bool:
        policy = current.upgrade_mode is UpgradeMode.MANUAL or not state.order.switches_mode
        return policy and state.is_model_as_it_has_to_be(current)

    async def _current(self) -> ScaleSet:
        if self._model_known:
            return self._watch.fleet.scale_set
        return await self._watch.read_model()

    def _check_model(self, state: State, current: ScaleSet) -> None:
        if self._model_known:
            return
        for other in changed_by_others(current, state.own_changes):
            raise UnsafeError(
                f"{other.path} of {current.id} was changed to {spoken(other)} by somebody else meanwhile; nothing was "
                "overwritten; plan again"
            )
        if any(same_image(current.image, own) for own in state.own_images):
            return
        if current.image is None and None in state.own_images:
            return
        raise UnsafeError(
            f"the image of {current.id} was changed to {current.image} by somebody else meanwhile; nothing was "
            "overwritten; plan again"
        )

    async def _write_mode(self, news: News, current: ScaleSet) -> ScaleSet:
        if not news.state.announced:
            news.add(events.PolicyWriting(at=self._clock(), mode=UpgradeMode.MANUAL))
            return current
        ours, change = self._means.desk.check_ours, news.state.order.job.model
        written = await model.write_mode(self._azure, current, UpgradeMode.MANUAL, ours, change=change)
        news.add(
            events.PolicyWritten(
                at=self._clock(),
                before=news.state.order.fleet.scale_set.upgrade_mode,
                mode=UpgradeMode.MANUAL,
                request_id=written.request_id,
            )
        )
        return written.scale_set

    async def _write_model(self, news: News, current: ScaleSet) -> ScaleSet:
        says, self._said_at = news.state.model_says, None
        assert says.image is not None, "a model without an image is not written"
        changes = says.change.differences(current)
        if not news.state.announced:
            news.add(events.ModelWriting(at=self._clock(), image=says.image, changes=changes))
            return current
        unseen = bool(says.change.hidden) and not news.state.written
        ours = self._means.desk.check_ours
        written = await model.write_model(self._azure, current, says, ours, unseen=unseen)
        news.add(
            events.ModelWritten(
                at=self._clock(),
                before=current.image,
                image=says.image,
                request_id=written.request_id,
                changes=changes,
            )
        )
        return written.scale_set

    async def _ordered_otherwise(self, news: News) -> bool:
        """Whether an operator wants something else than the model written; then the news say what."""
        control = news.control
        if control.stopped is not None:
            with suppress(RollsetError):
                await self._rolling.stop_azures_own(news)
            news.close(Ending.STOPPED, f"stopped by {control.stopped.by}: nothing is started")
        elif control.undo is not None:
            await self._turning(news)
        elif control.paused is not None:
            reason = f"paused by {control.paused.by}: starting nothing until `rollset resume`"
            self._hold(news, Hold(reason=reason, kind=HoldKind.PAUSED))
        else:
            return False
        return True

    def _out_of_hours(self, news: News) -> bool:
        """Whether the calendar is shut; what is made from the model is on its image, so it waits as batches do."""
        if news.state.stage is not Stage.MODEL:
            return False
        closed = shut(news.job, news.progress, self._watch.fleet.scale_set.os_type, self._clock())
        if closed is None:
            return False
        if news.state.order.start_only:
            news.close(Ending.STARTED, f"nothing was started: {closed.reason}")
            return True
        match closed.decision():
            case Hold() as hold:
                self._hold(news, hold)
            case Halt(reason=reason):
                news.close(Ending.FAILED, reason)
        return True

    def _hold(self, news: News, hold: Hold) -> None:
        """Told in the journal once."""
        now = self._clock()
        if news.state.held != hold:
            news.add(events.Waiting(at=now, decision=hold, seconds=seconds_held(hold, now)))

    # The way back

    async def _turning(self, news: News) -> None:
        """Looks at all there is, and works out what goes back to what."""
        try:
            current = await self._watch.read_model()
            self._model_known, self._said_at = False, None
            self._check_model(news.state, current)
            fleet = await self._watch.look_at_all()
        except TRANSIENT as trouble:
            if not await self._hold_still(news, trouble):
                raise
            return
        self._outage.over()
        undo = news.control.undo
        turn_back(news, fleet, f"undo ordered by {undo.by if undo else news.state.order.by}", self._clock())

    async def _hold_still(self, news: News, trouble: RollsetError) -> bool:
        """Waits for Azure to come back; no when that has taken too long already."""
        now = self._clock()
        seconds = self._outage.pause(trouble, now)
        if seconds is None:
            return False
        news.add(events.Troubled(at=now, reason=str(trouble), seconds=seconds))
        await news.wait(seconds)
        return True

    # The end

    async def _closing(self, news: News) -> None:
        state, verdict = news.state, news.state.verdict
        assert verdict is not None, "who closes knows why"
        remarks: tuple[str, ...] = ()
        if await self._giving_back.turn(news):
            return
        if verdict.ending is not Ending.STARTED:
            remarks = await end_roll(self._means, self._watch, news) + await put_back(self._means, self._watch, news)
            remarks += await protect_all_again(self._means, news, self._watch.fleet.scale_set)
            remarks += await self._services.restore(news)
        if verdict.ending not in {Ending.DONE, Ending.STARTED} or not self._watch.begun:
            with suppress(RollsetError):
                await self._watch.look_at_all()
        why = await self._hooking.of_rollout(
            news, Moment.AFTER_ROLLOUT, ending=verdict.ending.value, reason=verdict.reason
        )
        if why:
            remarks = (*remarks, why)
            verdict = replace(verdict, exit_status=verdict.exit_status or RollsetError.exit_status)
        remarks = (*self._giving_back.remarks, *remarks)
        remarks = (*remarks, *_say_parked(state), *_say_unfollowed(state), *_say_uncompared(state))
        news.add(events.Closed(at=self._clock(), result=self._result(state, verdict, remarks)))

    def _result(self, state: State, verdict: Verdict, remarks: tuple[str, ...]) -> events.Result:
        progress, plan = state.progress, state.plan
        ours = (plan.to_prove if state.undo is None else state.touched) | progress.took.keys()
        return events.Result(
            ending=verdict.ending,
            reason=verdict.reason,
            exit_status=verdict.exit_status,
            upgraded=tuple(one for one in progress.proven if one in ours),
            in_flight=progress.in_flight,
            failures=tuple(progress.failed.values()),
            seconds=self._clock() - state.order.begun_at,
            arm_requests=state.arm_requests + self._tally.requests,
            remarks=remarks,
            left=states_left(self._watch.fleet, state),
            compared=state.compared,
        )


def _say_uncompared(state: State) -> Iterator[str]:
    """Who asks for a comparison must not take its absence for a good one."""
    policy = state.order.job.compare
    if policy is not None and state.touched and not any(one.differences for one in state.compared):
        least = policy.min_instances
        yield (
            f"the upgraded were never compared with the rest: that takes {least} of each at the same time, of which "
            "something is known"
        )


def _say_unfollowed(state: State) -> tuple[str, ...]:
    """What Azure does not show may be written, and still call nobody outdated."""
    hidden = state.order.job.model.hidden
    done = state.verdict is not None and state.verdict.ending is Ending.DONE
    if not hidden or not done or state.touched:
        return ()
    what = f"whether they have {' and '.join(hidden)} nobody can tell; reimage one, and look"
    return (f"no instance was upgraded: Azure calls all of them up to date, and {what}",)


def _say_parked(state: State) -> Iterator[str]:
    """Whom somebody has to look after: what a hook has begun, nothing of ours takes back."""
    for why, ids in together(state.parked.items()).items():
        yield f"{spoken_ids(ids)} parked, and perhaps out of service until somebody looks: {why}"
    if left := state.drained.difference(state.parked, state.progress.in_flight):
        ids = sorted(left, key=natural)
        yield f"{spoken_ids(ids)} perhaps out of service until somebody looks: {UNSENT}"
