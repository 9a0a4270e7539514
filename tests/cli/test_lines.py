"""The plain lines of a rollout where no terminal is: events in, lines out."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from rollset.cli.lines import Lines
from rollset.core.decide import Blocked, Wait
from rollset.core.ids import InstanceId
from rollset.engine import events
from rollset.engine.order import Order
from rollset.engine.state import State
from tests.cli.grids import instances, plan, situation

THREE = instances("ooo")


def lines(*told: events.Event) -> list[str]:
    out = StringIO()
    face = Lines(Console(file=out), now=lambda: "12:00:00")
    face.begin(State.begin(Order.of(plan(THREE), id="web-1", by="ann@host", begun_at=0.0)))
    for event in told:
        face.tell(event)
    first, *others = out.getvalue().splitlines()
    begun = "12:00:00  myrg/web: P:Server:S 1.0 -> 2.0, 3 instances, at most 1 at once (plan "
    assert re.sub(r"[0-9a-f]{12}\)$", "", first) == begun
    return [line.removeprefix("12:00:00  ") for line in others]


def waiting(reason: str, *, barrier: bool = True) -> events.Waiting:
    return events.Waiting(at=1.0, decision=Wait(reason=reason, barrier=barrier), seconds=5.0)


def looked(drawn: str) -> events.Looked:
    return events.Looked(at=1.0, situation=situation(instances(drawn)))


def test_a_reason_to_wait_is_said_once_however_many_looks_it_lasts_for():
    canary, last = "the canary goes alone: waiting for 0 to prove itself", "waiting for the last: 2"
    assert lines(waiting(canary), waiting(canary), waiting(last), waiting(canary)) == [canary, last, canary]


def test_sentences_that_differ_in_their_numbers_alone_are_not_the_same():
    first, second = (f"a batch goes together: waiting for {ids}" for ids in ("0, 1", "1"))
    assert lines(waiting(first), waiting(second)) == [first, second]


def test_that_the_budget_is_used_up_was_said_with_the_request_that_used_it():
    numbers = (f"{serving} of 20 in service, at most 2 out, 2 in flight" for serving in (18, 19))
    assert lines(*(waiting(one, barrier=False) for one in numbers)) == []


def test_others_who_hold_the_budget_are_said():
    reason = "2 of 3 instances are out of service for other reasons (0, 1), and no more than 1 may be"
    assert lines(events.Waiting(at=1.0, decision=Blocked(reason=reason), seconds=15.0)) == [reason]


def test_trouble_is_said_once_as_well():
    trouble = events.Troubled(at=1.0, reason="looking at the instances: no answer", seconds=10.0)
    assert lines(trouble, trouble) == ["looking at the instances: no answer; going on in 10 s"]


def test_those_that_are_back_are_told_together_and_counted():
    back = [events.Proven(at=1.0, instance=InstanceId(one), seconds=seconds) for one, seconds in (("0", 60), ("1", 90))]
    assert lines(*back, looked("nno")) == ["0, 1 on the image and healthy after 1 min 30 s; 2 of 3 done"]


def test_who_is_back_is_told_before_what_follows_from_it_where_another_process_looks():
    back = events.Proven(at=1.0, instance=InstanceId("0"), seconds=60.0)
    next_one = events.Asked(at=1.0, instances=(InstanceId("1"),), reason="update domain 0")
    assert lines(back, next_one) == [
        "0 on the image and healthy after 1 min; 1 of 3 done",
        "upgrading 1 (update domain 0)",
    ]


def test_who_joins_meanwhile_is_told_and_not_counted():
    joined = events.Proven(at=1.0, instance=InstanceId("9"), seconds=None)
    assert lines(joined, looked("ooo")) == ["9 on the image and healthy; 0 of 3 done"]


def test_one_that_was_left_stopped_is_not_called_healthy():
    running = events.Proven(at=1.0, instance=InstanceId("0"), seconds=60)
    off = events.Proven(at=1.0, instance=InstanceId("1"), seconds=90, off=True)
    (line,) = lines(running, off, looked("nno"))
    healthy, stopped, counted = line.split("; ")
    assert healthy == "0 on the image and healthy after 1 min"
    assert stopped == "1 on the image after 1 min 30 s, left stopped and not seen to boot"
    assert counted == "2 of 3 done"
