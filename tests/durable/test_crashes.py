"""Real processes that are killed, frozen and cut off: a rollout goes on, and nobody acts for it twice."""

import json
import os
import random
import signal
from dataclasses import replace

import pytest

from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import enqueue
from rollset.engine.durable.ready import open_database
from tests.durable import processes
from tests.durable.conftest import postgres_state
from tests.durable.quick import ENDPOINT, QUICK, Work, claimed
from tests.support.patience import until

KILLS = 10
SEED = 20261123

FROZEN = replace(QUICK, lost_seconds=2.0, check_seconds_max=2.0)
"""So soon a frozen process is dead to the others."""

ON_POSTGRES = pytest.mark.parametrize("state", ["postgres"], indirect=True)


def kept(ledger: Ledger, rollout: str) -> list[int]:
    """The turns of a rollout, as they were kept."""
    return [json.loads(entry.text)["turn"] for entry in ledger.entries(rollout)]


def processes_of(ledger: Ledger, rollout: str) -> list[int]:
    """Which process kept each of its turns."""
    return [json.loads(entry.text)["pid"] for entry in ledger.entries(rollout)]


def is_done(ledger: Ledger) -> bool:
    return all(row.ending == "done" for row in ledger.rollouts())


def left_to_workers(database, work: Work) -> str:
    with Presence(database) as presence:
        claim = claimed(presence)
        enqueue(presence, claim, work.order(), ENDPOINT)
    return claim.id


def test_the_same_command_continues_however_often_its_process_is_killed(database, state, tmp_path):
    work = Work(turns=25, pause=0.02, acts=str(tmp_path / "acts"))
    ledger = Ledger(database)
    chance = random.Random(SEED)
    for _ in range(KILLS):
        process = processes.start(processes.run_or_continue, state, work)
        process.join(chance.uniform(0.05, 0.8))
        if process.exitcode is not None:
            break
        processes.kill(process)
        if any(row.ending == "done" for row in ledger.rollouts()):
            break  # It was killed when all was done: the same command would begin another.
    else:
        process = processes.start(processes.run_or_continue, state, work)
        assert processes.ended(process) == 0
    assert {row.ending for row in ledger.rollouts()} <= {"done", "never begun"}
    (row,) = [one for one in ledger.rollouts() if one.ending == "done"]
    entries = [json.loads(entry.text) for entry in ledger.entries(row.id)]
    assert [entry["turn"] for entry in entries] == list(range(25))
    acted = work.acted()
    assert [turn for turn, _ in acted] == sorted(turn for turn, _ in acted), "nothing is done before what is kept"
    for entry in entries:
        # A turn that was killed before it was kept is made again, by the process that keeps it: that one acted last.
        assert [pid for turn, pid in acted if turn == entry["turn"]][-1] == entry["pid"]


def test_a_worker_that_dies_is_replaced_by_another_without_a_person(database, state, tmp_path):
    work = Work(turns=40, pause=0.05, acts=str(tmp_path / "acts"))
    ledger = Ledger(database)
    name = left_to_workers(database, work)
    first = processes.start(processes.serve, state)
    until(lambda: len(kept(ledger, name)) >= 5, "the first worker's first turns")
    second = processes.start(processes.serve, state)
    processes.kill(first)
    had = len(kept(ledger, name))
    until(lambda: len(kept(ledger, name)) > had, "to be taken over", seconds=30.0)
    until(lambda: is_done(ledger), "the rest of the rollout")
    assert kept(ledger, name) == list(range(40))
    assert set(processes_of(ledger, name)) == {first.pid, second.pid}
    processes.kill(second)


@ON_POSTGRES
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_frozen_worker_is_replaced_and_does_nothing_when_it_wakes(database, state, tmp_path, where):
    """Frozen before it asks, it may not act any more; frozen after it acted, what it would keep is refused."""
    work = Work(turns=8, pause=0.05, freezes=where, freezes_at=3, acts=str(tmp_path / "acts"))
    ledger = Ledger(database)
    name = left_to_workers(database, work)
    zombie = processes.start(processes.serve, state, FROZEN)
    until(lambda: work.is_frozen, "to freeze")
    second = processes.start(processes.serve, state, FROZEN)
    until(lambda: second.pid in processes_of(ledger, name), "to be taken over", seconds=30.0)
    before = len(work.acted())
    os.kill(zombie.pid, signal.SIGCONT)
    until(lambda: is_done(ledger), "the rest of the rollout")
    # The one that woke up is as good as any other for what comes next.
    processes.kill(second)
    left_to_workers(database, Work(turns=1, acts=str(tmp_path / "others")))
    until(lambda: is_done(ledger), "what it is given now")
    processes.kill(zombie)
    assert zombie.pid not in {pid for _, pid in work.acted()[before:]}
    assert kept(ledger, name) == list(range(8))
    assert processes_of(ledger, name) == [zombie.pid] * 3 + [second.pid] * 5


def test_a_restart_of_postgresql_in_the_middle_interrupts_nothing(postgres, like_new, tmp_path):
    work = Work(turns=30, pause=0.05, acts=str(tmp_path / "acts"))
    state = postgres_state(postgres, postgres.new_database(like_new))
    with open_database(state, QUICK) as database:
        ledger = Ledger(database)
        name = left_to_workers(database, work)
        workers = [processes.start(processes.serve, state) for _ in range(2)]
        until(lambda: len(kept(ledger, name)) >= 5, "the first turns")
        postgres.stop()
        postgres.start()
        database.engine.dispose()
        until(lambda: is_done(ledger), "the rest of the rollout")
        assert kept(ledger, name) == list(range(30))
        turns = [turn for turn, _ in work.acted()]
        assert turns == sorted(turns), "nothing is done before what is kept"
        for worker in workers:
            processes.kill(worker)
