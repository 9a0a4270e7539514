"""The bars of a rollout, one for each instance; of journals that are drawn, and of such as rollset has kept."""

import pytest

from rollset.core.fleet import AzureError
from rollset.core.progress import Failure
from rollset.core.standing import Standing
from rollset.core.undo import Leg, Undo
from rollset.engine import events
from rollset.engine.records import decode_entry, decode_order
from rollset.faces.timeline import Phase, Timeliner
from tests.engine.journals import load
from tests.faces.drawn import BEGIN, asked, entry, order, proven, timeline_of

FAILED = Failure(instance="0", error=AzureError(code="OSProvisioningTimedOut", message="no"))


def drawn(entries, now, of=None, instance="0"):
    """`waiting 0-10, out 10-70`: one bar, in seconds since the rollout began."""
    timeline = timeline_of(of or order(), entries, BEGIN + now)
    bar = next(one for one in timeline.bars if one.instance == instance)
    return ", ".join(f"{span.phase} {span.begin - BEGIN:.0f}-{span.end - BEGIN:.0f}" for span in bar.spans)


GO = entry(asked(1010, "0"))
THERE = entry(proven(1070, "0"), proven={"0": 1070})
SETTLES = entry(at=1050, since={"0": (Standing.SETTLING, 1045.0)})
REFUSED = entry(events.Answered(at=1012, instances=("0",), refused="409 OperationNotAllowed"))


@pytest.mark.parametrize(
    ("entries", "bar"),
    [
        pytest.param([], "waiting 0-100", id="nothing has happened"),
        pytest.param([GO], "waiting 0-10, out 10-100", id="on its way"),
        pytest.param([GO, THERE], "waiting 0-10, out 10-70, done 70-100", id="there"),
        pytest.param([GO, SETTLES], "waiting 0-10, out 10-45, settling 45-100", id="on the image, not healthy yet"),
        pytest.param([GO, SETTLES, THERE], "waiting 0-10, out 10-45, settling 45-70, done 70-100", id="healthy"),
        pytest.param([GO, REFUSED], "waiting 0-10, out 10-12, waiting 12-100", id="Azure would not begin"),
        pytest.param(
            [GO, entry(events.Withdrawn(at=1011, instances=("0",)))],
            "waiting 0-10, out 10-11, waiting 11-100",
            id="never reached by the request",
        ),
        pytest.param(
            [GO, entry(events.Failed(at=1080, failure=FAILED))], "waiting 0-10, out 10-80, failed 80-100", id="failed"
        ),
        pytest.param(
            [GO, entry(events.Failed(at=1030, failure=FAILED)), entry(asked(1040, "0")), THERE],
            "waiting 0-10, out 10-30, failed 30-40, out 40-70, done 70-100",
            id="tried again",
        ),
        pytest.param(
            [GO, THERE, entry(at=1090, since={"0": (Standing.SETTLING, 1085.0)})],
            "waiting 0-10, out 10-70, done 70-85, settling 85-100",
            id="not well any more",
        ),
        pytest.param(
            [GO, entry(events.Parked(at=1020, instances=("0",), reason="hook drain failed"))],
            "waiting 0-10, out 10-20, parked 20-100",
            id="parked by a hook",
        ),
        pytest.param(
            [entry(events.Taken(at=1010, instances=("0",))), THERE],
            "waiting 0-10, out 10-70, done 70-100",
            id="taken by Azure's own roll",
        ),
        pytest.param([entry(events.Retired(at=1030, instances=("0",)))], "waiting 0-30", id="deleted for a new one"),
    ],
)
def test_what_a_journal_says_of_one_instance(entries, bar):
    assert drawn(entries, now=100) == bar


def test_a_bake_is_drawn_as_far_as_it_came():
    baking = order(bake=60)

    assert drawn([GO, THERE], 100, baking) == "waiting 0-10, out 10-70, baking 70-100"
    assert drawn([GO, THERE], 200, baking) == "waiting 0-10, out 10-70, baking 70-130, done 130-200"


def test_what_the_last_look_shows_is_drawn_before_the_journal_tells_it():
    baking = order(bake=60)
    reading = Timeliner.of(baking, baking.plan)
    reading.take(GO)
    for at in (1075, 1080):
        reading.glimpse(["0", "1"], at)
    assert [span.phase for span in reading.timeline(BEGIN + 100).bars[0].spans] == ["waiting", "out", "baking"]
    assert reading.timeline(BEGIN + 100).bars[0].spans[-1].begin == 1075

    reading.take(THERE)
    assert reading.timeline(BEGIN + 100).bars[0].spans[-1].begin == 1070, "the journal knows it better"


def test_the_way_back_is_a_way_of_its_own():
    back = Undo(legs=(Leg(image=order().fleet.instances[0].image, instances=("0",)),), left=(), model=None)
    entries = [GO, THERE, entry(events.TurnedBack(at=1100, reason="undo ordered", undo=back))]
    entries += [entry(asked(1110, "0")), entry(proven(1150, "0"), proven={"0": 1150})]

    assert drawn(entries, 200, order(bake=10)) == (
        "waiting 0-10, out 10-70, baking 70-80, done 80-110, out 110-150, brought back 150-200"
    )


def test_new_instances_appear_when_a_surge_makes_them():
    entries = [entry(events.Arrived(at=1030, instances=("9",))), entry(proven(1060, "9"), proven={"9": 1060})]

    assert drawn(entries, 100, instance="9") == "being made 30-60, done 60-100"
    bar = next(one for one in timeline_of(order(), entries, BEGIN + 100).bars if one.instance == "9")
    assert (bar.began_at, bar.seconds_out) == (BEGIN + 30, 0), "it was never in service before"


def test_new_instances_are_being_made_from_when_azure_was_asked():
    growing = events.Growing(at=1020, by=1, capacity=4, etag=None, reason="canary")
    there = entry(events.Arrived(at=1060, instances=("9",)), proven(1060, "9"), proven={"9": 1060})

    assert drawn([entry(growing), there], 100, instance="9") == "being made 20-60, done 60-100"


def test_who_goes_and_arrives_between_two_looks_stands_where_it_went():
    taken = entry(events.Taken(at=1030, instances=("3",)), proven(1030, "3"), proven={"3": 1030})
    timeline = timeline_of(order(), [taken, entry(asked(1040, "1"))], BEGIN + 100)

    assert [(bar.instance, bar.began_at) for bar in timeline.bars[:2]] == [("3", 1030), ("1", 1040)]


def test_bars_stand_in_the_order_of_going_and_end_when_the_rollout_does():
    entries = [entry(asked(1010, "3")), entry(asked(1020, "1")), entry(proven(1050, "3"), proven={"3": 1050})]
    timeline = timeline_of(order(), entries, BEGIN + 100)

    assert [bar.instance for bar in timeline.bars] == ["3", "1", "0", "2"]
    assert timeline.phases == (Phase.WAITING, Phase.OUT, Phase.DONE)


@pytest.mark.parametrize("name", ["rolling", "undoing"])
def test_bars_of_a_kept_journal_have_neither_gaps_nor_overlaps(name):
    golden = load(name)
    kept = [decode_entry(text) for text in golden.entries]
    timeline = timeline_of(decode_order(golden.order), kept, kept[-1].at + 60)

    for bar in timeline.bars:
        assert [one.end for one in bar.spans[:-1]] == [one.begin for one in bar.spans[1:]], bar
        assert (bar.spans[0].begin, bar.spans[-1].end) == (timeline.begin, timeline.end)
        assert all(one.begin < one.end for one in bar.spans), bar
