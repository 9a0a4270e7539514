"""Unit: an upgraded instance that falls ill again and again has failed. Bake 100 s, health deadline 600 s: 700 s in all.

Each row is the life of instance 0, a letter every 50 s as in draw.py, from its request on; the others are outdated.
"""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Halt, Hold, TurnBack, Upgrade, Wait, decide
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.ids import InstanceId
from rollset.core.progress import Progress
from tests.core.draw import a_fleet, a_job, seasoned

STEP = 50.0
ZERO = InstanceId("0")
TWO = Amount(number=2)
JOB = a_job(max_unavailable=TWO, bake_seconds=100.0)
LAST = a_job(max_unavailable=TWO, bake_end_seconds=100.0)


def lived(life, job=JOB, rest="ooo", progress=None):
    """The fleet, the progress and the decision after such a life."""
    fleet = a_fleet("o" + rest, domains="0" * (1 + len(rest)))
    progress = (progress or Progress()).started(fleet, [ZERO], 0.0)
    for number, letter in enumerate(life):
        fleet = a_fleet(letter + rest, domains="0" * (1 + len(rest)))
        progress = progress.seen(fleet, job, number * STEP)
    return fleet, progress, decide(fleet, job, progress, (len(life) - 1) * STEP)


@pytest.mark.parametrize(
    ("life", "failed"),
    [
        pytest.param("unnn", False, id="never ill"),
        pytest.param("u" + "nb" * 7 + "n", False, id="ill every other time, for 700 s"),
        pytest.param("u" + "nb" * 8, True, id="and once more"),
        pytest.param("u" + "nb" * 7 + "nnnn", False, id="whoever is well when the time is over may finish"),
        pytest.param("u" + "nb" * 7 + "nnnnb", False, id="who has baked begins anew"),
        pytest.param("u" + "nb" * 7 + "nnnn" + "bn" * 7 + "b", False, id="with as much time as before"),
        pytest.param("u" + "nb" * 7 + "nnnn" + "bn" * 8 + "b", True, id="which is over too"),
        pytest.param("un" + 12 * "b" + "nnn", False, id="ill as late and as long as may be: once is put up with"),
        pytest.param("u" + "nw" * 8, True, id="others who restart it again and again are no excuse"),
        pytest.param("u" + "ns" * 8, False, id="whom others stop nobody waits for"),
    ],
)
def test_who_has_not_baked_in_time_has_failed(life, failed):
    _, progress, decision = lived(life)
    assert (ZERO in progress.failed) is failed
    assert isinstance(decision, Halt) is failed


def test_the_reason_says_how_long_it_had_and_how_often_it_fell_ill():
    _, _, decision = lived("u" + "nb" * 8)
    assert decision.reason == (
        "instance 0 failed: BakeDeadline: it had 700 s to stay well for 100 s without a break, and fell ill 8 times; "
        "last seen provisioning Succeeded, power running, health initializing"
    )


class TestWithoutABake:
    """Nobody is waited for to stay well; but a fleet that is never well as a whole holds no rollout for ever."""

    JOB = a_job(max_unavailable=TWO)

    @pytest.mark.parametrize(
        ("life", "failed"),
        [
            pytest.param("unnn", False, id="never ill"),
            pytest.param("u" + "nb" * 12 + "n", False, id="ill every other time, for 1200 s"),
            pytest.param("u" + "nb" * 14, True, id="and longer"),
            pytest.param("unb" + "n" * 14 + "bn" * 11 + "b", False, id="well for as long as the health deadline"),
            pytest.param("unb" + "n" * 40 + "b", False, id="once in a while"),
        ],
    )
    def test_who_falls_ill_again_and_again_has_failed(self, life, failed):
        _, progress, decision = lived(life, self.JOB)
        assert (ZERO in progress.failed) is failed
        assert isinstance(decision, Halt) is failed

    def test_who_never_falls_ill_is_not_kept_in_mind(self):
        _, progress, decision = lived("unnn", self.JOB)
        assert progress.spells == {}
        assert isinstance(decision, Upgrade)

    def test_a_fleet_in_which_somebody_is_ill_at_each_look_ends_the_rollout(self):
        fleet, progress = a_fleet("oo", domains="00"), Progress()
        progress = progress.started(fleet, [ZERO, InstanceId("1")], 0.0)
        for number, letters in enumerate(["uu", "nn", *["nb", "bn"] * 20]):
            fleet = a_fleet(letters, domains="00")
            progress = progress.seen(fleet, self.JOB, number * STEP)
        assert isinstance(decide(fleet, self.JOB, progress, number * STEP), Halt)


