"""How many serve over time, of journals that are drawn; and of a whole rollout, against what the emulator saw."""

import pytest

from rollset.core.amount import Amount
from rollset.core.standing import Standing
from rollset.core.surging.surge import Fallback, Surge
from rollset.engine import events
from tests.faces.drawn import BEGIN, asked, availability_of, entry, order, proven

GO = entry(asked(1010, "0", "1"))


def line(entries, of=None):
    """`4 2@10 3@60`: how many serve, and from when on, in seconds since the rollout began."""
    first, *rest = availability_of(of or order(), entries, BEGIN + 100).points
    assert first.at == BEGIN
    return " ".join([str(first.serving), *(f"{one.serving}@{one.at - BEGIN:.0f}" for one in rest)])


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        pytest.param([], "4", id="nothing has happened"),
        pytest.param([GO], "4 2@10", id="two are out"),
        pytest.param([GO, entry(proven(1060, "0"))], "4 2@10 3@60", id="one is back"),
        pytest.param([GO, entry(proven(1060, "0"), proven(1060, "1"))], "4 2@10 4@60", id="both at the same moment"),
        pytest.param([GO, entry(proven(1060, "0", off=True))], "4 2@10", id="left stopped: it serves nobody"),
        pytest.param(
            [GO, entry(events.Answered(at=1012, instances=("0", "1"), refused="409"))], "4 2@10 4@12", id="never began"
        ),
        pytest.param(
            [entry(at=1020, since={"3": (Standing.MOVING, 1020.0)}), entry(at=1040, since={"3": None})],
            "4 3@20 4@40",
            id="somebody else restarted one",
        ),
        pytest.param(
            [
                entry(events.Arrived(at=1010, instances=("8",))),
                entry(proven(1040, "8")),
                entry(events.Retired(at=1050, instances=("0",))),
            ],
            "4 5@40 4@50",
            id="replaced: one more before one less",
        ),
    ],
)
def test_what_a_journal_says_of_the_set(entries, told):
    assert line(entries) == told


def test_the_floor_is_what_the_budget_leaves():
    two_out = availability_of(order(allowed=2), [], BEGIN)
    assert (two_out.total, two_out.floor, two_out.least) == (4, 2, 4)


def test_a_surge_never_lets_it_fall_below_the_whole():
    surge = Surge(add=Amount(number=1), fallback=Fallback.STOP)
    assert availability_of(order(surge=surge), [], BEGIN).floor == 4


def test_the_last_look_says_what_the_journal_does_not_know_yet():
    known = availability_of(order(), [GO], BEGIN + 100)
    assert [one.serving for one in known.seen(BEGIN + 50, 1).points] == [4, 2, 1]
    assert known.seen(BEGIN + 50, 2) == known, "nothing new"
    assert known.seen(BEGIN + 5, 1) == known, "an older look than the journal"
