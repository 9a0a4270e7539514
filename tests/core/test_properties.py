"""Property: what must never happen, whatever the fleet, the job and the luck. A whole rollout is played in each example.

The world here is a toy on purpose: instances go out when asked, come back after a drawn time, fail or stay sick as drawn,
and others interfere. What is real is every decision.
"""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.decide import Blocked, Finish, Halt, Upgrade, Wait, decide, survey
from rollset.core.fleet import AzureError, Fleet, Health, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Job, Order, Pace, Window
from rollset.core.plan import make_plan
from rollset.core.progress import Progress
from rollset.core.selection import Selection
from rollset.core.standing import Standing
from tests.core.draw import NEW, a_fleet

ROUNDS_MAX = 4000

fleets = st.text(alphabet="oooooonxpsfhbw", min_size=1, max_size=24)
amounts = st.one_of(
    st.integers(1, 8).map(lambda n: Amount(number=n)), st.integers(1, 100).map(lambda n: Amount(number=n, percent=True))
)
styles = st.one_of(st.just(Window()), st.builds(Batches, size=amounts, pause_seconds=st.sampled_from([0.0, 30.0])))
paces = st.builds(
    Pace,
    order=st.sampled_from(Order),
    max_unavailable=amounts,
    style=styles,
    canary=st.integers(1, 3),
    across_domains=st.booleans(),
)


@dataclass
class Toy:
    """A fleet that obeys. `fates` says what becomes of an upgrade: seconds, and whether it fails or stays unhealthy."""

    fleet: Fleet
    job: Job
    fates: dict[str, tuple[float, str]]
    now: float = 0.0
    progress: Progress = field(default_factory=Progress)
    due: dict[str, float] = field(default_factory=dict)
    starts: list[tuple[InstanceId, ...]] = field(default_factory=list)

    def set(self, one, **changes):
        instances = tuple(replace(seen, **changes) if seen.id == one else seen for seen in self.fleet.instances)
        self.fleet = replace(self.fleet, instances=instances)

    def ask(self, chosen):
        self.starts.append(chosen)
        self.progress = self.progress.started(self.fleet, chosen, self.now)
        for one in chosen:
            self.set(one, provisioning=Provisioning.UPDATING, health=Health.UNHEALTHY)
            self.due[one] = self.now + self.fates[one][0]

    def pass_time(self, seconds):
        self.now += seconds
        for one in [one for one, at in self.due.items() if at <= self.now]:
            del self.due[one]
            fate = self.fates[one][1]
            if fate == "fails":
                self.set(one, provisioning=Provisioning.FAILED, error=AzureError(code="VMExtensionProvisioningError"))
            else:
                health = Health.HEALTHY if fate == "works" else Health.UNHEALTHY
                self.set(one, provisioning=Provisioning.SUCCEEDED, image=NEW, health=health)

    def round(self):
        self.progress = self.progress.seen(self.fleet, self.job, self.now)
        return decide(self.fleet, self.job, self.progress, self.now)


@st.composite
def toys(draw, fates=("works",)):
    letters = draw(fleets)
    domains = draw(st.text(alphabet="01234", min_size=len(letters), max_size=len(letters)))
    fleet = a_fleet(letters, domains=domains)
    chosen = draw(st.none() | st.sets(st.sampled_from([one.id for one in fleet.instances]), min_size=1))
    selection = Selection(instances=frozenset(chosen) if chosen is not None else None)
    drawn_fates = {one.id: (draw(st.floats(1.0, 900.0)), draw(st.sampled_from(fates))) for one in fleet.instances}
    # What others began before, they bring onto the image: sooner than anybody runs out of patience.
    due = {
        one.id: draw(st.floats(1.0, 500.0))
        for one, letter in zip(fleet.instances, letters, strict=True)
        if letter in "bw"
    }
    begun = dict.fromkeys(due, (0.0, "works"))
    job = Job(image=NEW, selection=selection, pace=draw(paces))
    return Toy(fleet=fleet, job=job, fates=drawn_fates | begun, due=due)


