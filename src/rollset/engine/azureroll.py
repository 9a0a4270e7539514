"""The part of a rollout in which Azure's own rolling upgrade sends the instances off: start it, watch it, stop it.

As level-triggered as `rolling`: each round reads Azure's run, then the fleet and the model, and asks
`core.azureroll.decide` what may be done. That a run is about to be started is in the journal before the request goes
out.
"""

from __future__ import annotations

from rollset.arm.errors import ArmError, Conflict
from rollset.core.azureroll.decide import RollDecision, astray, decide_roll, faulted, given_back, obeys, taken
from rollset.core.azureroll.rolls import Roll, RollStart
from rollset.core.decision import CancelRoll, Finish, Halt, Hold, StartRoll, Stopped, TurnBack, Wait
from rollset.core.fleet import ScaleSet, UpgradeMode
from rollset.core.image import same_image
from rollset.core.situation import Situation, survey
from rollset.engine import events, model
from rollset.engine.events import Ending
from rollset.engine.ground import GroundMoved
from rollset.engine.news import Means, News
from rollset.engine.noticed import noticed
from rollset.engine.outage import TRANSIENT, Outage
from rollset.engine.pauses import seconds_held
from rollset.engine.prepare import resolve
from rollset.engine.present import present_of
from rollset.engine.requests import UNCERTAIN
from rollset.engine.rolling import BROKE_OFF, ROUNDS_MAX, turn_back
from rollset.engine.watch import Watch

LOOK_SECONDS_MAX = 20.0
"""Between looks, for each request that one costs: Azure goes at its own pace, and nobody waits for ours."""

LOOK_SHARE = 0.25
"""The next look comes after this share of the time in which nothing has happened: close together at first."""


