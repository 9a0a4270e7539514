"""Unit: the log of a worker says every fact that a rollout may tell, whatever its members are called."""

import json

import pytest

from rollset.cli.worklog import WorkLog
from rollset.engine import events
from rollset.engine.records import decode_entry
from tests.engine.journals import load

JOURNALS = ("by-azure", "policies", "rolling", "surging", "undoing")


@pytest.mark.parametrize("as_json", [False, True])
def test_every_fact_of_a_journal_is_a_line(capsys, as_json: bool):
    tell = WorkLog(as_json=as_json).teller("web-7k2m")
    kinds = set()
    for name in JOURNALS:
        for text in load(name).entries:
            for event in decode_entry(text).events:
                kinds.add(type(event))
                tell(event)
    lines = capsys.readouterr().err.splitlines()
    assert {events.GateSaid, events.Proven, events.Asked} <= kinds, "facts of many kinds"
    assert lines
    assert all("web-7k2m" in line for line in lines)
    if as_json:
        assert {"event", "at", "rollout", "text"} <= set.intersection(*(set(json.loads(line)) for line in lines))
