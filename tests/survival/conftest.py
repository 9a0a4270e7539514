"""Every test here starts processes of its own: an emulator, commands, and where it needs one a PostgreSQL."""

import pytest

from rollset.engine.durable.place import SqliteState, State
from tests.durable.conftest import postgres_state
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres():
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def on_postgres(postgres) -> State:
    return postgres_state(postgres, postgres.new_database())


@pytest.fixture(params=["sqlite", "postgres"])
def state(request, tmp_path) -> State:
    if request.param == "sqlite":
        return SqliteState(directory=tmp_path / "state")
    return request.getfixturevalue("on_postgres")
