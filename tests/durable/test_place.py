"""Unit: where the state of rollouts lives, and that no password is ever told."""

from pathlib import Path

import pytest

from rollset.core.errors import UsageError
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.place import PostgresState, SqliteState, find_state
from rollset.engine.durable.ready import open_database
from tests.durable.quick import QUICK

URL = "postgresql://anna:geheim@db.example:5433/rollouts?sslmode=require"


@pytest.mark.parametrize(
    ("directory", "environ", "place"),
    [
        pytest.param("/a", {"ROLLSET_DATABASE_URL": URL, "ROLLSET_STATE": "/b"}, "/a", id="--state goes before all"),
        pytest.param(
            None,
            {"ROLLSET_DATABASE_URL": URL, "ROLLSET_STATE": "/b"},
            "postgresql://anna@db.example:5433/rollouts",
            id="a database before a directory",
        ),
        pytest.param(None, {"ROLLSET_STATE": "/b"}, "/b", id="a directory that the environment names"),
        pytest.param(None, {"ROLLSET_DATABASE_URL": " ", "ROLLSET_STATE": "/b"}, "/b", id="an empty URL is none"),
    ],
)
def test_the_place_is_the_first_that_was_named(directory, environ, place):
    assert str(find_state(directory, environ)) == place


@pytest.mark.parametrize(
    ("directory", "environ", "command"),
    [
        pytest.param("/a b", {}, "rollset watch web-1 --state '/a b'", id="--state is needed again"),
        pytest.param(None, {"ROLLSET_STATE": "/b"}, "rollset watch web-1", id="the environment names it"),
        pytest.param(None, {"ROLLSET_DATABASE_URL": URL}, "rollset watch web-1", id="as it does a database"),
    ],
)
def test_a_command_that_is_told_finds_the_same_place(directory, environ, command):
    assert find_state(directory, environ).command("watch web-1") == command


def test_without_a_name_it_is_the_users_own_directory_for_state(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/users/anna/state")
    assert find_state(None, {}) == SqliteState(directory=Path("/users/anna/state/rollset"))


def test_both_schemes_of_postgresql_are_taken():
    assert find_state(None, {"ROLLSET_DATABASE_URL": "postgres://h/d"}) == PostgresState(
        url="postgresql://h/d", name="postgresql://h/d"
    )


@pytest.mark.parametrize(
    "url",
    [
        "mysql://anna:geheim@db/rollouts",
        "postgresql://anna:geheim@db",
        "postgresql://anna:geheim@db:port/rollouts",
        "postgresql://anna:geheim@[db/rollouts",
        "anna:geheim@db/rollouts",
    ],
)
def test_a_wrong_url_is_told_without_its_password(url):
    with pytest.raises(UsageError, match="ROLLSET_DATABASE_URL") as caught:
        find_state(None, {"ROLLSET_DATABASE_URL": url})
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_database_that_cannot_be_reached_is_told_without_its_password():
    state = find_state(None, {"ROLLSET_DATABASE_URL": "postgresql://anna:geheim@127.0.0.1:1/rollouts"})
    with pytest.raises(StateError, match=r"postgresql://anna@127.0.0.1:1/rollouts.*check that it is running") as caught:
        open_database(state, QUICK)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(state)
