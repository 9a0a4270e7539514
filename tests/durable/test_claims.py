"""Integration: one rollout per scale set at a time, and nobody who is dead keeps one."""

import re

import pytest

from rollset.engine.durable.claims import claim, find_held, give_up
from rollset.engine.durable.faults import Held, Holder, StateError
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import enqueue
from tests.durable import processes
from tests.durable.quick import ENDPOINT, SECONDS_MAX, WEB, claimed, wanted
from tests.support.patience import until


def test_of_two_processes_that_claim_a_set_at_once_one_gets_it(state, database):
    together, told = processes.CONTEXT.Barrier(2), processes.CONTEXT.Queue()
    both = [processes.start(processes.claim_and_wait, state, together, told) for _ in range(2)]
    answers = [told.get(timeout=SECONDS_MAX) for _ in both]
    (won,) = [one for one in answers if isinstance(one, str)]
    (refused,) = [one for one in answers if isinstance(one, Held)]
    assert refused.rollout == won
    assert refused.holder is Holder.ALIVE
    for process in both:
        processes.kill(process)


def test_the_second_is_told_who_holds_it_since_when_and_how_to_follow(database):
    with Presence(database) as presence:
        name = claimed(presence).id
        with pytest.raises(Held) as caught:
            claim(presence, wanted(image="version 3.0.0"))
        host, pid = re.escape(presence.executor.rsplit("-", 2)[0]), presence.executor.split("-")[-2]
        assert re.fullmatch(
            rf"the scale set is being rolled onto version 2.0.0 since 20\d\d-\d\d-\d\d \d\d:\d\d UTC by anna@desk, in "
            rf"process {pid} on {host} \({name}\); follow it with: rollset watch {name}",
            str(caught.value),
        )
        assert caught.value.exit_status == 4
        assert find_held(presence, WEB).rollout == name


def test_a_path_in_other_letters_is_the_same_set_and_another_set_is_another(database):
    with Presence(database) as presence:
        claimed(presence)
        with pytest.raises(Held):
            claimed(presence, WEB.upper())
        claimed(presence, WEB + "2")
        assert [one.scale_set for one in Ledger(database).rollouts()] == [WEB + "2", WEB]


def test_a_claim_that_was_given_up_is_free_again(database):
    with Presence(database) as presence:
        give_up(presence, claimed(presence))
        assert find_held(presence, WEB) is None
        second = claimed(presence)
        assert {one.id: one.ending for one in Ledger(database).rollouts()}[second.id] is None


def test_a_claim_of_a_process_that_died_before_it_began_keeps_nobody_out(state, database):
    together, told = processes.CONTEXT.Barrier(1), processes.CONTEXT.Queue()
    process = processes.start(processes.claim_and_wait, state, together, told)
    first = told.get(timeout=SECONDS_MAX)
    with Presence(database) as presence:
        with pytest.raises(Held, match="follow it with"):
            claimed(presence)
        processes.kill(process)
        until(lambda: find_held(presence, WEB) is None, "to be sure that a process is dead")
        second = claimed(presence)
    endings = {one.id: one.ending for one in Ledger(database).rollouts()}
    assert endings == {first: "never begun", second.id: None}


def test_a_rollout_left_to_the_workers_keeps_its_set_though_its_starter_ends(database):
    with Presence(database) as presence:
        first = claimed(presence)
        enqueue(presence, first, "{}", ENDPOINT)
    with Presence(database) as presence, pytest.raises(Held, match="it waits for a worker") as caught:
        claimed(presence)
    assert caught.value.holder is Holder.WAITED_FOR
    assert caught.value.rollout == first.id


def test_a_void_claim_cannot_be_left_to_the_workers(database):
    with Presence(database) as presence:
        first = claimed(presence)
        give_up(presence, first)
        with pytest.raises(StateError, match="is void"):
            enqueue(presence, first, "{}", ENDPOINT)
        assert [one.status for one in Ledger(database).rollouts()] == [None]


def test_many_sets_of_one_name_get_names_of_their_own(database):
    with Presence(database) as presence:
        names = {claimed(presence, f"/rg{number}/web").id for number in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"web-\d{8}-\d{4}-[2-9a-z]{3}", name) for name in names)
