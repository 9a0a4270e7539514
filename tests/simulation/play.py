"""Plays the script of one seed to its end: rollset's own engine and client against the emulator, on a virtual clock.

First everything goes wrong that the script says, while the referee watches. Then all is calm, and progress is demanded:
the rollout has to end, to have told the truth, and whatever it did not bring about, the next one has to.
"""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.core.control import Signal, Verb
from rollset.core.decide import Hold
from rollset.core.errors import RollsetError
from rollset.core.ids import ScaleSetId
from rollset.core.model.change import NO_CHANGE
from rollset.core.pace import Engine, Pace
from rollset.emulator.app import create_app
from rollset.emulator.choices import REPAIR_FAILURES_MAX
from rollset.emulator.osupgrade import automatic_policy
from rollset.emulator.world import World
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.events import Ending
from rollset.engine.journal import MemoryDesk
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import decode_result, encode_order
from tests.simulation.crash import Crash, Crashing, CrashingJournal, CrashingTransport, Point
from tests.simulation.draws import NEW, SMALL, drawn
from tests.simulation.liars import Liars
from tests.simulation.others import Others
from tests.simulation.plans import SavedRun
from tests.simulation.referee import Referee
from tests.support.emulated import ENDPOINT, fleet
from tests.support.inprocess import StaticCredential
from tests.support.virtual import virtual_loop

PROGRESS_SECONDS_MAX = 48 * 3600.0
"""Virtual; the longest deadlines and outages of a rollout fit into it several times."""

WATCHFUL_SECONDS = 45.0
"""How often the operator on call looks whether something waits for approval."""


@dataclass
class Report:
    """What came of one seed."""

    seed: int
    ending: Ending | None = None
    objections: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    virtual_seconds: float = 0.0


async def play(seed: int) -> Report:
    """Plays one seed on the running virtual loop."""
    script = drawn(seed)
    stage = Stage(script)
    report = Report(seed=seed)
    try:
        await stage.play(report)
    except Exception as error:  # noqa: BLE001 (a simulation that breaks is a finding, with its seed)
        report.objections.append(f"{type(error).__name__}: {error}")
    report.virtual_seconds = virtual_loop().time()
    return report


