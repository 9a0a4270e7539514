"""Unit: when a rollout will end, held against many that are played with the same chances."""

import random
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings

from rollset.core.ahead.estimate import estimate
from rollset.core.amount import Amount
from rollset.core.control import NO_ORDERS, Signal, Verb
from rollset.core.decide import Finish, Stopped, TurnBack, survey
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Checkpoint
from rollset.core.progress import Attempt, Failure, Progress, Took
from rollset.core.when.calendar import Calendar
from rollset.core.when.windows import MaintenanceWindow
from tests.core.draw import a_fleet, a_job, asked_for, upgraded
from tests.core.strategies import held_paces, orders, toys
from tests.core.toy import Toy, play

PLAYED = 40
NOW = 1000.0


def durations(seed, count):
    """As Azure's are: most alike, a few much longer."""
    luck = random.Random(seed)
    return [180.0 * luck.lognormvariate(0.0, 0.25) for _ in range(count)]


def known(count=60):
    """The progress of a run that has seen so many end, of instances that are gone since."""
    took = {InstanceId(f"gone{n}"): Took(each, each) for n, each in enumerate(durations(1, count))}
    return Progress(took=took, proven=dict.fromkeys(took, 0.0))


def simulated(fleet, job, progress, seed):
    """One rollout played with the real decisions: how long it takes from now on."""
    luck = iter(durations(seed, 100))
    fates = {one.id: (next(luck), "works") for one in fleet.instances}
    due = {}
    for one, attempt in progress.asked.items():
        age = NOW - attempt.at
        due[one] = (attempt.at + next(each for each in luck if each > age), job.image)
    toy = Toy(fleet=fleet, job=job, fates=fates, now=NOW, progress=progress, due=due)
    assert isinstance(play(toy), Finish)
    return toy.now - NOW


