"""Integration: a process is known to live by the lock that it holds."""

import pytest

from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.presence import Presence
from tests.support.patience import until


def test_others_see_that_a_process_lives_and_that_it_ended(database):
    with Presence(database) as one:
        with Presence(database) as other:
            executor = other.executor
            until(lambda: not one.hold.is_dead(executor), "to see it")
            with one.hold.instead_of(executor) as alone:
                assert not alone
        until(lambda: one.hold.is_dead(executor), "to be sure that it has ended")


def test_nobody_takes_himself_for_dead(database):
    with Presence(database) as presence:
        assert presence.hold.holds
        assert not presence.hold.is_dead(presence.executor)


def test_only_one_at_a_time_acts_for_a_dead_process(database, state):
    with Presence(database) as one, Presence(database) as other:
        if isinstance(state, SqliteState):
            (state.directory / "executors" / "dead.lock").touch()
        with one.hold.instead_of("dead") as first, other.hold.instead_of("dead") as second:
            assert (first, second) == (True, False)


@pytest.mark.parametrize("state", ["sqlite"], indirect=True)
def test_a_lock_whose_file_was_taken_away_is_not_held_any_more(database, state):
    with Presence(database) as presence:
        (state.directory / "executors" / f"{presence.executor}.lock").unlink()
        assert not presence.hold.holds


@pytest.mark.parametrize("state", ["postgres"], indirect=True)
def test_a_session_that_the_server_ended_is_no_hold_until_it_is_taken_again(database):
    with Presence(database) as presence, database.engine.connect() as connection:
        ended = connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rollset %%-%%'"
        )
        assert ended.scalar()
        assert not presence.hold.owns("any", "token")
        until(lambda: presence.hold.holds, "taking the lock again")
        with Presence(database) as other:
            assert not other.hold.is_dead(presence.executor)
            # It may have missed who came back while it was away itself.
            assert not presence.hold.is_dead("somebody-1-abcdef")
            until(lambda: presence.hold.is_dead("somebody-1-abcdef"), "the time of grace")
