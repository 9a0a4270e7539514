"""Every test here runs on both databases, unless it says otherwise."""

import pytest

from rollset.engine.durable.place import SqliteState, State, find_state
from rollset.engine.durable.ready import open_database
from tests.durable.quick import QUICK
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres():
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def like_new(postgres) -> str:
    """The name of a database that is ready and empty: copying it is faster than making another one ready."""
    name = postgres.new_database()
    open_database(postgres_state(postgres, name), QUICK).close()
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path) -> State:
    """An empty place."""
    if request.param == "sqlite":
        return SqliteState(directory=tmp_path / "state")
    server = request.getfixturevalue("postgres")
    return postgres_state(server, server.new_database())


@pytest.fixture(params=["sqlite", "postgres"])
def state(request, tmp_path) -> State:
    """A place that is ready and holds nothing."""
    if request.param == "sqlite":
        state = SqliteState(directory=tmp_path / "state")
        open_database(state, QUICK).close()
        return state
    server = request.getfixturevalue("postgres")
    return postgres_state(server, server.new_database(request.getfixturevalue("like_new")))


@pytest.fixture
def database(state):
    with open_database(state, QUICK) as opened:
        yield opened


def postgres_state(server: Postgres, name: str) -> State:
    return find_state(None, {"ROLLSET_DATABASE_URL": server.url(name)})
