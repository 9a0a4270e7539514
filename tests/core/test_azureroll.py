"""Unit and property: our policy in the words of Azure's rolling upgrade, and what is decided while that runs."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.ahead.charges import charges
from rollset.core.amount import Amount
from rollset.core.azureroll.azurepolicy import KEYS, SAYABLE, SAYABLE_PACE, azure_policy
from rollset.core.azureroll.decide import BEGINS_SECONDS, STARTS_MAX, decide_roll, faulted, given_back, taken
from rollset.core.azureroll.rollingpolicy import PERCENT_MIN, RollingPolicy, duration
from rollset.core.azureroll.rolls import NO_ROLL, Roll, RollStart, RollState
from rollset.core.control import NO_ORDERS, Signal, Verb
from rollset.core.decision import CancelRoll, Finish, Halt, StartRoll, Stopped, TurnBack, Wait
from rollset.core.errors import NotAllowedByAzure
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError, HealthSource, Orchestration
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Engine, Job, Pace
from rollset.core.plan import make_plan
from rollset.core.progress import Progress
from rollset.core.situation import survey
from tests.core.draw import NEW, a_fleet, an_instance, asked_for

TWO = Amount(number=2)


def a_job(most=TWO, on_failure=OnFailure.STOP, **pace):
    usual = {"canary": 0, "style": Batches(size=most), "max_unavailable": most}
    return Job(image=NEW, engine=Engine.AZURE, on_failure=on_failure, pace=Pace(**{**usual, **pace}))


def a_situation(letters, job=None, control=NO_ORDERS):
    fleet, job = a_fleet(letters), job or a_job()
    return survey(fleet, job, asked_for(letters).seen(fleet, job, 10.0), control)


# The policy


@pytest.mark.parametrize(
    ("instances", "most", "batch", "unhealthy"),
    [(20, 2, 10, 10), (10, 2, 20, 20), (7, 2, 28, 29), (3, 1, 33, 34), (1, 1, 100, 100), (19, 1, 5, 6)],
)
def test_a_number_becomes_a_percentage_of_the_set(instances, most, batch, unhealthy):
    policy = azure_policy(a_situation("o" * instances, a_job(Amount(number=most))))
    assert policy == RollingPolicy(batch_percent=batch, unhealthy_percent=unhealthy, unhealthy_upgraded_percent=0)


@given(instances=st.integers(1, 400), most=st.integers(1, 400))
def test_however_azure_rounds_no_batch_is_larger_than_allowed(instances, most):
    """Rounded up, for that is the worse; and one more than allowed is more than it bears."""
    try:
        policy = azure_policy(a_situation("o" * instances, a_job(Amount(number=most))))
    except NotAllowedByAzure:
        assert most * 100 < PERCENT_MIN * instances
        return
    assert -(-policy.batch_percent * instances // 100) <= most
    assert PERCENT_MIN <= policy.batch_percent <= policy.unhealthy_percent <= 100
    assert policy.unhealthy_percent * instances < (most + 1) * 100 or policy.unhealthy_percent == 100


def test_pauses_are_written_as_azure_reads_them_and_a_minute_is_sixty_seconds():
    job = a_job(style=Batches(size=TWO, pause_seconds=5415.0), across_domains=True)
    policy = azure_policy(a_situation("o" * 10, job))
    assert (policy.pause, policy.across_zones) == ("PT1H30M15S", True)
    assert RollingPolicy(pause="PT90S").same_as(RollingPolicy(pause="PT1M30S"))
    assert not RollingPolicy(pause="P1D").same_as(RollingPolicy(pause="whenever"))
    assert RollingPolicy(pause=duration(86400 + 1)).pause_seconds == 86401


def test_whatever_a_job_may_ask_for_is_either_said_or_refused_by_a_name():
    """A policy that is new here is refused until somebody has thought of it."""
    named = {one.name for one in (*fields(Job), *fields(Pace))}
    assert named >= SAYABLE | SAYABLE_PACE | KEYS.keys()
    for one in ("bake_seconds", "checkpoints"):
        with pytest.raises(NotAllowedByAzure, match="has nothing for"):
            azure_policy(a_situation("oooo", a_job(**{one: 60.0 if one == "bake_seconds" else (object(),)})))


def test_a_plan_expects_looks_and_writes_and_no_request_to_upgrade():
    fleet = a_fleet("o" * 20)
    flexible = replace(fleet, scale_set=replace(fleet.scale_set, orchestration=Orchestration.FLEXIBLE))
    extension = replace(flexible, scale_set=replace(flexible.scale_set, health_source=HealthSource.EXTENSION))
    names = [{one.bucket.name for one in charges(make_plan(each, a_job()), 3600.0)} for each in (fleet, extension)]
    of_the_set = {"GetVMScaleSetResource", "UpdateVMScaleSetResource", "HighCostGetVMScaleSetResource"}
    assert names[0] == {*of_the_set, "subscription-reads"}, "the last for pre-flight"
    assert names[1] == {*names[0], "HighCostGetSubscriptionMaximum"}


# The decision

ROLLING = Roll(state=RollState.RUNNING, began_at=100.0, in_progress=1, pending=3)
START = RollStart(at=90.0, number=1, policy=RollingPolicy(), answered=True, begun=True)
FAULT = AzureError(code="MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade")


def ended(state, error=None):
    return Roll(state=state, began_at=100.0, error=error)


def ordered(verb):
    return NO_ORDERS.after(Signal(number=1, verb=verb, by="me", at=0.0))


@pytest.mark.parametrize(
    ("letters", "roll", "start", "kind"),
    [
        pytest.param("oooo", NO_ROLL, None, StartRoll, id="some are behind and nobody rolls"),
        pytest.param("oooo", ROLLING, None, Wait, id="somebody else's run goes on: it ends first"),
        pytest.param("ooun", ROLLING, START, Wait, id="it goes on"),
        pytest.param("nnnn", ROLLING, START, Wait, id="all are there, and Azure has not ended yet"),
        pytest.param("nnnn", ended(RollState.COMPLETED), START, Finish, id="all are there, and it has ended"),
        pytest.param("nnpn", ended(RollState.COMPLETED), START, Finish, id="a protected one is nobody's business"),
        pytest.param("nnub", ended(RollState.COMPLETED), START, Wait, id="two are not well yet"),
        pytest.param("nnoo", ended(RollState.COMPLETED), START, StartRoll, id="it left two: once more"),
        pytest.param("nnoo", ended(RollState.FAULTED), START, Halt, id="it gave up"),
        pytest.param("nnoo", ended(RollState.CANCELLED), START, Halt, id="somebody cancelled it"),
        pytest.param("nnoo", NO_ROLL, START, Wait, id="what was asked for is not seen yet"),
        pytest.param("nnoo", ended(RollState.COMPLETED), replace(START, last_began_at=100.0), Wait, id="an older run"),
        pytest.param(
            "nnoo", ended(RollState.COMPLETED), replace(START, number=STARTS_MAX), Halt, id="it leaves them each time"
        ),
    ],
)
def test_what_is_decided(letters, roll, start, kind):
    assert isinstance(decide_roll(a_situation(letters), roll, start, 120.0), kind)


def test_a_run_that_never_begins_is_asked_for_again():
    late = START.at + BEGINS_SECONDS
    assert isinstance(decide_roll(a_situation("oooo"), NO_ROLL, START, late), StartRoll)


@pytest.mark.parametrize(("verb", "kind"), [(Verb.STOP, Stopped), (Verb.UNDO, TurnBack)])
def test_an_order_cancels_and_lands_before_it_ends(verb, kind):
    control = ordered(verb)
    assert isinstance(decide_roll(a_situation("noou", control=control), ROLLING, START, 120.0), CancelRoll)
    cancelled = ended(RollState.CANCELLED)
    assert isinstance(decide_roll(a_situation("noou", control=control), cancelled, START, 120.0), Wait)
    assert isinstance(decide_roll(a_situation("noon", control=control), cancelled, START, 120.0), kind)


@pytest.mark.parametrize(("on_failure", "kind"), [(OnFailure.STOP, Halt), (OnFailure.UNDO, TurnBack)])
def test_who_is_not_well_when_azure_gives_up_has_failed_in_its_words(on_failure, kind):
    fleet, job = a_fleet("nbo"), a_job(on_failure=on_failure)
    progress = Progress().taken([InstanceId("1")], 10.0).seen(fleet, job, 20.0)
    failures = tuple(faulted(survey(fleet, job, progress), ended(RollState.FAULTED, FAULT)))
    assert [(one.instance, one.error) for one in failures] == [("1", FAULT)]
    here = survey(fleet, job, progress.reported(failures))
    decision = decide_roll(here, ended(RollState.FAULTED, FAULT), START, 30.0)
    assert isinstance(decision, kind)
    assert FAULT.code in decision.reason


# Whom Azure has taken


def test_only_those_count_as_taken_that_were_behind_and_are_on_their_way_or_there():
    before, now = a_fleet("oonop"), a_fleet("uonbp")
    newcomer = an_instance(9, "n")
    now = replace(now, instances=(*now.instances, newcomer))
    assert taken(before, now, a_job(), Progress()) == ("0", "3")
    assert taken(before, now, a_job(), Progress().taken(["0", "3"], 5.0)) == ()


def test_who_stands_there_as_before_was_not_taken():
    progress = Progress().taken([InstanceId("0"), InstanceId("1"), InstanceId("2")], 5.0)
    assert given_back(a_fleet("onuo"), a_job(), progress) == ("0",)
