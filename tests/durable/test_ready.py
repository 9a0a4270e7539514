"""Integration: a new database is made ready by whoever comes first, and one that cannot be used is refused in words."""

import pytest
import sqlalchemy as sa

from rollset.engine.durable.faults import StateError
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.place import SqliteState, find_state
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.tables import FORM, form
from tests.durable import processes
from tests.durable.quick import QUICK, claimed

STARTS = 8


def test_eight_processes_may_start_at_once_on_an_empty_database(empty):
    together = processes.CONTEXT.Barrier(STARTS)
    started = [processes.start(processes.open_and_list, empty, together) for _ in range(STARTS)]
    assert [processes.ended(one) for one in started] == [0] * STARTS


def test_the_directory_is_for_its_user_alone(tmp_path):
    state = SqliteState(directory=tmp_path / "a" / "state")
    open_database(state, QUICK).close()
    assert state.directory.stat().st_mode & 0o777 == 0o700


def test_a_database_of_a_newer_rollset_is_refused(state):
    with open_database(state, QUICK) as database:
        database.run("test", lambda one: one.execute(form.insert().values(number=FORM + 1)))
    with pytest.raises(StateError, match=rf"newer rollset \(its form is {FORM + 1}, this one knows {FORM}\)"):
        open_database(state, QUICK)


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be made: Not a directory; name another one with --state"):
        open_database(SqliteState(directory=tmp_path / "file" / "state"), QUICK)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "rollouts.sqlite").write_text("This is a letter and no database. " * 100)
    with pytest.raises(StateError, match="the file is none of SQLite"):
        open_database(SqliteState(directory=tmp_path), QUICK)


def test_a_full_disk_is_told(tmp_path):
    with open_database(SqliteState(directory=tmp_path), QUICK) as database:
        sa.event.listen(database.engine, "connect", lambda one, _: one.execute("PRAGMA max_page_count=1"))
        database.engine.dispose()
        with Presence(database) as presence:
            names = (claimed(presence, f"/set/{number}").id for number in range(1000))
            with pytest.raises(StateError, match=r"is full.*free some space"):
                list(names)


def test_a_database_that_is_not_there_is_told(postgres):
    state = find_state(None, {"ROLLSET_DATABASE_URL": postgres.url("nowhere")})
    with pytest.raises(StateError, match=r'"nowhere" does not exist.*create it, or check the name'):
        open_database(state, QUICK)


def test_what_was_kept_is_there_when_it_is_opened_again(state):
    with open_database(state, QUICK) as database, Presence(database) as presence:
        name = claimed(presence).id
    with open_database(state, QUICK) as database:
        assert [one.id for one in Ledger(database).rollouts()] == [name]
