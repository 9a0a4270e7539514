"""Unit and property: which orders hold. What a decision makes of them stands in test_orders.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.control import NO_ORDERS, Signal, Verb


def orders(words):
    """Signals by their words, numbered from 1: `approve` names the checkpoint after it."""
    for number, word in enumerate(words.split(), start=1):
        verb, _, checkpoint = word.partition(":")
        yield Signal(
            number=number,
            verb=Verb(verb),
            by="ann",
            at=100.0 + number,
            checkpoint=int(checkpoint) if checkpoint else None,
        )


def in_force(control):
    words = [word for word in ("paused", "stopped", "undo") if getattr(control, word) is not None]
    return " ".join([*words, *(f"approved:{n}" for n in sorted(control.approved))])


@pytest.mark.parametrize(
    ("ordered", "holds"),
    [
        ("", ""),
        ("pause", "paused"),
        ("pause resume", ""),
        ("resume pause", "paused"),
        ("resume", ""),
        ("stop", "stopped"),
        pytest.param("pause stop", "stopped", id="a stop ends a pause"),
        pytest.param("stop resume pause approve:1 stop", "stopped", id="after a stop nothing else has an effect"),
        pytest.param("undo stop", "stopped", id="a stop ends an undo that was ordered before it"),
        pytest.param("stop undo", "undo", id="an undo after a stop brings back"),
        pytest.param("stop undo stop", "stopped", id="the latest of the two holds"),
        pytest.param("pause undo", "undo", id="an undo ends a pause"),
        pytest.param("undo pause", "paused undo", id="a way back can be paused"),
        ("approve:2 approve:1 pause", "paused approved:1 approved:2"),
        pytest.param("approve", "", id="an approval that names no checkpoint opens none"),
    ],
)
def test_what_holds_after_orders(ordered, holds):
    assert in_force(NO_ORDERS.after_all(orders(ordered))) == holds


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.RESUME])
def test_who_ordered_it_first_is_remembered(verb):
    first, again = (Signal(number=n, verb=verb, by=by, at=0.0, checkpoint=1) for n, by in ((1, "ann"), (2, "bob")))
    control = NO_ORDERS.after_all([first, again])
    assert first in (control.paused, control.stopped, control.undo, *control.approved.values())
    assert control.taken == 2


signals = st.lists(st.sampled_from(["pause", "resume", "stop", "undo", "approve:1", "approve:2"]), max_size=12).map(
    lambda words: list(orders(" ".join(words)))
)


@given(signals, st.data())
def test_orders_count_by_their_number_and_only_once(taken, data):
    """However they arrive within a batch, and however often: a journal is read again after a crash."""
    split = data.draw(st.integers(0, len(taken)))
    again = data.draw(st.lists(st.sampled_from(taken), max_size=5)) if taken else []
    batches = NO_ORDERS.after_all(data.draw(st.permutations(taken[:split]))).after_all([*taken[split:], *again])
    assert batches == NO_ORDERS.after_all(taken)
    assert batches.taken == len(taken)


@given(signals)
def test_a_stop_and_an_undo_never_hold_together_and_the_latest_of_them_does(taken):
    control = NO_ORDERS.after_all(taken)
    last = next((one.verb for one in reversed(taken) if one.verb in (Verb.STOP, Verb.UNDO)), None)
    assert (control.stopped is not None) == (last is Verb.STOP)
    assert (control.undo is not None) == (last is Verb.UNDO)
    assert control.on_the_way_back.undo is None
    assert (control.on_the_way_back.stopped, control.on_the_way_back.paused) == (control.stopped, control.paused)