class AzureRolling:
    """Makes turns while Azure rolls. What it remembers between them can be lost without harm."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._azure = means.azure
        self._clock = means.clock
        self._watch = watch
        self._outage = Outage()
        self._intent_at: float | None = None
        self._pause: float | None = None
        self._quiet_since: float | None = None
        self._roll = Roll()

    async def turn(self, news: News) -> None:
        """Adds to the news until they are worth an entry."""
        start = news.state.roll
        if start is None or start.answered:
            await self._watch_on(news)
        elif start.at == self._intent_at:
            await self._begin(news, start)
        else:
            # The run before ended between the intent and the answer: how Azure's run stands will tell.
            news.add(events.RollStarted(at=self._clock(), lost=BROKE_OFF, broke_off=True))

    # Watching

    async def _watch_on(self, news: News) -> None:
        for _ in range(ROUNDS_MAX):
            if self._pause is not None:
                await news.wait(self._pause)
                self._pause = None
            news.take_signals()
            try:
                if await self._decided(news, await self._observe(news)):
                    return
            except TRANSIENT as trouble:
                if self._hold_still(news, trouble):
                    return
                continue
            self._outage.over()
        news.close(Ending.FAILED, f"gave up after {ROUNDS_MAX} rounds")

    async def _observe(self, news: News) -> RollDecision:
        """Azure's run first: where that has ended, the fleet that is looked at then is the one that it has left."""
        scale_set = await self._watch.read_model()
        self._check_ground(news, scale_set)
        self._roll = await self._azure.roll(scale_set)
        await self._watch.look_at_all()
        now = self._clock()
        situation = self._take_in(news, now)
        decision = decide_roll(situation, self._roll, news.state.roll, now)
        self._means.tell(events.Looked(at=now, situation=situation))
        self._means.desk.show(lambda: present_of(news.state, situation, decision, now))
        return decision

    def _take_in(self, news: News, now: float) -> Situation:
        fleet, job, before = self._watch.fleet, news.job, news.progress
        if news.state.roll is not None:
            if new := taken(news.state.order.fleet, fleet, job, news.progress):
                news.progress = news.progress.taken(new, now)
                news.add(events.Taken(at=now, instances=new))
            news.progress = news.progress.reported(astray(news.state.order.fleet, fleet, job, news.progress))
            if back := given_back(fleet, job, news.progress):
                news.progress = news.progress.withdrawn(back, unbegun=False)
                news.add(events.Withdrawn(at=now, instances=back))
        news.progress = news.progress.seen(fleet, job, now)
        here = survey(fleet, job, news.progress, obeys(news.control)).at(now)
        news.progress = news.progress.reported(faulted(here, self._roll))
        for fact in noticed(before, news.progress, fleet, now):
            news.add(fact)
        return survey(fleet, job, news.progress, obeys(news.control)).at(now)

    def _check_ground(self, news: News, scale_set: ScaleSet) -> None:
        state, job = news.state, news.job
        rolls = state.roll is not None and state.roll.begun
        known = (job.image,) if rolls and not job.model_stays else state.own_images
        if not any(same_image(scale_set.image, one) or scale_set.image is one for one in known):
            raise GroundMoved(
                f"the image of {scale_set.id} was changed to {scale_set.image} by somebody else during the rollout to "
                f"{job.image}; nothing more is started"
            )
        if rolls and not job.model_stays and scale_set.upgrade_mode is not UpgradeMode.ROLLING:
            raise GroundMoved(
                f"the upgrade policy of {scale_set.id} was set to {scale_set.upgrade_mode} by somebody else while "
                "Azure rolled it; nothing more is started"
            )

    async def _check_latest(self, news: News, scale_set: ScaleSet) -> None:
        """Azure brings instances to what `latest` means to it when it begins, and takes no other version."""
        assert scale_set.image is not None, "a model that stays names an image"
        newest = await resolve(self._azure, scale_set, scale_set.image)
        if not same_image(newest, news.job.image):
            raise GroundMoved(
                f"latest means {newest} for {scale_set.id} by now, and {news.job.image} was agreed to; plan again; "
                "nothing more is started"
            )

    async def _decided(self, news: News, decision: RollDecision) -> bool:
        """Puts the decision into the news; whether they are worth an entry."""
        now = self._clock()
        match decision:
            case StartRoll(policy=policy, reason=reason):
                began_at = self._roll.began_at
                news.add(
                    events.RollStarting(
                        at=now, image=news.job.image, policy=policy, reason=reason, last_began_at=began_at
                    )
                )
                self._intent_at = now
            case CancelRoll():
                await cancel(self._means, self._watch, news)
            case Finish():
                news.close(Ending.DONE, decision.reason)
            case Halt():
                news.close(Ending.FAILED, decision.reason)
            case Stopped():
                news.close(Ending.STOPPED, decision.reason)
            case TurnBack():
                turn_back(news, self._watch.fleet, decision.reason, now)
            case Hold():
                held = news.state.held
                if held is None or held.reason != decision.reason or news.since is not None:
                    news.add(events.Waiting(at=now, decision=decision, seconds=seconds_held(decision, now)))
            case Wait():
                return self._wait(news, decision, now)
            case _:
                raise AssertionError(f"Azure's rolling upgrade is never decided to {decision}")
        return True

    def _wait(self, news: News, decision: Wait, now: float) -> bool:
        """Told to whoever looks on, and kept beside other news."""
        if self._quiet_since is None or news.since is not None:
            self._quiet_since = now
        soonest = self._means.tempo.seconds_min
        seconds = min(LOOK_SECONDS_MAX, max(soonest, LOOK_SHARE * (now - self._quiet_since)))
        look = max(seconds * self._watch.price, self._watch.seconds_until_free(()))
        self._pause = look if decision.until is None else max(soonest, min(look, decision.until - now))
        waiting = events.Waiting(at=now, decision=decision, seconds=self._pause)
        if news.since is None:
            self._means.tell(waiting)
            return False
        news.add(waiting)
        return True

    def _hold_still(self, news: News, trouble: ArmError) -> bool:
        """Waits for Azure to come back; whether that is worth an entry."""
        self._pause, worth_an_entry = self._outage.hold_still(self._means, news, trouble)
        return worth_an_entry

    # Beginning

    async def _begin(self, news: News, start: RollStart) -> None:
        self._intent_at = None
        if news.take_signals() and (news.control.stopped is not None or news.control.undo is not None):
            news.add(events.RollStarted(at=self._clock(), refused="not sent: an operator's order came first"))
            return
        try:
            request_id = await self._send(news, start)
        except UNCERTAIN as error:
            news.add(events.RollStarted(at=self._clock(), lost=str(error), request_id=error.request_id))
        except (*TRANSIENT, Conflict) as error:
            news.add(events.RollStarted(at=self._clock(), refused=str(error), request_id=error.request_id))
        else:
            news.add(events.RollStarted(at=self._clock(), request_id=request_id))

    async def _send(self, news: News, start: RollStart) -> str | None:
        current = await self._watch.read_model()
        self._check_ground(news, current)
        permit = self._means.desk.check_ours
        if not news.job.model_stays:
            written = await model.start_roll(self._azure, current, news.job.image, start.policy, permit)
            self._watch.fleet = self._watch.fleet.with_model(written.scale_set)
            return written.request_id
        await self._check_latest(news, current)
        # In Rolling mode the write of the policy would start a run of its own, beside which there is no other.
        mode = UpgradeMode.MANUAL if current.upgrade_mode is UpgradeMode.ROLLING else current.upgrade_mode
        await model.write_mode(self._azure, current, mode, permit, rolling=start.policy)
        await permit()
        return (await self._azure.start_os_roll(current)).request_id


async def cancel(means: Means, watch: Watch, news: News) -> None:
    """Tells Azure's own rolling upgrade to stop; that there is none any more is as good."""
    await means.desk.check_ours()
    try:
        operation = await means.azure.cancel_own_roll(watch.fleet.scale_set)
    except Conflict:
        return
    news.add(events.RollCancelled(at=means.clock(), request_id=operation.request_id))
