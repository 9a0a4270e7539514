"""A world that is a toy on purpose: instances go out when asked, come back after a drawn time, fail or stay sick as drawn.

What is real is every decision. Every start is checked by arithmetic of the toy's own.
"""

from dataclasses import dataclass, field, replace

from rollset.core.control import NO_ORDERS, Control, Signal, Verb
from rollset.core.decide import Blocked, Grow, Hold, HoldKind, Retire, Upgrade, Wait, decide, survey
from rollset.core.fleet import AzureError, Fleet, Health, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.image import Image
from rollset.core.pace import Batches, Job
from rollset.core.progress import Progress
from rollset.core.standing import Standing

ROUNDS_MAX = 4000


@dataclass
class Toy:
    """A fleet that obeys. `fates` says what becomes of an upgrade: seconds, and whether it fails or stays unhealthy.

    `orders` are given at their moments, and `decided` is all that was decided.
    """

    fleet: Fleet
    job: Job
    fates: dict[str, tuple[float, str]]
    orders: list[tuple[float, Verb, int | None]] = field(default_factory=list)
    now: float = 0.0
    progress: Progress = field(default_factory=Progress)
    control: Control = NO_ORDERS
    turning: bool = False
    due: dict[str, tuple[float, Image]] = field(default_factory=dict)
    well_since: dict[str, float] = field(default_factory=dict)
    births: list[tuple[float, str]] = field(default_factory=list)
    """What becomes of those that a surge makes, in turn."""
    made: list[InstanceId] = field(default_factory=list)
    starts: list[tuple[InstanceId, ...]] = field(default_factory=list)
    decided: list[object] = field(default_factory=list)

    @property
    def touched(self):
        return {one for start in self.starts for one in start}

    @property
    def baking(self):
        """Upgraded by us, and seen to be well for less than the bake."""
        bake = self.job.pace.bake_seconds
        return {one for one, since in self.well_since.items() if self.now < since + bake} - self.progress.asked.keys()

    def set(self, one, **changes):
        instances = tuple(replace(seen, **changes) if seen.id == one else seen for seen in self.fleet.instances)
        self.fleet = replace(self.fleet, instances=instances)

    def order(self, verb, checkpoint=None):
        number = self.control.taken + 1
        self.control = self.control.after(
            Signal(number=number, verb=verb, by="ann", at=self.now, checkpoint=checkpoint)
        )

    def ask(self, chosen):
        self.starts.append(chosen)
        self.progress = self.progress.started(self.fleet, chosen, self.now)
        for one in chosen:
            self.set(one, provisioning=Provisioning.UPDATING, health=Health.UNHEALTHY)
            self.due[one] = (self.now + self.fates[one][0], self.job.image)

    def grow(self, by):
        """New instances appear at once, and come up as the fates of those that are made say, in turn."""
        fresh = [InstanceId(f"made{len(self.made) + n}") for n in range(by)]
        self.made += fresh
        for number, one in enumerate(fresh, start=len(self.made) - by):
            self.fates[one] = self.births[number % len(self.births)]
            self.due[one] = (self.now + self.fates[one][0], self.job.image)
        born = [
            replace(self.fleet.instances[0], id=one, image=self.job.image, latest_model_applied=True, protected=False)
            for one in fresh
        ]
        born = [replace(one, provisioning=Provisioning.CREATING, power=Power.RUNNING, health=None) for one in born]
        self._becomes((*self.fleet.instances, *born), by)
        ledger = self.progress.surge.grown(by, (), self.now).seen(fresh)
        self.progress = self.progress.adopted(fresh, ledger, self.now)

    def delete(self, instances):
        self.due = {one: end for one, end in self.due.items() if one not in instances}
        left = tuple(one for one in self.fleet.instances if one.id not in instances)
        self._becomes(left, -len(instances))
        self.progress = self.progress.without(instances, self.progress.surge.without(instances))

    def _becomes(self, instances, more):
        capacity = self.fleet.scale_set.capacity + more
        self.fleet = Fleet(scale_set=replace(self.fleet.scale_set, capacity=capacity), instances=instances)

    def pass_time(self, seconds):
        self.now += seconds
        for one in [one for one, (at, _) in self.due.items() if at <= self.now]:
            _, image = self.due.pop(one)
            fate = self.fates[one][1]
            if fate == "fails once":
                self.fates[one] = (self.fates[one][0], "works")
            if fate in ("fails", "fails once"):
                self.set(one, provisioning=Provisioning.FAILED, error=AzureError(code="VMExtensionProvisioningError"))
            else:
                health = Health.HEALTHY if fate == "works" else Health.UNHEALTHY
                self.set(one, provisioning=Provisioning.SUCCEEDED, image=image, health=health)

    def round(self):
        while self.orders and self.orders[0][0] <= self.now:
            self.order(*self.orders.pop(0)[1:])
        self.progress = self.progress.seen(self.fleet, self.job, self.now)
        well = {one.id for one in self.fleet.instances if one.id in self.touched and _well(one, self.job)}
        self.well_since = {one: self.well_since.get(one, self.now) for one in well}
        control = self.control.on_the_way_back if self.turning else self.control
        decision = decide(self.fleet, self.job, self.progress, self.now, control)
        self.decided.append(decision)
        return decision

    def turn(self, job):
        """The way back, or a part of it: as the engine does it, with nothing remembered but the fleet."""
        self.turning, self.job, self.progress = True, job, Progress()
        self.well_since = {}
        before, self.starts = self.starts, []
        last = play(self)
        self.starts = before
        return last


