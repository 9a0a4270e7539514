"""Property: with gates that lie and hooks that fail, nobody follows the unproven, and who is parked stays where it is."""

from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rollset.core.decide import Finish, Halt, survey
from rollset.core.fleet import Health, Power, Provisioning
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import Answer, Gate
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.outside.judging import answered, due, to_release
from tests.core.test_properties import held_paces, orders, toys
from tests.core.toy import Toy, play

WEB = Gate(name="web", question=WebCall(url="http://{ip}/"))
OWN = Gate(name="own", question=Command(argv=("own",)), successes=1)
UNDRAIN = Hook(moment=Moment.AFTER_INSTANCE, name="undrain", call=Command(argv=("undrain",)))


@dataclass
class OutsideToy(Toy):
    """A toy with gates and hooks. What they have said is kept here as well, and counted in another way."""

    luck: Random = field(default_factory=Random)
    lies: float = 0.0
    said: dict = field(default_factory=dict)
    parked: set = field(default_factory=set)

    def round(self):
        for one in due(survey(self.fleet, self.job, self.progress), self.now):
            if one.at <= self.now:
                yes = self.luck.random() >= self.lies
                self.said.setdefault(one.instance, {}).setdefault(one.gate.name, []).append(yes)
                self.progress = answered(self.progress, one, Answer(yes=yes, words="said"), self.now)
        for one in to_release(survey(self.fleet, self.job, self.progress)):
            if self.luck.random() < self.lies / 4:
                self.park([one])
            else:
                self.progress = self.progress.let_go(one, self.now)
        return super().round()

    def ask(self, chosen):
        assert not self.parked & set(chosen), "a parked one is never sent"
        allowed = self.job.pace.allowed(len(self.fleet.instances))
        out = {one.id for one in self.fleet.instances if not _serves(one)} | self.shut | self.parked
        before = len(out)
        assert len(out | set(chosen)) <= max(allowed, before), "whoever is shut out or parked holds its place"
        failing = [one for one in chosen if self.luck.random() < self.lies / 4]
        for one in chosen:
            self.said.pop(one, None)
        if going := tuple(one for one in chosen if one not in failing):
            super().ask(going)
        self.progress = self.progress.started(self.fleet, failing, self.now)
        self.park(failing)

    def park(self, whom):
        self.parked.update(whom)
        self.progress = self.progress.parking(whom, "a hook failed")

    @property
    def touched(self):
        """Whoever is parked proves nothing, and bakes no more: another canary goes in its stead."""
        return super().touched - self.parked

    @property
    def shut(self):
        """Sent by us, and not let through by every gate since."""
        return {
            one
            for one in self.touched
            if not all(_opened(self.said.get(one, {}).get(gate.name, ()), gate.successes) for gate in self.job.gates)
        }


def _opened(answers, successes):
    """Whether the last turn of so many in a row was to yes."""
    turns = [
        answers[at] for at in range(successes - 1, len(answers)) if len(set(answers[at - successes + 1 : at + 1])) == 1
    ]
    return bool(turns) and turns[-1]


def _serves(one):
    well = one.power is Power.RUNNING and one.provisioning is not Provisioning.UPDATING
    return well and one.health is Health.HEALTHY


@given(
    toys(paces=held_paces),
    orders,
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.2, 0.5]),
    st.tuples(st.sampled_from([(WEB,), (WEB, OWN), ()]), st.sampled_from([(UNDRAIN,), ()])),
)
def test_nobody_follows_the_unproven_and_the_parked_stay(toy, given_orders, luck, lies, outside):
    gates, hooks = outside
    job = replace(toy.job, gates=gates, hooks=hooks)
    played = OutsideToy(
        fleet=toy.fleet, job=job, fates=toy.fates, due=toy.due, orders=given_orders, luck=luck, lies=lies
    )
    last = play(played)
    if isinstance(last, Finish):
        assert not played.parked, "with somebody parked it is not done"
        assert not played.shut, "with somebody shut out it is not done"
    if isinstance(last, Halt) and not played.progress.failures:
        assert played.parked or survey(played.fleet, job, played.progress).budget.free == 0
