"""Unit: what a view shows of a fleet that somebody else has looked at."""

from dataclasses import replace

from rollset.core.amount import Amount
from rollset.core.ids import InstanceId
from rollset.core.progress import Progress
from rollset.core.surging.surge import Ledger, Surge
from rollset.engine.state import Stage, State
from rollset.faces.seen import as_planned, caught_up
from tests.faces.drawn import order


def test_who_was_deleted_is_not_there_when_a_surge_has_ended_whatever_was_seen_last():
    began = State.begin(order(surge=Surge(add=Amount(number=1))))
    ledger = Ledger(added=1, made=frozenset({InstanceId("4")}), retired=frozenset({InstanceId("0")}))
    going = replace(began, stage=Stage.ROLLING, progress=Progress(surge=ledger))
    seen = as_planned(began)
    assert list(caught_up(seen, going).marks) == ["0", "1", "2", "3"], "it may be on its way out still"
    ended = caught_up(seen, replace(going, stage=Stage.ENDED))
    assert list(ended.marks) == list(ended.places) == ["1", "2", "3"]
