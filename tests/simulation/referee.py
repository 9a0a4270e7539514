"""Watches a simulated rollout and objects: every promise is checked at the moment when a request reaches Azure.

What is so is read from the emulator itself, never from what the client believes; what rollset had noted by then is read
from its journal. Nobody can know what others did a moment ago: what they took out of service within `blind_seconds` does
not count against rollset, everything else does.
"""

import json
from datetime import datetime
from math import comb
from urllib.parse import urlsplit

from rollset.core.care import Protected
from rollset.core.control import Verb
from rollset.core.failing import OnFailure
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.pace import Engine
from rollset.emulator.instance import Power, Provisioning
from rollset.emulator.osupgrade import automatic_policy
from rollset.emulator.repairs import RepairPolicy
from rollset.engine import events
from rollset.engine.records import decode_entry
from rollset.engine.state import Stage, State
from tests.simulation.liars import BURDEN, HOOK_SECONDS, LOAD

BLIND_SECONDS = 60.0
BLIND_SECONDS_ROUGH = 900.0
"""Where answers are slow, old, refused or lost, or requests are held back, a look may lie so far behind its write."""

ROUGH = {"slow", "storm", "http", "stale-lists", "lost-reply", "dropped"}

SCALING = {"scale-out", "scale-in", "delete"}