def play(toy, step=None, check=None):
    """A whole rollout, every start checked; whatever holds it is opened once orders have run out. The last decision.

    `step` is how long to wait at a time; left out, until something happens. `check` takes the place of `check_start`.
    """
    check = check or check_start
    for _ in range(ROUNDS_MAX):
        decision = toy.round()
        match decision:
            case Upgrade():
                check(toy, decision)
                toy.ask(decision.instances)
            case Grow():
                check(toy, decision)
                toy.grow(decision.by)
            case Retire():
                check(toy, decision)
                toy.delete(decision.instances)
            case Wait():
                assert decision.reason
                toy.pass_time(step or _until_something_happens(toy, decision.until))
            case Blocked():
                toy.progress = toy.progress.blocked(toy.now)
                toy.pass_time(60.0)
            case Hold():
                check_hold(toy, decision)
                _sit_out(toy, decision, step)
            case _:
                check_end(toy, decision)
                return decision
    raise AssertionError("a rollout must end")


def _until_something_happens(toy, until):
    moments = [at for at, _ in toy.due.values()] + [at for at, *_ in toy.orders] + ([until] if until else [])
    return max(1.0, min(moments, default=toy.now + 60.0) - toy.now)


def _sit_out(toy, hold, step):
    if hold.checkpoint is not None:
        toy.progress = toy.progress.at_checkpoint(hold.checkpoint, toy.now)
    if hold.until is None and not toy.orders:
        paused = hold.kind is HoldKind.PAUSED
        toy.order(Verb.RESUME if paused else Verb.APPROVE, None if paused else hold.checkpoint)
    else:
        toy.pass_time(step or _until_something_happens(toy, hold.until))