def check_start(toy, decision):
    """The safety of one decision to start, by arithmetic of our own."""
    before = {one.id: one for one in toy.fleet.instances}
    situation = survey(toy.fleet, toy.job, toy.progress)
    allowed = toy.job.pace.max_unavailable.of(len(before))
    out = {
        one.id
        for one in toy.fleet.instances
        if one.id in toy.progress.asked
        or one.power is not Power.RUNNING
        or one.provisioning is Provisioning.UPDATING
        or one.health is not Health.HEALTHY
    }
    taken = set(decision.instances)
    assert taken, "an empty list never means all"
    assert len(decision.instances) == len(taken), "nobody is asked twice in one call"
    assert not taken & toy.progress.asked.keys(), "nobody is asked again while on the way"
    assert len(out | taken) <= max(allowed, len(out)), "never more out than the budget allows, whoever took them out"
    in_flight = set(toy.progress.asked) | {
        one for one, stands in situation.standings.items() if stands is Standing.SETTLING
    }
    assert len(in_flight | taken) <= max(allowed, len(in_flight)), "never more in flight than the budget"
    for one in taken:
        assert not before[one].protected, "a protected instance is never touched"
        assert before[one].power is Power.RUNNING, "a parked instance is never touched"
        half_done = before[one].provisioning is Provisioning.FAILED
        assert half_done or before[one].image != NEW, "an instance on the image is left alone"
        assert toy.job.selection.matches(before[one]), "only the chosen are touched"
    assert not toy.progress.failures, "nothing starts after a failure"
    back = {one for start in toy.starts for one in start} - toy.progress.asked.keys()
    if len(back) < toy.job.pace.canary:
        assert not toy.progress.asked, "the canary goes alone"
        assert len(back | taken) <= toy.job.pace.canary, "no more canaries than asked for"
    if not toy.job.pace.across_domains:
        domains = {toy.job.pace.order.domain(before[one]) for one in taken | toy.progress.asked.keys()}
        assert len(domains) == 1, "never two domains out together because of us"
    if isinstance(toy.job.pace.style, Batches):
        assert not toy.progress.asked, "a batch waits for its slowest"
        assert len(taken) <= toy.job.pace.style.size.of(len(before)), "no batch larger than asked for"


def play(toy):
    """A whole rollout, every decision checked; returns the last decision."""
    for _ in range(ROUNDS_MAX):
        decision = toy.round()
        match decision:
            case Upgrade():
                check_start(toy, decision)
                toy.ask(decision.instances)
            case Wait():
                assert decision.reason
                toy.pass_time(max(1.0, min(toy.due.values(), default=toy.now + 60.0) - toy.now))
            case Blocked():
                toy.progress = toy.progress.blocked(toy.now)
                toy.pass_time(60.0)
            case Halt() | Finish():
                return decision
    raise AssertionError("a rollout must end")


@given(toys())
def test_a_rollout_that_meets_no_failure_ends_with_every_chosen_one_proven(toy):
    last = play(toy)
    situation = survey(toy.fleet, toy.job, toy.progress)
    if isinstance(last, Halt):
        assert situation.budget.out >= situation.budget.allowed, "only a budget that others hold stops it"
    else:
        stands = {situation.standings[one.id] for one in situation.chosen}
        assert stands <= {Standing.PROVEN, Standing.HELD, Standing.PARKED}
    asked = [one for start in toy.starts for one in start]
    assert len(asked) == len(set(asked)), "never upgraded twice"


@given(toys(fates=("works", "works", "works", "fails", "stays sick")))
def test_nothing_starts_after_a_failure_and_every_rollout_ends(toy):
    last = play(toy)
    bad = {one for start in toy.starts for one in start if toy.fates[one][1] != "works"}
    if bad:
        assert isinstance(last, Halt)
        assert {failure.instance for failure in toy.progress.failures} <= bad
        assert toy.progress.failures


@given(toys(), st.data())
def test_others_who_take_instances_out_never_make_us_exceed_the_budget(toy, data):
    for _ in range(ROUNDS_MAX):
        meddled = data.draw(st.sampled_from(["", "", "", "sicken", "heal", "stop"]))
        victim = data.draw(st.sampled_from([one.id for one in toy.fleet.instances]))
        if meddled and victim not in toy.due:
            toy.set(
                victim,
                **{
                    "sicken": {"health": Health.UNHEALTHY},
                    "heal": {"health": Health.HEALTHY, "power": Power.RUNNING},
                    "stop": {"health": None, "power": Power.DEALLOCATED},
                }[meddled],
            )
        decision = toy.round()
        if isinstance(decision, Upgrade):
            check_start(toy, decision)
            toy.ask(decision.instances)
        elif isinstance(decision, Halt | Finish):
            return
        else:
            toy.progress = toy.progress.blocked(toy.now) if isinstance(decision, Blocked) else toy.progress
            toy.pass_time(97.0)


@given(toys())
@settings(max_examples=200)
def test_the_plan_is_what_the_decisions_do_when_every_upgrade_takes_equally_long(toy):
    toy.fates = dict.fromkeys(toy.fates, (100.0, "works"))
    plan = make_plan(toy.fleet, toy.job)
    if isinstance(play(toy), Finish):
        assert tuple(one for start in toy.starts for one in start) == plan.upgrades
        if survey(toy.fleet, toy.job, toy.progress).budget.out == plan.budget.out == plan.stuck:
            assert tuple(toy.starts) == tuple(step.instances for step in plan.steps)


@given(toys())
def test_the_same_question_has_the_same_answer(toy):
    seen = toy.progress.seen(toy.fleet, toy.job, 0.0)
    assert decide(toy.fleet, toy.job, seen, 0.0) == decide(toy.fleet, toy.job, seen, 0.0)