class Referee:
    """One for each rollout; `objections` are sentences, and should stay empty."""

    def __init__(self, script, world, order, clock, outside):
        rough = script.throttle or any(fault["kind"] in ROUGH for _, fault in script.faults)
        self.blind_seconds = BLIND_SECONDS_ROUGH if rough else BLIND_SECONDS
        # Between the intent and the request come the hooks, and the measuring of those that go.
        self.blind_seconds += HOOK_SECONDS if script.policy.get("hooks") or script.policy.get("gates") else 0.0
        self._outside = outside
        self._upgrades_suspended = script.os_upgrade
        self._script = script
        self.objections = []
        self.state = State.begin(order)
        self._planned = self.state.plan.to_prove
        self.counts = {"starts": 0, "instances": 0, "turns": 0, "requests": 0}
        self.sent = []
        """Who was asked for together, or replaced, in order."""
        self.foreign_image_at = None
        self.foreign_mode = False
        self._world, self._clock = world, clock
        self._deeds = []
        self._proven = set()
        self._protected_since = {}
        self._protected = {one.id for one in self._set.instances.values() if one.protected}
        self.stopped_at = None
        self.stop_heard_at = None
        self.last = None
        self._capacities = [(clock(), self._set.capacity)]

    @property
    def _set(self):
        return self._world.find_set("rg", "web")

    # What it hears of

    def deed(self, what, whom):
        """Others are about to do something."""
        self._deeds.append((self._clock(), what, whom))
        if what == "protect":
            self._protected_since.setdefault(whom, self._clock())
        elif what == "unprotect":
            self._protected_since.pop(whom, None)
        elif what == "foreign-image":
            self.foreign_image_at = self._clock()
        elif what == "foreign-mode":
            self.foreign_mode = True
        self._capacities.append((self._clock(), self._set.capacity))

    def ordered(self, verb):
        """An operator has left an order."""
        if verb is Verb.STOP:
            self.stopped_at = self._clock()
        elif verb is Verb.UNDO:
            self.stopped_at = None

    def kept(self, text):
        """The journal has grown."""
        entry = decode_entry(text)
        self.last = entry
        self.state = self.state.after(entry)
        self.counts["turns"] += 1
        for event in entry.events:
            if isinstance(event, events.Signalled) and event.signal.verb in (Verb.STOP, Verb.UNDO):
                self.stop_heard_at = event.at if event.signal.verb is Verb.STOP else None
            if isinstance(event, events.Compared):
                self._check_comparison(event.comparison)
        if any(isinstance(event, events.TurnedBack) for event in entry.events):
            self._proven.clear()

    def delivered(self, request):
        """A request reaches Azure now."""
        self.counts["requests"] += 1
        path = urlsplit(request.url).path
        if request.method == "POST" and path.endswith(("/manualupgrade", "/reimage")):
            self._world.advance()
            ids = json.loads(request.content)["instanceIds"]
            self.counts["starts"] += 1
            self.counts["instances"] += len(ids)
            self.sent.append(frozenset(ids))
            self._check_start(ids)
        elif request.method == "POST" and path.endswith("/delete"):
            self._world.advance()
            self._check_deletion(json.loads(request.content)["instanceIds"])
        elif request.method == "PATCH" and "capacity" in (sku := json.loads(request.content).get("sku", {})):
            self._world.advance()
            self._check_growth(sku["capacity"], request.headers.get("If-Match"))
        elif request.method == "PATCH" and self.state.job.engine is Engine.AZURE:
            self._world.advance()
            self._check_roll(json.loads(request.content)["properties"])
        elif request.method == "PATCH" and self.state.stage is Stage.MODEL and self.state.undo is None:
            self._check_hours("the model was written")

    # What it checks

    def _check_start(self, ids):
        now, scale_set = self._clock(), self._set
        named = [scale_set.instances[one] for one in ids if one in scale_set.instances]
        self._note_proven(scale_set)
        self._must(ids and "*" not in ids, "a request names its instances")
        asked = [event for event in self.last.events if isinstance(event, events.Asked)]
        noted = set(asked[-1].instances) if asked else set()
        less = self.state.job.hooks or self.state.job.gates
        self._must(
            set(ids) == noted or (less and set(ids) <= noted), f"{ids} were asked for without a note of it before"
        )
        self._check_outside(ids)
        self._must(self.stopped_at is None or now <= self.stopped_at, f"{ids} were started after a stop")
        self._must(self.state.control.paused is None, f"{ids} were started while paused")
        self._must(self.state.stage is Stage.ROLLING, f"{ids} were started in stage {self.state.stage}")
        for one in named:
            since = self._protected_since.get(one.id, now if not one.protected else self.state.order.begun_at)
            fresh = now - since <= self.blind_seconds
            self._must(not one.protected or fresh, f"protected instance {one.id} was started")
            # A gate may have failed one that Azure finds healthy: then it is tried again.
            gated = bool(self.state.job.gates) and one.id in self.state.progress.retries
            finished = self._finished(one, scale_set) and not gated
            self._must(not finished or self._recent(one.id), f"{one.id} was started twice")
        if self.state.undo is None:
            self._check_planned(ids)
            self._check_hours(f"{ids} were started")
            self._check_compared(ids)
        repairing = RepairPolicy.of(scale_set) is not None and not scale_set.repairs.suspended
        self._must(not repairing, f"{ids} were started while Azure repairs by itself")
        alone = self._upgrades_suspended and automatic_policy(scale_set).get("enableAutomaticOSUpgrade")
        self._must(not alone, f"{ids} were started while Azure upgrades the OS by itself")
        self._check_budget(scale_set, named)
        self._check_canary()
        self._check_checkpoints(scale_set, named)

    def _check_planned(self, ids):
        """Whoever goes is in the plan, unless others did something to it since, or made it."""
        meddled = {whom for _, _, whom in self._deeds}
        known = self.state.order.fleet.by_id.keys() - meddled
        stray = (set(ids) & known) - self._planned
        self._must(not stray, f"{sorted(stray)} went, and are not in the plan")

    def _check_compared(self, ids):
        worse = [one for comparison in self.state.compared for one in comparison.worse]
        goes_on = self.state.order.job.on_failure is OnFailure.CONTINUE
        self._must(not worse or goes_on, f"{ids} were started after the upgraded were found worse: {worse}")

    def _check_comparison(self, found):
        """By sums of the referee's own: what may be spent, and what has to come of numbers that lie wholly apart."""
        policy, stages = self.state.order.job.compare, [one.stage for one in self.state.compared]
        self._must(stages == sorted(set(stages)), f"stages of comparisons repeat: {stages}")
        spent = sum(each.threshold for one in self.state.compared for each in one.differences)
        self._must(spent <= policy.alpha + 1e-9, f"{spent} was spent on comparisons, {policy.alpha} may be")
        for one in found.differences:
            few = min(one.upgraded_count, one.rest_count)
            self._must(few >= policy.min_instances, f"compared by {few}: {one}")
            self._must(one.worse is (one.p < one.threshold), f"no verdict of that: {one}")
            if one.name == LOAD.name and self._script.burdens:
                chance = 1 / comb(one.upgraded_count + one.rest_count, one.upgraded_count)
                self._must(one.upgraded - one.rest > BURDEN / 2, f"the image burdens them, and {one} does not say so")
                self._must(
                    abs(one.p - chance) < 0.01 * chance, f"all of one side exceed the other, p is {chance}: {one}"
                )

    def _check_hours(self, what):
        """Windows of a script open every so many hours, so that when they are open is a sum of its own."""
        now, calendar = self._clock(), self.state.order.job.calendar
        for one in calendar.windows:
            minute, hours = one.cron.split()[0], one.cron.split()[1].removeprefix("*/")
            since = (now - 60 * int(minute)) % (3600 * int(hours))
            self._must(since < one.seconds, f"{what} {since - one.seconds:.0f} s after the window had closed")
        for one in calendar.freezes:
            begins, ends = (datetime.fromisoformat(at + "Z").timestamp() for at in (one.begins, one.ends))
            self._must(not begins <= now < ends, f"{what} in a freeze")

    def _check_growth(self, capacity, etag):
        """Only what was noted before, on what was just read, and never more than was asked for."""
        intent, surge = self.state.scaling, self.state.job.surge
        self.counts["growths"] = self.counts.get("growths", 0) + 1
        self._must(
            isinstance(intent, events.Growing), f"the capacity was set to {capacity} without a note of it before"
        )
        self._must(capacity == intent.capacity + intent.by and etag == intent.etag, f"{capacity} is not what was noted")
        self._must(self.stopped_at is None or self._clock() <= self.stopped_at, "instances were added after a stop")
        self._must(self.state.control.paused is None, "instances were added while paused")
        most = max(surge.add.of(max(1, many)) for many in self._recent_capacities())
        surplus = self.state.progress.surge.surplus + intent.by
        self._must(surplus <= most, f"{surplus} more than the capacity, {most} may be")

    def _check_deletion(self, ids):
        """An old one goes when a new one serves in its place; what was made goes when it is too much."""
        scale_set, intent, surge = self._set, self.state.scaling, self.state.progress.surge
        self.counts["deletions"] = self.counts.get("deletions", 0) + 1
        self._must(ids and "*" not in ids, "a request names its instances")
        self._must(isinstance(intent, events.Retiring), f"{ids} were deleted without a note of it before")
        hooked = bool(self.state.job.hooks)
        self._must(
            set(intent.instances) == set(ids) or (hooked and set(ids) <= set(intent.instances)),
            f"{ids} were deleted, and {intent.instances} noted",
        )
        self._check_drained(ids, intent.made)
        if intent.made:
            self._must(set(ids) <= surge.made, f"{ids} were given back, and not all of them made")
            self._must(len(ids) <= surge.surplus, f"{ids} were given back, and only {surge.surplus} were too many")
            return
        self._must(self.stopped_at is None or self._clock() <= self.stopped_at, f"{ids} were replaced after a stop")
        self._must(self.state.control.paused is None, f"{ids} were replaced while paused")
        self._check_planned(ids)
        self.sent.append(frozenset(ids))
        serving = {one.id for one in scale_set.instances.values() if one.counts and one.in_service}
        excused = {one.id for one in scale_set.instances.values() if self._recent_out(scale_set, one.id)}
        able = (surge.standing_in & (serving | excused)) | (
            surge.standing_in - {one.id for one in scale_set.instances.values() if one.counts}
        )
        there = {one.id for one in scale_set.instances.values() if one.counts}
        parked = (self.state.progress.parked.keys() & there) - surge.standing_in
        going = len(surge.retired | set(ids) | parked)
        self._must(going <= len(able) + len(surge.missed), f"{going} replaced, and {sorted(able)} serve for them")
        for one in (scale_set.instances[each] for each in ids if each in scale_set.instances):
            forced = self.state.job.care.protected is Protected.FORCE
            fresh = forced or self._recent(one.id) or one.id not in self.state.order.fleet.by_id
            self._must(not one.protected_from_scale_in or fresh, f"protected instance {one.id} was deleted")

    def _check_drained(self, ids, made):
        """Who serves is drained before it is deleted; of what is given back, those that ever served."""
        if not hooks_at(self.state.job.hooks, Moment.BEFORE_INSTANCE):
            return
        parked = self.state.progress.parked.keys() & set(ids)
        served = set(ids) & self.state.progress.took.keys() if made else set(ids)
        serving = {one for one in served if one in self._set.instances and self._set.instances[one].in_service}
        serving -= {one for one in serving if made and self._recently_up(one)}
        self._must(not parked or made, f"parked ones were deleted: {parked}")
        due = serving if made else set(ids)
        self._must(self._outside.readied >= due, f"{due} were deleted before their hook had gone well")
        self._outside.readied -= set(ids)

    def _recently_up(self, whom):
        """Nobody can know that it came back a moment ago."""
        last = next((change for change in reversed(self._set.account.history) if change.instance == whom), None)
        return last is not None and last.change != "out" and self._world.now - last.at <= self.blind_seconds

    def wrong_capacity(self, result):
        """At the end the set holds what it would hold without the rollout, as far as others let that be told."""
        first, last = self.state.order.fleet.scale_set.capacity, self._set.capacity
        up = sum(what == "scale-out" for _, what, _ in self._deeds)
        down = sum(what in ("scale-in", "delete") for _, what, _ in self._deeds)
        told = any(
            "more than without this rollout" in remark or "lower its capacity" in remark for remark in result.remarks
        )
        if first - down <= last <= first + up or told:
            return None
        return f"the capacity was {first} and is {last}; others added {up} and took {down} at most: {result}"

    def _check_outside(self, ids):
        """By the account of gates and hooks themselves; what the journal holds as proven, they must have let through."""
        job, progress = self.state.job, self.state.progress
        # Who is left stopped is neither asked about nor drained.
        off = {one.id for one in self._set.instances.values() if one.power in (Power.STOPPED, Power.DEALLOCATED)}
        for gate in job.gates:
            unproven = [one for one in progress.took if one not in off and not self._outside.vouched(one, gate)]
            self._must(not unproven, f"{ids} followed {unproven}, to whom gate {gate.name} never said yes so often")
        self._must(not progress.parked.keys() & set(ids), f"a parked one was sent: {ids}")
        if hooks_at(job.hooks, Moment.BEFORE_INSTANCE):
            self._must(self._outside.readied >= set(ids) - off, f"{ids} were sent before their hook had gone well")
            self._outside.readied -= set(ids)

    def _check_roll(self, written):
        """Azure's own rolling upgrade begins with this write, if the set is in Rolling mode after it."""
        policy = written.get("upgradePolicy", {})
        if policy.get("mode") != "Rolling" or self.state.stage is not Stage.ROLLING:
            return
        self.counts["starts"] += 1
        asked = [event for event in self.last.events if isinstance(event, events.RollStarting)]
        self._must(asked, "Azure's rolling upgrade was started without a note of it before")
        now, existing = self._clock(), len(self._set.instances)
        self._must(
            self.stopped_at is None or now <= self.stopped_at, "Azure's rolling upgrade was started after a stop"
        )
        percent = policy["rollingUpgradePolicy"]["maxBatchInstancePercent"]
        allowed = max(self.state.job.pace.max_unavailable.of(many) for many in (existing, *self._recent_capacities()))
        self._must(
            percent * existing <= allowed * 100 + 99, f"batches of {percent}% of {existing}, {allowed} may be out"
        )

    def _check_budget(self, scale_set, named):
        """Every instance that is out counts, and every one that we asked for, as long as we have not seen it back."""
        existing = [one for one in scale_set.instances.values() if one.counts]
        out = {one.id for one in existing if not one.in_service} - self.state.progress.surge.standing_in
        costs = {one.id for one in named} - out
        allowed = max(self.state.job.pace.allowed(max(many, len(existing))) for many in self._recent_capacities())
        missing = max(0, scale_set.capacity - len(existing))
        if self._recently(SCALING):
            missing = 0
        excused = {one for one in out if self._recent_out(scale_set, one) and one not in self.state.progress.asked}
        together = len((out | costs) - excused - self.state.job.ailing) + missing
        words = f"{len(costs)} were taken out with {len(out)} of {len(existing)} out and {missing} missing, {allowed} may be"
        self._must(not costs or together <= allowed, words)
        holding = (set(self.state.progress.asked) | self._baking()) - self.state.progress.surge.standing_in
        words = f"{len(holding)} in flight or baking, {allowed} may be"
        self._must(len(holding) <= allowed or not named, words)

    def left_unprotected(self):
        """Protected before, and not any more although nobody but rollset can have done that."""
        meddled = {whom for _, what, whom in self._deeds if what in ("protect", "unprotect", "delete")}
        left = self._set.instances
        return {one for one in self._protected - meddled if one in left and not left[one].protected}

    def _baking(self):
        progress, seconds = self.state.progress, self.state.job.pace.bake_seconds
        bakes = {one for one in progress.took if self._clock() < progress.proven.get(one, 0.0) + seconds}
        return bakes & self._set.instances.keys()

    def _check_canary(self):
        canary = self.state.job.pace.canary
        asked = len(self.state.progress.in_flight)
        self._must(
            len(self._proven) >= canary or asked <= max(canary, 1) or canary == 0, f"{asked} went before a canary"
        )

    def _check_checkpoints(self, scale_set, named):
        if self._recently({*SCALING, "protect", "unprotect", "deallocate", "start", "reimage"}) or self._deeds:
            return
        ours = {one.id for one in named} | {
            one.id for one in scale_set.instances.values() if self._on_target(one, scale_set)
        }
        for number, one in enumerate(self.state.job.pace.checkpoints, start=1):
            opened = number in self.state.control.approved or (
                one.wait_seconds is not None and number in self.state.progress.reached
            )
            most = one.share.of(len(scale_set.instances))
            self._must(opened or len(ours) <= most, f"{len(ours)} beyond checkpoint {number} of {most}")

    def _note_proven(self, scale_set):
        for one in scale_set.instances.values():
            seen_back = self._finished(one, scale_set) or self._recent_out(scale_set, one.id)
            if one.id in self.state.progress.took and seen_back and self._on_target(one, scale_set):
                self._proven.add(one.id)

    def _on_target(self, one, scale_set):
        """Where more than the image is changed, only the emulator's own books tell who has it."""
        follows = one.latest_model_applied or not self.state.job.model.reaches_instances
        return _version(one) == scale_set.model.image_reference["version"] and follows

    def _finished(self, one, scale_set):
        return self._on_target(one, scale_set) and one.provisioning is Provisioning.SUCCEEDED and one.in_service

    def _recent(self, whom):
        """Whether others did something to it, or it came back, just now."""
        instance = self._set.instances.get(whom)
        fresh = instance is not None and self._clock() - instance.provisioned_at <= self.blind_seconds
        return fresh or any(one == whom and self._clock() - at <= self.blind_seconds for at, _, one in self._deeds)

    def _recently(self, kinds):
        return any(what in kinds and self._clock() - at <= self.blind_seconds + 600.0 for at, what, _ in self._deeds)

    def _recent_capacities(self):
        recent = [many for at, many in self._capacities if self._clock() - at <= self.blind_seconds]
        return [self._set.capacity, self._capacities[-1][1], *recent]

    def _recent_out(self, scale_set, whom):
        last = next((change for change in reversed(scale_set.account.history) if change.instance == whom), None)
        return last is not None and last.change == "out" and self._world.now - last.at <= self.blind_seconds

    def _must(self, holds, words):
        if not holds:
            self.objections.append(f"at {self._clock() - self.state.order.begun_at:.0f} s: {words}")


def _version(instance):
    return instance.image.get("version")
