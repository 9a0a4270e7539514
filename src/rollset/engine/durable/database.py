"""The database with the state of rollouts: asked in short transactions, with patience where a rollout depends on it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from rollset.core.errors import UsageError
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.place import PostgresState, SqliteState, State
from rollset.engine.durable.tables import DBOS_SCHEMA, SCHEMA
from rollset.engine.durable.timing import DEFAULT, Timing

CONNECTIONS_MAX = 16
"""Of one process, besides the one that holds its lock. Steps are short; rollouts wait without a connection."""

CONNECT_SECONDS_MAX = 10
BUSY_SECONDS_MAX = 30
"""How long a process waits for another that writes to the SQLite file."""

KEEPALIVES_MAX = 3
"""So many unanswered ones end a connection."""

COMMIT_FOR_GOOD = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
"""A server may be set up to forget its last commits in a crash; a journal must not have forgotten what was acted on."""

PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Between attempts to reach a database that has gone; the last one repeats, as long as patience lasts."""

WORDS_MAX = 300
"""Of what a database says, so much is told."""

T = TypeVar("T")


class Database:
    """Runs short pieces of work, each in a transaction of its own. Any thread may use it; `with` closes it."""

    def __init__(self, state: State, timing: Timing = DEFAULT) -> None:
        self.state = state
        self.timing = timing
        self.engine = _sqlite(state) if isinstance(state, SqliteState) else _postgres(state, timing)
        schemas: dict[str | None, str | None] = {SCHEMA: None, DBOS_SCHEMA: None} if self.is_sqlite else {}
        self._engine = self.engine.execution_options(schema_translate_map=schemas)

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self.state, SqliteState)

    def run(self, doing: str, work: Callable[[sa.Connection], T], *, patience: float = 0.0) -> T:
        """Runs `work` in a transaction; while the database is out of reach, again and again for `patience` seconds.

        Work with patience must be safe to repeat: a commit may have been done and only its answer lost.

        Raises:
            StateError: the database did not do it; `doing` says what was tried.
        """
        deadline = time.monotonic() + patience
        for pause in itertools.chain(PAUSES_SECONDS, itertools.repeat(PAUSES_SECONDS[-1])):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except (DBAPIError, NoneFree) as error:
                if not is_lost(error) or time.monotonic() + pause > deadline:
                    raise StateError(f"{doing} failed: {self.state} {spoken(error)}") from error
                time.sleep(pause)
        raise AssertionError("pauses do not run out")

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def is_lost(error: DBAPIError | NoneFree) -> bool:
    """Whether the database could not be reached, so that the same may succeed later."""
    if isinstance(error, NoneFree) or error.connection_invalidated:
        return True
    # 08: connection, 57P: shut down, or not yet up. Where psycopg never came as far as the server, there is no state.
    state = getattr(error.orig, "sqlstate", "")
    return state is None or state.startswith(("08", "57P"))


ADVICE = (
    ("disk i/o error", "see whether the disk is full or failing, then run the same command again"),
    ("malformed", "the file is damaged: move it away, look at the scale sets, or name another place with --state"),
    ("is full", "free some space there, then run the same command again"),
    ("readonly", "it cannot be written by this user: name another place with --state"),
    ("unable to open", "it cannot be written by this user: name another place with --state"),
    ("not a database", "the file is none of SQLite: move it away, or name another place with --state"),
    ("password", "check the user and the password in ROLLSET_DATABASE_URL"),
    ("does not exist", "create it, or check the name in ROLLSET_DATABASE_URL"),
    ("permission denied", "its user needs CREATE on the database, or the schemas rollset and rollset_dbos"),
    ("connection", "check that it is running and can be reached from here"),
)


def spoken(error: DBAPIError | NoneFree) -> str:
    """What the database said, on one line, and what to do about it."""
    told = str(error.orig if isinstance(error, DBAPIError) else error)
    words = " ".join(told.split())[:WORDS_MAX]
    advice = next((f"; {what}" for sign, what in ADVICE if sign in words.lower()), "")
    return f"says {words!r}{advice}"


def _sqlite(state: SqliteState) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(state.file))
    engine = sa.create_engine(url, pool_size=CONNECTIONS_MAX, max_overflow=0)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Writers queue up at their first statement, instead of finding at their last one that another was faster.
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS_MAX * 1000}")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def _postgres(state: PostgresState, timing: Timing) -> sa.Engine:
    try:
        url = sa.make_url(state.url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(
            url,
            pool_size=CONNECTIONS_MAX,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS_MAX, "application_name": "rollset"},
        )
    except (ArgumentError, ValueError, TypeError):
        # What is said of it may quote the URL, password and all: neither told nor chained.
        raise UsageError(f"{state} is no URL that can be understood; look at its parameters") from None

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for name, value in server_settings(timing).items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
            # A process that is frozen in the middle of a transaction would keep others from its rows.
            value = str(round(timing.lost_seconds * 1000))
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", (value,))
            cursor.execute(COMMIT_FOR_GOOD)
        connection.commit()

    return engine


def server_settings(timing: Timing) -> dict[str, str]:
    """With these the server notices after `lost_seconds` that the machine at the other end is gone."""
    patience = max(1, round(timing.lost_seconds / (KEEPALIVES_MAX + 1)))
    return {
        "tcp_keepalives_idle": str(patience),
        "tcp_keepalives_interval": str(patience),
        "tcp_keepalives_count": str(KEEPALIVES_MAX),
        "tcp_user_timeout": str(round(timing.lost_seconds * 1000)),
    }
