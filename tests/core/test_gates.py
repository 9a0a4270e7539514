"""Unit: gates. What makes an answer a yes, how many in a row turn a gate, and what a shut gate holds up."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Finish, Halt, Upgrade, Wait, decide, survey
from rollset.core.ids import InstanceId
from rollset.core.outside.calls import WebCall
from rollset.core.outside.gates import Answer, Bounds, Gate, Streak, Verdict, first_streak, judge
from rollset.core.outside.judging import answered, due
from rollset.core.progress import Progress
from rollset.core.standing import Standing
from rollset.core.undo import Leg, leg_job
from tests.core.draw import a_fleet, a_job, asked_for, drawn, seasoned

WEB = Gate(name="web", question=WebCall(url="http://{ip}/healthz"))
YES, NO = Answer(yes=True, words="200 OK"), Answer(yes=False, words="connection refused")


def numeric(**bounds):
    return replace(WEB, bounds=Bounds(**bounds))


@pytest.mark.parametrize(
    ("bounds", "number", "baseline", "yes"),
    [
        pytest.param({"below": 1.0}, 0.9, None, True, id="below"),
        pytest.param({"below": 1.0}, 1.0, None, False, id="not below itself"),
        pytest.param({"above": 1.0}, 1.1, None, True, id="above"),
        pytest.param({"above": 1.0, "below": 2.0}, 2.5, None, False, id="both must hold"),
        pytest.param({"within": 0.2}, 119.0, 100.0, True, id="near its baseline"),
        pytest.param({"within": 0.2}, 121.0, 100.0, False, id="too far above it"),
        pytest.param({"within": 0.2}, 79.0, 100.0, False, id="too far below it"),
        pytest.param({"within": 0.2}, -119.0, -100.0, True, id="a baseline below zero"),
        pytest.param({"within": 0.2}, 0.0, 0.0, True, id="a baseline of zero, and still zero"),
        pytest.param({"within": 0.2}, 5000.0, None, True, id="served nobody before: no baseline to be held against"),
        pytest.param({"within": 0.2, "below": 99.0}, 5000.0, None, False, id="and yet bounded"),
        pytest.param({"below": 1.0}, float("nan"), None, False, id="not a number"),
        pytest.param({"above": 1.0}, float("inf"), None, False, id="without end"),
        pytest.param({"below": 1.0}, None, None, False, id="no number at all"),
    ],
)
def test_a_number_is_held_against_its_bounds(bounds, number, baseline, yes):
    verdict = judge(numeric(**bounds), Answer(yes=True, words="answered", number=number), baseline)
    assert verdict.yes is yes, verdict.words


def test_a_question_that_failed_is_a_no_whatever_its_number():
    assert not judge(numeric(below=1.0), Answer(yes=False, words="exit status 1", number=0.0), None).yes


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [("y", 0), ("yy", 1), ("yny", 0), ("ynyy", 1), ("yyn", 1), ("yynn", 0), ("yynyn", 1), ("nnnny", 0), ("yynnyy", 1)],
)
def test_as_many_in_a_row_close_a_gate_as_open_it(answers, is_open):
    first, *rest = [Verdict(yes=one == "y", words=one) for one in answers]
    streak = first_streak(first, WEB, 0.0)
    for at, verdict in enumerate(rest, start=1):
        streak = streak.after(verdict, WEB, float(at))
    assert streak.open is bool(is_open)


# What a shut gate holds up: budget two, one domain.


def run(letters, *, gates=(WEB,), canary=0, **pace):
    """A fleet, its job, and a run that asked for every `g`: on the image, and well for Azure."""
    fleet = a_fleet(letters.replace("g", "n"), domains="0" * len(letters))
    pace = {"max_unavailable": Amount(number=2), "canary": canary, **pace}
    return fleet, replace(a_job(**pace), gates=gates), asked_for(letters.replace("g", "u"))


def told(fleet, job, progress, answers, now=0.0):
    """Everybody who is due is asked, time and again: `answers` names those that say no."""
    for _ in range(2):
        now += 10.0
        for one in due(survey(fleet, job, progress), now):
            if one.at <= now:
                progress = answered(progress, one, NO if one.instance in answers else YES, now)
    return progress.seen(fleet, job, now), now


@pytest.mark.parametrize(
    ("letters", "no", "chosen"),
    [
        pytest.param("ggoooo", "01", None, id="two on the image, both shut out: nobody leaves"),
        pytest.param("ggoooo", "1", "  ^", id="one let through: one may leave"),
        pytest.param("ggoooo", "", "  ^^", id="both let through"),
        pytest.param("gnoooo", "0", "  ^", id="one found on the image is not judged, and holds no place"),
        pytest.param("gxoooo", "0", " ^", id="one that serves nobody takes the place that is left"),
        pytest.param("gxxooo", "0", " ^", id="and no more than one of them"),
    ],
)
def test_who_is_shut_out_holds_its_place(letters, no, chosen):
    fleet, job, progress = run(letters)
    progress, now = told(fleet, job, progress, no)
    decision = decide(fleet, job, progress, now)
    assert (drawn(fleet, decision.instances) if isinstance(decision, Upgrade) else None) == chosen, decision


def test_until_every_gate_has_answered_it_is_settling():
    fleet, job, progress = run("goo", gates=(WEB, replace(WEB, name="second")))
    once = answered(progress, due(survey(fleet, job, progress), 1.0)[0], YES, 1.0)
    situation = survey(fleet, job, once.seen(fleet, job, 1.0))
    assert situation.standings["0"] is Standing.SETTLING
    assert situation.out == {"0"}
    assert isinstance(decide(fleet, job, once.seen(fleet, job, 1.0), 1.0), Upgrade), "the other place is free"


def test_a_canary_that_is_shut_out_goes_alone():
    fleet, job, progress = run("gooo", canary=1)
    progress, now = told(fleet, job, progress, "0")
    decision = decide(fleet, job, progress, now)
    assert decision == Wait(reason="the canary goes alone: waiting for 0 to prove itself", instances=("0",))


def test_whoever_stays_shut_out_fails_with_the_last_answer_of_its_gate():
    fleet, job, progress = run("go")
    progress, _ = told(fleet, job, progress.seen(fleet, job, 0.0), "0")
    late = progress.seen(fleet, job, 601.0)
    (failure,) = late.failures
    assert failure.instance == "0"
    assert failure.error.message.endswith(
        "gate web (GET http://{ip}/healthz) said no, 2 times in a row: connection refused"
    )
    assert isinstance(decide(fleet, job, late, 601.0), Halt)


def test_a_gate_that_says_yes_too_seldom_is_told_so():
    """Its last answer alone would be a riddle: it was a yes."""
    _, job, progress = run("go")
    said = progress.judged("0", WEB.name, Streak(yes=True, words="HTTP 200", count=1, at=600.0))
    assert said.closed("0", job) == f"gate {WEB} said yes: HTTP 200; it takes {WEB.successes} in a row"


def test_only_those_of_this_run_that_are_well_are_asked_about():
    fleet, job, progress = run("gnbuoo")
    progress = Progress(asked={**progress.asked, InstanceId("2"): progress.asked[InstanceId("3")]})
    assert [one.instance for one in due(survey(fleet, job, progress), 1.0)] == ["0"]


def test_a_gate_is_asked_again_after_its_interval():
    fleet, job, progress = run("go")
    (first,) = due(survey(fleet, job, progress), 3.0)
    assert first.at == 3.0
    (second,) = due(survey(fleet, job, answered(progress, first, YES, 4.0)), 5.0)
    assert second.at == 14.0


def test_nobody_is_asked_about_whom_every_gate_trusts_and_who_does_not_bake():
    fleet, job, progress = run("go")
    progress, now = told(fleet, job, progress, "")
    assert due(survey(fleet, job, progress), now) == ()
    assert decide(*run("g")[:2], told(*run("g"), "")[0], now) == Finish(
        reason="1 of 1 chosen instances are on Contoso:Server:2012:2.0.0 and healthy"
    )


def test_who_is_shut_out_while_it_bakes_is_out_and_bakes_anew():
    fleet, job, progress = run("goo", bake_seconds=300.0)
    progress, now = told(fleet, job, progress, "")
    assert set(survey(fleet, job, progress).at(now).baking) == {"0"}
    progress, now = told(fleet, job, progress, "0", now)
    situation = survey(fleet, job, progress).at(now)
    assert situation.out == {"0"}
    assert not situation.baking
    progress, now = told(fleet, job, progress, "", now)
    assert survey(fleet, job, progress).at(now).baking == {"0": now + 300.0}


def test_the_way_back_asks_no_gate():
    fleet, job, _ = run("go")
    leg = Leg(image=fleet.instances[1].image, instances=(InstanceId("0"),))
    assert leg_job(job, leg).gates == ()


def test_a_canary_of_before_stays_proven():
    """Nothing of what was proven is asked about again, should the rollout go on elsewhere."""
    fleet, job, progress = run("oooo")
    assert not due(survey(fleet, job, seasoned(progress)), 5.0)
