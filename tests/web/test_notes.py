"""Integration: what the inventory is told of rollouts, from a database in which they begin and end."""

import gc
from weakref import ref

import pytest

from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.claims import give_up
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import open_database
from rollset.web import accounts
from rollset.web.accounts import Accounts
from rollset.web.notes import Newest
from tests.durable.quick import claimed


@pytest.fixture
def presence(tmp_path):
    with open_database(SqliteState(directory=tmp_path / "state")) as database, Presence(database) as presence:
        yield presence


def path(name):
    return f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/{name}"


async def told(newest):
    notes = await newest.notes()
    return {one.name: (note.id, note.running, note.failed) for one, note in notes.items()}


async def test_each_set_has_its_latest_whatever_begins_and_ends_between_two_looks(presence):
    old, web = claimed(presence, path("old")), claimed(presence, path("web"))
    give_up(presence, old)
    newest = Newest(Accounts(presence))
    assert await told(newest) == {"old": (old.id, False, True), "web": (web.id, True, False)}
    assert await told(newest) == {"old": (old.id, False, True), "web": (web.id, True, False)}
    give_up(presence, web)
    assert (await told(newest))["web"] == (web.id, False, True)
    again, quick = claimed(presence, path("WEB")), claimed(presence, path("quick"))
    give_up(presence, quick)
    shown = await told(newest)
    assert len(shown) == 3
    assert shown["quick"] == (quick.id, False, True)
    assert shown["WEB"] == (again.id, True, False)


async def test_the_set_of_a_note_is_the_one_that_was_rolled(presence):
    claimed(presence, path("web"))
    (scale_set,) = await Newest(Accounts(presence)).notes()
    assert scale_set == ScaleSetAddress.parse(path("web")).within("")


async def test_a_rollout_whose_end_nobody_looked_at_is_not_kept_for_ever(presence, monkeypatch):
    monkeypatch.setattr(accounts, "KEPT_MAX", 1)
    monkeypatch.setattr(accounts, "UNASKED_SECONDS", 0.0)
    reading, kept = Accounts(presence), []
    for name in ("one", "two", "three"):
        rollout = claimed(presence, path(name))
        kept.append(ref((await reading.report(rollout.id)).account))
        give_up(presence, rollout)
    gc.collect()
    assert [kept[0]() is None, kept[-1]() is None] == [True, False]