class TestTheLastBake:
    """It comes when nobody else is to go."""

    def test_until_then_only_the_bake_counts(self):
        _, progress, decision = lived("u" + "nb" * 12, LAST)
        assert not progress.failed
        assert not isinstance(decision, Halt)

    @pytest.mark.parametrize(("life", "kind"), [("u" + "nb" * 7 + "n", Hold), ("u" + "nb" * 8, Halt)])
    def test_then_the_last_bake_does(self, life, kind):
        _, _, decision = lived(life, LAST, rest="nnn")
        assert isinstance(decision, kind), decision

    def test_who_is_ill_by_then_has_as_long_as_who_falls_ill_in_it(self):
        _, progress, _ = lived("u" + "nb" * 12, LAST)
        fleet = a_fleet("bnnn", domains="0000")
        later = progress.seen(fleet, LAST, 1300.0)
        assert not later.failed
        assert later.spells[ZERO].since == 1300.0


class TestAfterIt:
    """It fails as any instance fails."""

    life = "u" + "nb" * 8

    def test_a_rollout_turns_back_where_told_so(self):
        _, _, decision = lived(self.life, replace(JOB, on_failure=OnFailure.UNDO))
        assert isinstance(decision, TurnBack)

    def test_it_is_reimaged_and_begins_anew_where_retries_are_left(self):
        job = replace(JOB, tolerance=Tolerance(retries=1))
        fleet, progress, decision = lived(self.life, job)
        assert (decision.instances, decision.reimage) == ((ZERO,), True)
        again = progress.started(fleet, [ZERO], 900.0)
        assert again.spells == {}
        assert not again.seen(a_fleet("wooo", domains="0000"), job, 2000.0).spells, "on its way it does not bake"

    @pytest.mark.parametrize("letter", "bn")
    def test_one_that_is_put_up_with_holds_its_place_and_nobody_up(self, letter):
        """Well or ill: nobody waits for it to bake, and the budget of two has one place left."""
        job = replace(JOB, tolerance=Tolerance(max_failures=TWO))
        _, _, decision = lived(self.life + letter, job, progress=seasoned(Progress()))
        assert isinstance(decision, Halt), "nothing is proven while it alone has been upgraded"
        job = a_job(max_unavailable=TWO, bake_seconds=100.0, canary=0)
        job = replace(job, tolerance=Tolerance(max_failures=TWO))
        _, _, decision = lived(self.life + letter, job)
        assert decision.instances == ("1",)

    def test_the_last_bake_does_not_begin_anew_because_of_it(self):
        job = replace(LAST, tolerance=Tolerance(max_failures=TWO))
        _, progress, decision = lived(self.life + "n", job, rest="nnn", progress=seasoned(Progress()))
        assert ZERO in progress.failed
        assert isinstance(decision, Halt), "no hold, and no good end either"
        assert decision.reason.endswith(f"(instance 0 failed: {progress.failed[ZERO].error})")

    def test_it_is_nobodys_canary_however_well_it_is_later(self):
        job = replace(JOB, on_failure=OnFailure.CONTINUE)
        _, _, decision = lived(self.life + "nnnnn", job, rest="uoo")
        assert isinstance(decision, Wait), decision


def test_a_time_in_which_nobody_looked_is_no_reason_to_fail():
    """As a crash leaves it: well when last seen, ill an hour later. A second time it would fail."""
    _, progress, _ = lived("un")
    ill, well = a_fleet("booo", domains="0000"), a_fleet("nooo", domains="0000")
    later = progress.seen(ill, JOB, 3600.0)
    assert not later.failed
    assert later.seen(well, JOB, 3650.0).seen(ill, JOB, 3700.0).failed


def test_who_is_ill_when_its_bake_would_be_over_has_not_baked():
    """A bake of two looks: whether it was well until now nobody knows, and it would begin anew each time."""
    _, progress, decision = lived("u" + "nnb" * 6)
    assert progress.spells[ZERO].since == STEP
    assert isinstance(decision, Halt)
