"""Makes a database ready for rollouts: the first process that comes does it, and others wait for it meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

import rollset.engine.durable.access.tables
import rollset.engine.durable.acts.tables  # noqa: F401 (so that `OURS` knows all of them)
from rollset.engine.durable.database import Database, spoken
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.filelock import FileLock
from rollset.engine.durable.keys import key_of
from rollset.engine.durable.place import SqliteState, State
from rollset.engine.durable.tables import DBOS_SCHEMA, FORM, OURS, SCHEMA, form
from rollset.engine.durable.timing import DEFAULT, Timing

READY_SECONDS_MAX = 60.0
"""How long a process waits for another that makes the same database ready."""

LOOK_SECONDS = 0.05

POSTGRES_MIN = 140_000
"""PostgreSQL 14 is the first that ends idle sessions by itself, and with them the locks of frozen processes."""


def open_database(state: State, timing: Timing = DEFAULT) -> Database:
    """Opens the database, and makes it ready if it is new. Any number of processes may do so at once.

    Raises:
        StateError: it cannot be reached or used, or belongs to a newer rollset.
    """
    if isinstance(state, SqliteState):
        _make_directory(state)
    database = Database(state, timing)
    try:
        if not _is_ready(database):
            with _alone(database):
                if not _is_ready(database):
                    _make_ready(database)
    except BaseException:
        database.close()
        raise
    return database


def quiet_dbos() -> None:
    """What DBOS has to say goes to the program's own logging, from errors up; by itself it would write to stderr."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.ERROR)


def _make_directory(state: SqliteState) -> None:
    try:
        state.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"the directory {state.directory} for the state of rollouts cannot be made: {error.strerror}; "
            "name another one with --state"
        ) from error


def _is_ready(database: Database) -> bool:
    schema = None if database.is_sqlite else SCHEMA

    def read(connection: sa.Connection) -> int | None:
        if not sa.inspect(connection).has_table(form.name, schema=schema):
            return None
        return connection.execute(sa.select(sa.func.max(form.c.number))).scalar()

    number = database.run("looking for the state of rollouts", read)
    if number is not None and number > FORM:
        raise StateError(
            f"{database.state} was written by a newer rollset (its form is {number}, this one knows {FORM}); "
            "use that version here, or name another place"
        )
    return number == FORM


def _make_ready(database: Database) -> None:
    """Writes the form last: whoever finds it finds everything."""
    if database.is_sqlite:
        _write_ahead(database)
    else:
        database.run("looking at the version of PostgreSQL", _check_version)
    database.run("making the tables for rollouts", lambda connection: _create(connection, database))
    _migrate(database)
    database.run(
        "noting the form of the tables", lambda connection: connection.execute(form.insert().values(number=FORM))
    )


def _check_version(connection: sa.Connection) -> None:
    number = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    if number < POSTGRES_MIN:
        raise StateError(f"rollset needs PostgreSQL {POSTGRES_MIN // 10_000} or newer, and this is {number // 10_000}")


def _create(connection: sa.Connection, database: Database) -> None:
    if not database.is_sqlite:
        connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    OURS.create_all(connection)


def _write_ahead(database: Database) -> None:
    """Readers of a file with a write-ahead log wait for no writer, and it stays so once it was set."""
    try:
        with database.engine.connect() as connection:
            connection.execute(sa.text("PRAGMA journal_mode=WAL"))
    except DBAPIError as error:
        raise StateError(f"{database.state} cannot hold the state of rollouts: it {spoken(error)}") from error


def _migrate(database: Database) -> None:
    from dbos import DBOS  # noqa: PLC0415 (takes half a second)

    quiet_dbos()
    url = database.engine.url.set(drivername="sqlite" if database.is_sqlite else "postgresql")
    try:
        DBOS.migrate(url.render_as_string(hide_password=False), schema=DBOS_SCHEMA)
    except DBAPIError as error:
        raise StateError(f"making DBOS's tables failed: {database.state} {spoken(error)}") from error


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    state = database.state
    with _alone_on_file(state) if isinstance(state, SqliteState) else _alone_on_server(database):
        yield


def _wait_for_turn(state: State, take: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not take():
        if time.monotonic() > deadline:
            raise StateError(f"another process makes {state} ready for more than {READY_SECONDS_MAX:.0f} s; look at it")
        time.sleep(LOOK_SECONDS)


@contextmanager
def _alone_on_file(state: SqliteState) -> Iterator[None]:
    lock = FileLock(state.directory / "ready.lock")
    try:
        _wait_for_turn(state, lambda: lock.take(create=True))
    except OSError as error:
        raise StateError(
            f"nothing can be written to {state.directory} ({error.strerror}); name another directory with --state"
        ) from error
    try:
        yield
    finally:
        lock.let_go()


@contextmanager
def _alone_on_server(database: Database) -> Iterator[None]:
    """Asks for the lock again and again, rather than waiting inside a query for it.

    DBOS builds indexes concurrently, and such a build waits for every query that runs in the database to end.
    """
    key = {"key": key_of("ready")}
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            query = sa.text("SELECT pg_try_advisory_lock(:key)")
            _wait_for_turn(database.state, lambda: bool(connection.execute(query, key).scalar()))
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)
    except DBAPIError as error:
        raise StateError(f"making the database ready failed: {database.state} {spoken(error)}") from error
