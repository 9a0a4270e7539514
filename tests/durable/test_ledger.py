"""Integration: what commands and pages read, and the signals that they leave."""

import threading

import pytest

from rollset.core.control import Verb
from rollset.engine.durable.claims import give_up
from rollset.engine.durable.faults import NoSuchRollout
from rollset.engine.durable.ledger import Ledger, Which
from rollset.engine.durable.presence import Presence
from tests.durable.quick import claimed

MANY = 16


@pytest.fixture
def ledger(database):
    return Ledger(database)


def test_a_rollout_is_found_by_its_id_and_by_as_much_of_it_as_is_its_own(database, ledger):
    with Presence(database) as presence:
        web, webapi, odd = (claimed(presence, f"/rg/{name}").id for name in ("web", "webapi", "a%b"))
    assert ledger.rollout(web).id == web
    assert ledger.rollout("WEBAPI-").id == webapi
    assert ledger.rollout(odd[:2]).id == odd
    with pytest.raises(NoSuchRollout, match=rf"more than one rollout begins with 'web': {web}, {webapi}; write more"):
        ledger.rollout("web")
    with pytest.raises(NoSuchRollout, match="no rollout begins with '%'"):
        ledger.rollout("%")


def test_the_newest_are_listed_first_and_no_more_than_asked_for(database, ledger):
    with Presence(database) as presence:
        names = [claimed(presence, f"/rg/{number}").id for number in range(3)]
    assert [one.id for one in ledger.rollouts(limit=2)] == [names[2], names[1]]


def test_those_that_are_meant_are_found_in_the_database(database, ledger):
    path = "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/{}"
    with Presence(database) as presence:
        first, other, odd = (path.format(*of) for of in (("s1", "web"), ("s2", "web"), ("s1", "odd_%")))
        claims = [claimed(presence, first), claimed(presence, other)]
        give_up(presence, claims[0])
        claims += [claimed(presence, first), claimed(presence, odd)]
        give_up(presence, claims[3])
        names = [one.id for one in (*claims, claimed(presence, odd))]

    def found(limit=10, skip=0, **meant):
        which = Which(**meant)
        rows = ledger.rollouts(limit, which, skip=skip)
        assert ledger.count(which) == len(rows) + skip
        return [names.index(one.id) for one in rows]

    assert found() == [4, 3, 2, 1, 0]
    assert found(skip=3) == [1, 0]
    assert found(scale_set=path.format("S1", "WEB")) == [2, 0]
    assert found(scale_set=path.format("s1", "WEB"), ended=False) == [2]
    assert found(ended=True) == [3, 0]
    assert found(ending="never begun") == [3, 0]
    assert found(path_end=path.format("s1", "web").removeprefix("/subscriptions/s1")) == [2, 1, 0]
    assert found(words="ODD_%") == [4, 3]
    assert found(words="b%") == []
    assert found(words="anna@", ended=False) == [4, 2, 1]
    assert found(begun_since=ledger.rollout(names[3]).begun_at) == [4, 3]
    assert sorted(names.index(one.id) for one in ledger.latest()) == [1, 2, 4]


def test_signals_that_arrive_at_once_are_all_kept_each_under_a_number_of_its_own(database, ledger):
    with Presence(database) as presence:
        name = claimed(presence).id
    threads = [threading.Thread(target=ledger.signal, args=(name, Verb.PAUSE, f"user{n}@desk")) for n in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    signals = ledger.signals(name)
    assert [one.number for one in signals] == list(range(1, MANY + 1))
    assert {one.by for one in signals} == {f"user{n}@desk" for n in range(MANY)}


def test_no_signal_is_left_for_a_rollout_that_is_not_there(ledger):
    with pytest.raises(NoSuchRollout):
        ledger.signal("nothing", Verb.STOP, "anna@desk")


def test_a_rollout_that_has_not_begun_has_no_entries_and_no_result(database, ledger):
    with Presence(database) as presence:
        name = claimed(presence).id
    assert (ledger.entries(name), ledger.result(name), ledger.present(name)) == ([], None, None)