def held_against(letters, job, domains, progress=None, ages=()):
    fleet = a_fleet(letters, domains=domains)
    asked = {
        InstanceId(str(n)): Attempt(at=NOW - age, out_at=NOW)
        for n, age in zip((n for n, letter in enumerate(letters) if letter == "u"), ages, strict=True)
    }
    progress = replace(progress or known(), asked=asked).seen(fleet, job, NOW)
    ends = sorted(simulated(fleet, job, progress, seed) for seed in range(2, 2 + PLAYED))
    return estimate(survey(fleet, job, progress), NOW), ends[PLAYED // 2], ends[PLAYED * 9 // 10]


FOUR = "012" * 4
HOURLY = MaintenanceWindow(cron="0 * * * *", seconds=1200.0, zone="UTC")


@pytest.mark.parametrize(
    ("job", "domains"),
    [
        pytest.param(a_job(max_unavailable=Amount(number=4), canary=0), FOUR, id="window, domain by domain"),
        pytest.param(
            a_job(max_unavailable=Amount(number=4), canary=0, across_domains=True), FOUR, id="window across domains"
        ),
        pytest.param(
            a_job(max_unavailable=Amount(number=3), canary=0, style=Batches(size=Amount(number=3), pause_seconds=60.0)),
            FOUR,
            id="batches with pauses",
        ),
        pytest.param(
            replace(a_job(max_unavailable=Amount(number=4), canary=0), calendar=Calendar(windows=(HOURLY,))),
            FOUR,
            id="window, for a third of each hour",
        ),
        pytest.param(
            a_job(max_unavailable=Amount(number=4), bake_seconds=120.0, bake_end_seconds=600.0), FOUR, id="bakes"
        ),
        pytest.param(
            a_job(
                max_unavailable=Amount(number=4),
                canary=0,
                checkpoints=(
                    Checkpoint(share=Amount(number=25, percent=True), wait_seconds=900.0),
                    Checkpoint(share=Amount(number=100, percent=True), wait_seconds=100.0),
                ),
            ),
            "0" * 12,
            id="timed checkpoints",
        ),
    ],
)
def test_it_agrees_with_many_rollouts_played(job, domains):
    told, p50, p90 = held_against("o" * 12, job, domains)
    assert told.p50 == pytest.approx(p50, rel=0.06)
    assert told.p90 == pytest.approx(p90, rel=0.08)


def test_what_is_on_its_way_is_given_the_rest_of_its_time():
    job = a_job(max_unavailable=Amount(number=4), canary=0)
    told, p50, p90 = held_against("uuuoooooooxx", job, "0" * 12, ages=(170.0, 20.0, 260.0))
    assert told.p50 == pytest.approx(p50, rel=0.06)
    assert told.p90 == pytest.approx(p90, rel=0.08)


def test_a_canary_goes_first_and_bakes():
    job = a_job(max_unavailable=Amount(number=8), bake_seconds=300.0)
    told, p50, p90 = held_against("o" * 8, job, "0" * 8)
    assert told.p50 == pytest.approx(p50, rel=0.06)
    assert told.p90 == pytest.approx(p90, rel=0.08)


class TestKnowingLittle:
    job = a_job(max_unavailable=Amount(number=2))

    def told(self, progress, letters="oooo", **model):
        fleet = a_fleet(letters, domains="0" * len(letters), **model)
        return estimate(survey(fleet, self.job, progress), NOW)

    def test_with_none_ended_it_is_guessed_from_what_the_system_usually_takes(self):
        linux, windows, neither = (self.told(Progress(), os_type=name) for name in ("Linux", "Windows", None))
        assert (linux.measured, windows.measured) == (0, 0)
        assert 3 * 90.0 * 0.75 < linux.p50 < linux.p90 < 3 * 180.0 * 1.25 < windows.p50 < windows.p90
        assert linux.p50 < neither.p50 < windows.p90
        assert neither.p90 / neither.p50 > linux.p90 / linux.p50

    def test_with_one_ended_it_is_drawn_from_that_one_and_says_so(self):
        told = self.told(upgraded({"gone": 0.0}))
        assert told.measured == 1
        assert 2 * 300.0 * 0.9 < told.p50 < 2 * 300.0 * 1.3

    def test_the_more_have_ended_the_surer_it_is(self):
        few, many = (
            self.told(Progress(took=took, proven=dict.fromkeys(took, 0.0)))
            for took in ({InstanceId(f"gone{n}"): Took(300.0, 300.0) for n in range(count)} for count in (1, 100))
        )
        assert (few.p90 - few.p50) > 3 * (many.p90 - many.p50)

    def test_what_takes_longer_than_anything_before_is_taken_to_take_longer_still(self):
        fleet_of_one = replace(known(), asked={InstanceId("0"): Attempt(at=NOW - 2000.0, out_at=NOW)})
        told = self.told(fleet_of_one, "u")
        assert 0.0 < told.p50 < told.p90 < 2000.0
        blind = self.told(Progress(asked=fleet_of_one.asked), "u", os_type="Linux")
        assert 0.0 < blind.p50 < blind.p90


class TestHolds:
    job = a_job(max_unavailable=Amount(number=4), checkpoints=(Checkpoint(share=Amount(number=2)),))

    def told(self, letters, *verbs, job=None, progress=None):
        fleet, job = a_fleet(letters, domains="0" * len(letters)), job or self.job
        signals = [Signal(number=n, verb=verb, by="ann", at=0.0, checkpoint=1) for n, verb in enumerate(verbs, 1)]
        progress = (progress or replace(known(), asked=asked_for(letters, NOW).asked)).seen(fleet, job, NOW)
        return estimate(survey(fleet, job, progress, NO_ORDERS.after_all(signals)), NOW)

    def test_nobody_knows_when_an_operator_comes(self):
        assert self.told("nnoo") is None
        assert self.told("ooou", Verb.PAUSE) is None
        assert self.told("ooou", Verb.UNDO) is None

    def test_approvals_ahead_are_counted_and_not_waited_for(self):
        ahead, given = self.told("oooo"), self.told("oooo", Verb.APPROVE)
        assert (ahead.approvals, given.approvals) == (1, 0)
        assert ahead.p50 > given.p50, "two by two takes longer than four at once"

    def test_after_a_stop_only_what_is_in_flight_counts(self):
        assert 0.0 < self.told("uooooooo", Verb.STOP).p90 < 400.0
        assert self.told("oooo", Verb.STOP).p90 == 0.0
        broken = known().reported([Failure(instance=InstanceId("1"), error=AzureError(code="AllocationFailed"))])
        assert self.told("oooo", progress=broken).p90 == 0.0

    def test_where_others_hold_the_budget_there_is_none(self):
        assert self.told("ooossss") is None

    def test_a_bake_at_the_end_ends_at_its_moment(self):
        job = a_job(bake_end_seconds=600.0)
        told = self.told("nnn", job=job, progress=upgraded({"0": NOW - 100.0, "1": NOW - 250.0}))
        assert (told.p50, told.p90) == (500.0, 500.0)

    def test_a_timed_checkpoint_opens_at_its_moment(self):
        job = replace(
            self.job, pace=replace(self.job.pace, checkpoints=(Checkpoint(share=Amount(number=2), wait_seconds=900.0),))
        )
        soon = self.told("nnoo", job=job, progress=replace(known(), reached={1: NOW - 800.0}))
        late = self.told("nnoo", job=job)
        assert late.p50 - soon.p50 == pytest.approx(800.0)


def test_a_thousand_instances_are_estimated_at_once():
    fleet = a_fleet("n" * 20 + "u" * 80 + "o" * 900)
    asked = {one.id: Attempt(at=NOW - 50.0, out_at=NOW) for one in fleet.instances[20:100]}
    job = a_job(across_domains=True)
    situation = survey(fleet, job, replace(known(), asked=asked).seen(fleet, job, NOW))
    times = []
    for _ in range(5):
        began = process_time()
        told = estimate(situation, NOW)
        times.append(process_time() - began)
    assert told == estimate(situation, NOW), "the same question has the same answer"
    assert told.p50 == pytest.approx(9.7 * 186.0, rel=0.08)
    assert min(times) < 0.25, "a bound for a busy machine; about 0.03 s on an idle one"


@given(toys(paces=held_paces), orders)
@settings(max_examples=30)
def test_whatever_the_situation_there_is_a_time_or_none(toy, ordered):
    """Asked in the middle of rollouts of every kind."""
    toy.orders = list(ordered)
    toy.job = replace(toy.job, on_failure=OnFailure.STOP)
    told = []
    ask = toy.round

    def asked_first():
        decision = ask()
        if len(told) < 8:
            situation = survey(toy.fleet, toy.job, toy.progress, toy.control)
            told.append((decision, estimate(situation, toy.now)))
        return decision

    toy.round = asked_first
    play(toy)
    for decision, one in told:
        assert one is None or 0.0 <= one.p50 <= one.p90 < float("inf")
        if isinstance(decision, Finish | Stopped):
            assert one.p90 == 0.0
        if isinstance(decision, TurnBack):
            assert one is None