def check_start(toy, decision):
    """The safety of one decision to start."""
    before = {one.id: one for one in toy.fleet.instances}
    situation = survey(toy.fleet, toy.job, toy.progress)
    pace, baking = toy.job.pace, toy.baking
    allowed = pace.max_unavailable.of(len(before))
    out = {
        one.id
        for one in toy.fleet.instances
        if one.id in toy.progress.asked
        or one.power is not Power.RUNNING
        or one.provisioning is Provisioning.UPDATING
        or one.health is not Health.HEALTHY
    }
    taken = set(decision.instances)
    assert toy.control.paused is None, "nothing starts while paused"
    assert toy.control.stopped is None, "nothing starts after a stop"
    assert toy.turning or toy.control.undo is None, "nothing but the way back starts after an undo"
    assert taken, "an empty list never means all"
    assert len(decision.instances) == len(taken), "nobody is asked twice in one call"
    assert not taken & toy.progress.asked.keys(), "nobody is asked again while on the way"
    held = out | baking
    assert len(held | taken) <= max(allowed, len(held)), "never more out than the budget allows, whoever took them out"
    in_flight = set(toy.progress.asked) | baking
    settling = {one for one, stands in situation.standings.items() if stands is Standing.SETTLING}
    in_flight |= {one for one in settling if situation.is_ours(before[one])}
    assert len(in_flight | taken) <= max(allowed, len(in_flight)), "never more in flight than the budget"
    for one in taken:
        assert not before[one].protected, "a protected instance is never touched"
        assert before[one].power is Power.RUNNING, "a parked instance is never touched"
        half_done = before[one].provisioning is Provisioning.FAILED
        assert half_done or before[one].image != toy.job.image, "an instance on the image is left alone"
        assert toy.job.selection.matches(before[one]), "only the chosen are touched"
    assert not toy.progress.failures, "nothing starts after a failure"
    on_the_way = toy.progress.asked.keys() | baking
    back = toy.well_since.keys() if pace.bake_seconds else toy.touched
    if len(back - on_the_way) < pace.canary:
        assert not on_the_way, "the canary goes alone"
        assert len(back | taken) <= pace.canary, "no more canaries than asked for"
    check_hours(toy)
    if not pace.across_domains:
        domains = {pace.order.domain(before[one]) for one in taken | on_the_way}
        assert len(domains) == 1, "never two domains out together because of us"
    if isinstance(pace.style, Batches):
        assert not on_the_way, "a batch waits for its slowest"
        assert len(taken) <= pace.style.size.of(len(before)), "no batch larger than asked for"
    check_checkpoints(toy, taken)


def check_hours(toy):
    """Windows of a toy are hourly and in UTC, so that when they are open is a sum of its own."""
    calendar, quickest = toy.job.calendar, min((one.at_most for one in toy.progress.took.values()), default=0.0)
    left = []
    for one in calendar.windows:
        since = (toy.now - 60 * int(one.cron.split()[0])) % 3600
        left += [one.seconds - since] if since < one.seconds else []
    assert left or not calendar.windows, "nothing starts outside the windows"
    needs = quickest + toy.job.pace.bake_seconds
    assert not left or len(calendar.windows) > 1 or needs <= max(left), "what starts is expected to end inside"
    for one in calendar.freezes:
        assert not one.begins_at <= toy.now < one.ends_at, "nothing starts in a freeze"


def check_checkpoints(toy, taken):
    chosen = [one for one in toy.fleet.instances if toy.job.selection.matches(one)]
    going = {
        one.id
        for one in chosen
        if one.id in toy.progress.asked
        or one.provisioning is Provisioning.UPDATING
        or (one.image == toy.job.image and one.provisioning is Provisioning.SUCCEEDED and one.power is Power.RUNNING)
    }
    for number, one in enumerate(toy.job.pace.checkpoints, start=1):
        reached = toy.progress.reached.get(number)
        waited = reached is not None and one.wait_seconds is not None and reached + one.wait_seconds <= toy.now
        if not waited and number not in toy.control.approved:
            assert len(going | taken) <= one.share.of(len(chosen)), "never beyond a checkpoint that has not opened"


def check_hold(toy, hold):
    assert hold.reason
    assert not toy.progress.in_flight, "nothing of ours is in flight while a rollout is held"
    assert hold.until is None or hold.until > toy.now or hold.checkpoint not in toy.progress.reached
    assert (hold.kind is HoldKind.PAUSED) == (toy.control.paused is not None), "a pause is told before all other holds"


def check_end(toy, decision):
    assert decision.reason
    failed = {failure.instance for failure in toy.progress.failures}
    assert not toy.progress.asked.keys() - failed, "nothing of ours is in flight when a rollout ends"


def _well(one, job):
    return (
        one.image == job.image
        and one.provisioning is Provisioning.SUCCEEDED
        and one.power is Power.RUNNING
        and one.health is Health.HEALTHY
    )