class Stage:
    """One emulated set, and everybody around it."""

    def __init__(self, script):
        self.script = script
        self.clock = virtual_loop().now
        members = fleet("web", **script.members)
        self.world = World(clock=virtual_loop(), seed=script.seed, fleet=members, throttle=script.throttle)
        self.app = create_app(self.world)
        self.id = ScaleSetId(subscription=self.world.subscription_id, resource_group="rg", name="web")
        self.desk = MemoryDesk()
        self.kept = []
        self.began = 0.0
        """On the loop's clock; later where the plan was saved first."""
        self.outside = Liars(script.seed, lambda: virtual_loop().time() - self.began, script.calm_at, self._burdened)
        self.referee = None
        self.saved = None if script.between is None else SavedRun(self, script.between)
        self.others = Others(self.world, self.app, self.id.path, self._deed)

    def _burdened(self, one):
        self.world.advance()
        there = self.scale_set.instances.get(one)
        return self.script.burdens and there is not None and there.image.get("version") == NEW

    @property
    def scale_set(self):
        return self.world.find_set("rg", "web")

    def _deed(self, what, whom):
        if self.referee is not None:
            self.referee.deed(what, whom)

    # The two acts

    async def play(self, report, *, with_next=True):
        if self.script.repairs is not None and self.script.members["health"] != "none":
            await self.others.repair(self.script.repairs)
        await self.others.upgrade_os(on=self.script.os_upgrade)
        order = await self._order(report)
        if order is None:
            return
        self.referee = Referee(self.script, self.world, order, self.clock, self.outside)
        around = [asyncio.create_task(one) for one in (self._faults(), self._deeds(), self._orders(), self._on_call())]
        carrying = asyncio.create_task(self._carry(order, report))
        try:
            await asyncio.wait([carrying], timeout=self.script.calm_at)
            around[0].cancel()
            around[1].cancel()
            await self.others.calm_down()
            if self.script.unsteady is not None:
                await self.others.fault(**self._by_name(self.script.unsteady))
            if not carrying.done():
                self._leave(Verb.RESUME)
            async with asyncio.timeout(PROGRESS_SECONDS_MAX * (7 if self.script.calendar.restricts else 1)):
                result = await carrying
        except TimeoutError:
            report.objections.append(
                f"not ended {PROGRESS_SECONDS_MAX:.0f} s after all was calm: {self._how_it_stands()}"
            )
            return
        finally:
            report.objections += [f"somebody's part broke off: {one.exception()!r}" for one in around if _broke(one)]
            for one in (*around, carrying):
                one.cancel()
            report.objections += self.referee.objections
            report.counts.update(self.referee.counts)
        report.ending = result.ending
        report.objections += list(self._untruths(result))
        report.objections += await self._next_one() if with_next else []

    async def _order(self, report):
        """What the user is told at first may be a refusal: then nothing is begun."""
        wish = self._wish
        async with self._client(Crashing(None), lambda _: None) as azure:
            try:
                plan = await (prepare(azure, wish) if self.saved is None else self.saved.prepared(azure, wish))
            except RollsetError:
                report.counts["moved" if self.saved is not None and self.saved.moved else "refused"] += 1
                return None
            finally:
                report.objections += [] if self.saved is None else self.saved.objections
        if self.saved is not None:
            report.counts["saved plans"] += 1
            self.began = virtual_loop().time()
        return Order.of(plan, id=f"seed-{self.script.seed}", by="simulation", begun_at=self.clock(), wish=wish)

    @property
    def _wish(self):
        return Wish(
            scale_set=self.id,
            change=self.script.change,
            pace=self.script.pace,
            switch_policy=True,
            calendar=self.script.calendar,
            **self.script.policy,
            surge=self.script.surge,
        )

    async def _carry(self, order, report):
        """Run after run, until one is allowed to live."""
        for point, downtime in zip(self.script.crashes, self.script.downtimes, strict=False):
            text = await self._run(order, point)
            if text is not None:
                return decode_result(text)
            report.counts["crashes"] += 1
            await asyncio.sleep(downtime)
        return decode_result(await self._run(order, None))

    async def _run(self, order, point):
        """One run; `None` if it died."""
        crashing = Crashing(point if isinstance(point, Point) else None)
        journal = CrashingJournal(self.kept, crashing, self.referee.kept)
        async with self._client(crashing, self.referee.delivered) as azure:
            carrier = Carrier(azure=azure, clock=self.clock, by="simulation", outside=self.outside)
            running = asyncio.ensure_future(carrier.carry(encode_order(order), journal, self.desk))
            seconds = point if isinstance(point, float) else None
            try:
                async with asyncio.timeout(seconds):
                    return await running
            except (Crash, TimeoutError):
                return None
            finally:
                crashing.dead = True
                running.cancel()
                with suppress(BaseException):
                    await running

    @asynccontextmanager
    async def _client(self, crashing, delivered):
        transport = CrashingTransport(self.app, crashing, delivered)
        credential = StaticCredential(self.world.tokens.issue()[0])
        async with Azure.open(ENDPOINT, credential=credential, transport=transport) as azure:
            yield azure

    # Everybody else

    async def _faults(self):
        for at, members in sorted(self.script.faults, key=lambda one: one[0]):
            await self._until(at)
            await self.others.fault(**self._by_name(members))

    def _by_name(self, members):
        """Who is gone, or has a name that no script can know, as those of a Flexible set do, is counted out."""
        there = list(self.scale_set.instances)
        if "instances" not in members or not there:
            return members
        named = [one if one in there else there[int(one) % len(there)] for one in members["instances"]]
        return members | {"instances": named}

    async def _deeds(self):
        for deed in self.script.deeds:
            await self._until(deed.at)
            await self.others.do(deed)

    async def _orders(self):
        for at, verb in self.script.orders:
            await self._until(at)
            self._leave(verb)

    async def _on_call(self):
        """Approves what waits for that, sooner or later."""
        while True:
            await asyncio.sleep(WATCHFUL_SECONDS)
            hold = self._hold()
            if hold is not None and hold.checkpoint is not None:
                self._leave(Verb.APPROVE, hold.checkpoint)

    def _hold(self):
        entry = self.referee.last
        waiting = [event for event in entry.events if isinstance(event, events.Waiting)] if entry else []
        return waiting[-1].decision if waiting and isinstance(waiting[-1].decision, Hold) else None

    def _leave(self, verb, checkpoint=None):
        signal = Signal(number=len(self.desk.left) + 1, verb=verb, by="on call", at=self.clock(), checkpoint=checkpoint)
        self.referee.ordered(verb)
        self.desk.leave(signal)

    async def _until(self, at):
        await asyncio.sleep(max(0.0, self.began + at - virtual_loop().time()))

    # The end

    def _how_it_stands(self):
        state = self.referee.state
        return f"{state.stage.name}, asked {sorted(state.progress.asked)}, held by {state.held}"

    def _untruths(self, result):
        """What the result says, against what is."""
        self._remarks = result.remarks
        if UNFORESEEN in (result.reason or ""):
            yield f"the rollout broke off: {result.reason}"
        self.world.advance()
        plan, mode = self.referee.state.plan, self.script.members["upgrade_policy"]
        target, changes = plan.job.image.version, plan.job.model.reaches_instances
        on_new = {
            one.id
            for one in self.scale_set.instances.values()
            if one.image.get("version") == target and (one.latest_model_applied or not changes)
        }
        alive = set(self.scale_set.instances)
        if result.ending is Ending.DONE:
            left = {one for word, ids in result.left.items() if word not in LEFT_ALONE for one in ids}
            if lacking := (left & alive) - on_new:
                yield f"done, and yet {sorted(lacking)} are not on the image: {dict(result.left)}"
        if result.ending is Ending.UNDONE:
            yield from self._untruths_of_undo(result, plan)
        yield from self._late_ones(plan)
        yield from self._still_off(result)
        told = " ".join(result.remarks)
        if (
            self.scale_set.mode != mode
            and not self.referee.foreign_mode
            and "Manual" not in told
            and "put back" not in told
        ):
            yield f"the policy is {self.scale_set.mode} and was {mode}, and nothing was said of it: {result}"
        if (unprotected := self.referee.left_unprotected()) and "the protection of" not in told:
            yield f"{sorted(unprotected)} were protected and are not any more, and nothing was said of it: {result}"
        if objection := self.referee.wrong_capacity(result):
            yield objection
        listed = [one for ids in result.left.values() for one in ids]
        if len(listed) != len(set(listed)):
            yield f"an instance was left in two states: {dict(result.left)}"

    def _still_off(self, result):
        """What Azure did by itself before, and does not any more."""
        told, repairs = " ".join(result.remarks), self.scale_set.repairs
        by_azure = repairs.failures >= REPAIR_FAILURES_MAX
        if repairs.suspended and not by_azure and "automatic repairs" not in told:
            yield f"automatic repairs are still suspended, and nothing was said of it: {result}"
        upgrades = automatic_policy(self.scale_set).get("enableAutomaticOSUpgrade")
        if self.script.os_upgrade and not upgrades and "automatic OS upgrade" not in told:
            yield f"automatic OS upgrade is still off, and nothing was said of it: {result}"

    def _late_ones(self, plan):
        """Who was sent off by Azure after a stop that was heard; and what it was told for the time being, and still is.

        While nobody carries the rollout out, Azure goes on by itself.
        """
        stopped_at = self.referee.stop_heard_at
        if plan.job.engine is not Engine.AZURE or self.referee.foreign_image_at is not None:
            return
        for one in self.scale_set.instances.values():
            sent = one.upgrades[-1].requested_at if one.upgrades else 0.0
            if stopped_at is not None and sent > stopped_at + self.referee.blind_seconds:
                yield f"{one.id} was sent off {sent - stopped_at:.0f} s after a stop"
        written = self.scale_set.properties["upgradePolicy"].get("rollingUpgradePolicy", {})
        share = written.get("maxUnhealthyUpgradedInstancePercent", 20)
        if share != 20 and not self.referee.foreign_mode and "put back" not in " ".join(self._remarks):
            yield f"Azure's rolling upgrade still has the policy of the rollout: {written}"

    def _untruths_of_undo(self, result, plan):
        alive = set(self.scale_set.instances)
        back = set(result.left.get("brought back", ())) & alive
        had = {one.id: one.image.version for one in plan.fleet.instances if one.image is not None}
        if wrong := {
            one for one in back & had.keys() if had[one] != self.scale_set.instances[one].image.get("version")
        }:
            yield f"undone, and yet {sorted(wrong)} are not on what they had"
        if other := {one for one in back if self.scale_set.instances[one].applied.size != SMALL}:
            yield f"undone, and yet {sorted(other)} are not of the size that they had"

    async def _next_one(self):
        """Another rollout, with nothing in its way, must bring about what this one did not."""
        if self.referee.foreign_mode or self.referee.foreign_image_at is not None:
            return []
        await asyncio.sleep(7200.0)
        await self.others.heal()
        await asyncio.sleep(3600.0)
        async with self._client(Crashing(None), lambda _: None) as azure:
            wish = Wish(
                scale_set=self.id,
                change=self.script.change,
                model=self.script.policy.get("model", NO_CHANGE),
                pace=Pace(),
                switch_policy=True,
            )
            plan = await prepare(azure, wish)
            order = Order.of(plan, id="next", by="simulation", begun_at=self.clock())
            carrier = Carrier(azure=azure, clock=self.clock, by="simulation")
            journal = CrashingJournal([], Crashing(None), lambda _: None)
            async with asyncio.timeout(PROGRESS_SECONDS_MAX):
                result = decode_result(await carrier.carry(encode_order(order), journal, MemoryDesk()))
        if result.ending is not Ending.DONE:
            return [f"the next one, with nothing in its way, ended {result.ending}: {result.reason}"]
        return []


UNFORESEEN = "that nobody foresaw"
LEFT_ALONE = {"protected, untouched", "stopped", "being deleted", "gone", "replaced"}


def _broke(task):
    """Whether a part ended in an error: the play would go on without it, and prove less than it seems to."""
    return task.done() and not task.cancelled() and task.exception() is not None
