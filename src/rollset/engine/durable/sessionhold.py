"""Liveness across machines: an advisory lock on a session of PostgreSQL that serves nothing else.

The server ends the session, and frees the lock, when the process ends (its socket closes), when the machine or the
network is gone (keepalives and `tcp_user_timeout`, set on the server's side of this session), and when the process is
frozen (`idle_session_timeout`: the thread below gives a sign of life more often than that).

Races, and what decides them:

* A process wakes up after its session was ended. The query of `owns` goes over that very session and fails: nothing
  proves more directly that the lock is still held.
* PostgreSQL restarts and everybody loses everything at once. Each comes back within seconds under its own id; until
  `Timing.grace_seconds` after the server's start, or after its own return, nobody is called dead.
* The lock is lost, another process takes the rollouts over, the lock is taken again. The rollouts have other tokens
  now, so `owns` denies them, and DBOS refuses what the old run would record.
* Two processes find the same dead one. `instead_of` takes the dead one's own lock: one of them gets it, and the dead
  one, should it wake, has to wait for it.
* It freezes between `owns` and its request to Azure, and wakes up after another has taken over. Nothing here can hold
  that request back; it goes out once, late. What makes it harmless is the engine's own rule: intents are kept before
  requests are sent, and whoever takes over looks before he asks again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from rollset.engine.durable.database import CONNECT_SECONDS_MAX, Database, server_settings, spoken
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.keys import key_of
from rollset.engine.durable.runs import owned

AGAIN_SECONDS = 0.5
"""Between attempts to take a lost lock again."""


class SessionHold:
    """A `Hold` with a session of its own, kept alive by a thread."""

    def __init__(self, database: Database, executor: str) -> None:
        self._database = database
        self._timing = database.timing
        self.executor = executor
        self._guard = threading.Lock()
        self._session: psycopg.Connection | None = None
        self._returned_at: float | None = None
        """When the lock was taken again after a loss; by the monotonic clock."""
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="rollset-hold", daemon=True)

    def take(self) -> None:
        try:
            self._session = self._connect()
        except psycopg.Error as error:
            raise StateError(
                f"{self._database.state} gave this process no session for its lock: {' '.join(str(error).split())}"
            ) from error
        if self._session is None:
            raise StateError(f"the lock of {self.executor} is held by another process, which cannot be: it is random")
        self._thread.start()

    def let_go(self) -> None:
        self._leaving.set()
        if self._thread.is_alive():
            self._thread.join(CONNECT_SECONDS_MAX)
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def holds(self) -> bool:
        return self._session is not None

    def owns(self, rollout: str, token: str) -> bool:
        began = time.monotonic()
        if not self._guard.acquire(timeout=self._timing.check_seconds_max):
            return False
        try:
            if self._session is None:
                return False
            row = self._session.execute(_spelled(sa.select(owned(rollout, self.executor, token)))).fetchone()
        except psycopg.Error:
            self._drop()
            return False
        finally:
            self._guard.release()
        # An answer that took long was true once, and what was decided before it was asked for has grown old as well.
        return row is not None and bool(row[0]) and time.monotonic() - began < self._timing.check_seconds_max

    def is_dead(self, executor: str) -> bool:
        if executor == self.executor or self._is_too_early():
            return False
        query = sa.text(
            "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) > :grace AND NOT EXISTS ("
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) + objid::bigint = :key)"
        )
        values = {"grace": self._timing.grace_seconds, "key": key_of(executor)}
        return bool(self._database.run(f"asking for {executor}", lambda one: one.execute(query, values).scalar()))

    @contextmanager
    def instead_of(self, executor: str) -> Iterator[bool]:
        if not self.holds or self._is_too_early():
            yield False
            return
        try:
            with self._database.engine.begin() as connection:
                query = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
                yield bool(connection.execute(query, {"key": key_of(executor)}).scalar())
        except DBAPIError as error:
            raise StateError(f"taking over from {executor} failed: {self._database.state} {spoken(error)}") from error

    def _is_too_early(self) -> bool:
        return self._returned_at is not None and time.monotonic() - self._returned_at < self._timing.grace_seconds

    def _connect(self) -> psycopg.Connection | None:
        """A session with the lock, or none where somebody else holds it at this moment."""
        settings = server_settings(self._timing)
        session = psycopg.connect(
            self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=CONNECT_SECONDS_MAX,
            application_name=f"rollset {self.executor}"[:63],
            # The same on this side, so that a dead server is noticed as well.
            keepalives_idle=settings["tcp_keepalives_idle"],
            keepalives_interval=settings["tcp_keepalives_interval"],
            keepalives_count=settings["tcp_keepalives_count"],
            tcp_user_timeout=settings["tcp_user_timeout"],
        )
        settings["idle_session_timeout"] = str(round(self._timing.lost_seconds * 1000))
        try:
            for name, value in settings.items():
                session.execute("SELECT set_config(%s, %s, false)", (name, value))
            row = session.execute("SELECT pg_try_advisory_lock(%s)", (key_of(self.executor),)).fetchone()
        except psycopg.Error:
            session.close()
            raise
        if row is None or not row[0]:
            session.close()
            return None
        return session

    def _keep(self) -> None:
        """Until it is told to leave: gives signs of life, and takes the lock again where it was lost."""
        while not self._leaving.wait(self._timing.ping_seconds if self._session else AGAIN_SECONDS):
            with self._guard:
                try:
                    if self._session is not None:
                        self._session.execute("SELECT 1")
                    elif (session := self._connect()) is not None:
                        self._returned_at = time.monotonic()
                        self._session = session
                except psycopg.Error:
                    self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _spelled(query: sa.Select[tuple[bool]]) -> bytes:
    """The query with its values in it, for a session that SQLAlchemy does not know of."""
    dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).encode()
