"""One rollout, from the first write to the last read-back: observe, decide, apply, wait.

Level-triggered: each round looks at the real fleet and asks `core.decide` what may be done now. Before every write the
fleet and the model are looked at once more. What was asked for is remembered before the request goes out, so that a
lost answer never makes an instance look idle. However a rollout ends, an upgrade policy that it switched is put back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from rollset.arm.azure import Azure
from rollset.arm.errors import ArmError, Conflict, NotFound, Refused, ServerFault, Throttled, Unreachable
from rollset.core.decide import Blocked, Decision, Finish, Halt, Upgrade, Wait, decide, decide_in, survey
from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet, UpgradeMode
from rollset.core.forecast import BATCH_BARRIER, DOMAIN_BARRIER, Tempo, next_look
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Batches
from rollset.core.plan import Plan
from rollset.core.progress import Progress
from rollset.core.selection import spoken_ids
from rollset.engine import events, model
from rollset.engine.requests import UNCERTAIN, Requests
from rollset.engine.restore import put_back
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

LOOK_SECONDS_MAX = 60.0
"""The longest time between looks, for each request that a look costs: a large set is looked at less often."""

TRANSIENT = (Unreachable, Throttled, ServerFault)
"""Errors that say nothing about the fleet: hold still, and ask again."""

EXIT_STATUS = {
    events.Ending.DONE: 0,
    events.Ending.STARTED: 0,
    events.Ending.FAILED: 1,
    events.Ending.INTERRUPTED: 130,
}

Tell = Callable[[events.Event], None]


class Rollout:
    """Runs one plan. `tell` is called with every event, in order."""

    def __init__(self, azure: Azure, plan: Plan, tell: Tell, tempo: Tempo | None = None) -> None:
        self._azure = azure
        self._plan = plan
        self._job = plan.job
        self._tell = tell
        self._tempo = tempo or Tempo()
        self._barrier = BATCH_BARRIER if isinstance(plan.job.pace.style, Batches) else DOMAIN_BARRIER
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._requests_before = azure.requests
        self._watch = Watch(azure, plan.fleet)
        self._requests = Requests(azure)
        self._progress = Progress()
        self._outage_since: float | None = None
        self._interrupted = False
        self._refusals = 0

    async def run(self) -> events.Outcome:
        """Rolls until all is done, something failed, or the task is cancelled; never raises for what Azure did.

        Raises:
            RollsetError: nothing could be begun, so there is nothing to report on; a switched policy is back.
        """
        self._tell(events.Began(plan=self._plan))
        try:
            await self._write_model()
            outcome = await self._roll()
        except asyncio.CancelledError:
            self._forgive_cancel()
            outcome = self._outcome(events.Ending.INTERRUPTED, "interrupted: nothing more is started")
        except Exception as error:
            error.add_note("; ".join(await self._put_back()))
            raise
        return await self._close(outcome)

    async def start_only(self) -> events.Outcome:
        """Writes the model, asks for the first step, and leaves."""
        assert not self._plan.switch_policy, "nobody would put the policy back"
        self._tell(events.Began(plan=self._plan))
        await self._write_model()
        decision = await self._observe(())
        if isinstance(decision, Upgrade):
            await self._ask(decision)
            ending, words = events.Ending.STARTED, f"asked for the first step: {spoken_ids(decision.instances)}"
        elif isinstance(decision, Finish):
            ending, words = events.Ending.DONE, decision.reason
        else:
            ending, words = events.Ending.STARTED, f"nothing was started: {decision.reason}"
        return await self._close(self._outcome(ending, words))

    async def _write_model(self) -> None:
        """Manual policy first, then the image."""
        before = self._plan.fleet.scale_set
        current = before
        if before.upgrade_mode is not UpgradeMode.MANUAL and self._plan.switch_policy:
            current = await model.write_mode(self._azure, before, UpgradeMode.MANUAL)
            self._tell(events.PolicyWritten(at=self._at, before=before.upgrade_mode, mode=UpgradeMode.MANUAL))
        if not same_image(current.image, self._job.image):
            current = await model.write_image(self._azure, current, self._job.image)
            self._tell(events.ModelWritten(at=self._at, before=before.image, image=self._job.image))
        self._watch.fleet = self._watch.fleet.with_model(current)

    async def _roll(self) -> events.Outcome:
        """Round after round, until there is an outcome; what Azure refuses on the way is one, and not an exception."""
        awaited: tuple[InstanceId, ...] = ()
        for _ in range(ROUNDS_MAX):
            try:
                decision = await self._round(awaited)
            except (*TRANSIENT, NotNow) as trouble:
                if not await self._hold_still(trouble):
                    return self._outcome(events.Ending.FAILED, str(trouble), exit_status=trouble.exit_status)
                continue
            except RollsetError as error:
                return self._outcome(events.Ending.FAILED, str(error), exit_status=error.exit_status)
            match decision:
                case Finish():
                    return self._outcome(events.Ending.DONE, decision.reason)
                case Halt():
                    return self._outcome(events.Ending.FAILED, decision.reason)
                case Wait():
                    awaited = decision.instances
                    await self._wait(decision)
                case Blocked():
                    awaited = ()
                    self._progress = self._progress.blocked(self._clock())
                    await self._sleep(decision, BLOCKED_LOOK_SECONDS)
                case Upgrade():
                    awaited = ()  # More may go at once: look again, for every write is made on a fresh view.
        return self._outcome(events.Ending.FAILED, f"gave up after {ROUNDS_MAX} rounds")

    async def _round(self, awaited: tuple[InstanceId, ...]) -> Decision:
        """Looks, and acts if there is something to do; returns what is to be done after that."""
        decision = await self._observe(awaited)
        if isinstance(decision, Upgrade):
            await self._ask(decision)
            decision = decide(self._watch.fleet, self._job, self._progress, self._clock())
        self._outage_since = None
        return decision

    async def _observe(self, awaited: tuple[InstanceId, ...]) -> Decision:
        """Looks, as cheaply as will do to find nothing new; a decision to act or to end needs a look at all."""
        await self._watch.look(awaited)
        decision = await self._take_in()
        if not self._watch.whole and not isinstance(decision, Wait):
            await self._watch.look_at_all()
            decision = await self._take_in()
        if not isinstance(decision, Wait):
            # The model is looked at as well: its image may have been changed, its capacity moved.
            self._check_ground(await self._watch.read_model())
            decision = decide(self._watch.fleet, self._job, self._progress, self._clock())
        return decision

    async def _take_in(self) -> Decision:
        """Adds what was seen to what is known, tells it, and decides."""
        fleet, now = self._watch.fleet, self._clock()
        before = self._progress
        reported = await self._requests.failures(fleet, self._job, before, now)
        if self._watch.whole:
            unreached = self._requests.unreached(fleet, self._job, before, now)
            before = before.withdrawn(unreached, unbegun=True)
        self._progress = before.reported(reported).seen(fleet, self._job, now, self._watch.looked_at)
        for one in self._progress.proven.keys() - before.proven.keys():
            took = self._progress.took.get(one)
            self._tell(events.Proven(at=self._at, instance=one, seconds=took.at_most if took else None))
        for failure in self._progress.failures[len(before.failures) :]:
            self._tell(events.Failed(at=self._at, failure=failure))
        situation = survey(fleet, self._job, self._progress)
        self._tell(events.Looked(at=self._at, situation=situation))
        return decide_in(situation, now)

    async def _ask(self, decision: Upgrade) -> None:
        # The mark comes before the request: should the answer be lost, these count as in flight all the same.
        self._progress = self._progress.started(self._watch.fleet, decision.instances, self._clock())
        self._tell(events.Asked(at=self._at, instances=decision.instances, reason=decision.reason))
        try:
            await self._requests.ask(self._watch.fleet.scale_set, decision.instances, self._clock())
        except UNCERTAIN:
            raise
        except ArmError as error:
            # Azure has not begun: nothing is in flight because of this, and the next decision is free again.
            self._progress = self._progress.withdrawn(decision.instances, unbegun=False)
            self._refusals += 1
            if isinstance(error, REFUSALS) and self._refusals < REFUSALS_MAX:
                raise NotNow(str(error)) from error
            raise
        self._refusals = 0

    def _check_ground(self, scale_set: ScaleSet) -> None:
        if not same_image(scale_set.image, self._job.image):
            raise GroundMoved(
                f"the image of {scale_set.id} was changed to {scale_set.image} by somebody else during the rollout to "
                f"{self._job.image}; nothing more is started"
            )
        if scale_set.upgrade_mode is not UpgradeMode.MANUAL:
            raise GroundMoved(
                f"the upgrade policy of {scale_set.id} was set to {scale_set.upgrade_mode} by somebody else during the "
                "rollout; nothing more is started"
            )

    async def _wait(self, decision: Wait) -> None:
        now = self._clock()
        if decision.until is not None:
            await self._sleep(decision, max(0.0, decision.until - now))
            return
        asked, since = self._progress.asked, self._progress.since
        started = [
            asked[one].at if one in asked else since[one][1]
            for one in decision.instances
            if one in asked or one in since
        ]
        seconds = next_look(
            started=started,
            seen=self._progress.took.values(),
            now=now,
            barrier=self._barrier if decision.barrier else None,
            requests=self._watch.price,
            tempo=self._tempo,
        )
        seconds = min(seconds, LOOK_SECONDS_MAX * self._watch.price)
        await self._sleep(decision, max(seconds, self._watch.seconds_until_free(decision.instances)))

    async def _sleep(self, decision: Wait | Blocked, seconds: float) -> None:
        self._tell(events.Waiting(at=self._at, decision=decision, seconds=seconds))
        await asyncio.sleep(seconds)

    async def _hold_still(self, trouble: RollsetError) -> bool:
        """Waits for Azure to come back; no when that has taken too long already."""
        now = self._clock()
        if self._outage_since is None:
            self._outage_since = now
        if now - self._outage_since > OUTAGE_SECONDS_MAX:
            return False
        told = trouble.retry_after if isinstance(trouble, ArmError) else None
        seconds = min(max(OUTAGE_PAUSE_SECONDS, told or 0.0), OUTAGE_SECONDS_MAX)
        self._tell(events.Troubled(at=self._at, reason=str(trouble), seconds=seconds))
        await asyncio.sleep(seconds)
        return True

    async def _put_back(self) -> tuple[str, ...]:
        """Puts the policy back; the first cancellation of all does not stop that, the second does."""
        failed = {failure.instance for failure in self._progress.failures}
        in_flight = self._progress.asked.keys() - failed
        work = asyncio.ensure_future(
            put_back(self._azure, self._plan, self._watch, in_flight=in_flight, tell=self._tell, at=lambda: self._at)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if self._interrupted:
                work.cancel()
                raise
            self._forgive_cancel()
            return await work

    def _forgive_cancel(self) -> None:
        """Lets the task go on after its first cancellation, to put things back and to report."""
        self._interrupted = True
        task = asyncio.current_task()
        while task is not None and task.cancelling():
            task.uncancel()

    async def _close(self, outcome: events.Outcome) -> events.Outcome:
        remarks = () if outcome.ending is events.Ending.STARTED else await self._put_back()
        closed = replace(
            outcome, remarks=remarks, seconds=self._at, arm_requests=self._azure.requests - self._requests_before
        )
        self._tell(events.Ended(outcome=closed))
        return closed

    def _outcome(self, ending: events.Ending, reason: str, exit_status: int | None = None) -> events.Outcome:
        failed = {failure.instance for failure in self._progress.failures}
        ours = self._plan.to_prove | self._progress.took.keys()
        return events.Outcome(
            ending=ending,
            reason=reason,
            exit_status=EXIT_STATUS[ending] if exit_status is None else exit_status,
            plan=self._plan,
            upgraded=tuple(one for one in self._progress.proven if one in ours),
            in_flight=tuple(one for one in self._progress.asked if one not in failed),
            failures=self._progress.failures,
            seconds=self._at,
            arm_requests=self._azure.requests - self._requests_before,
        )

    @property
    def _at(self) -> float:
        return self._clock() - self._began


class NotNow(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Azure refused a request for reasons that may pass: something else runs, or an instance has just vanished."""


class GroundMoved(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Somebody else changed what the rollout stands on."""
