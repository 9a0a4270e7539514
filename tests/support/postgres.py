"""A real PostgreSQL that the tests start by themselves, empty, and take away again."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

INSTALLED = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql")
ACCOUNTS = ("postgres", "nobody")
START_SECONDS_MAX = 180.0
LOOK_SECONDS = 0.02
PORTS_MAX = 5

# Nothing of it outlives the tests, so nothing has to reach the disk. That commits need not even reach the log is what
# a careless administrator would set for all: rollouts must ask for it themselves.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=32MB", "max_connections=200")


class Postgres:
    """One server, on a port of the loopback and in a directory of its own."""

    def __init__(self) -> None:
        self._programs = find_programs()
        self._account = find_account()
        self._root = Path(tempfile.mkdtemp(prefix="rollset-postgres-"))
        self._data = self._root / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.port = 0
        if self._account is not None:
            os.chown(self._root, *self._account)
        self._run(
            "initdb", "--pgdata", str(self._data), "--auth=trust", "--username=rollset", "--no-sync", "-E", "UTF8"
        )

    def start(self) -> None:
        """Starts it, on the port it had if it had one."""
        for _ in range(PORTS_MAX):
            self.port = self.port or free_port()
            options = [word for setting in FAST for word in ("-c", setting)]
            with (self._root / "log").open("ab") as log:
                self._server = subprocess.Popen(
                    [
                        self._programs / "postgres",
                        *("-D", self._data, "-h", "127.0.0.1", "-p", str(self.port), "-k", self._root),
                        *options,
                    ],
                    stdout=log,
                    stderr=log,
                    **self._as_account(),
                )
            if self._answers():
                return
            self._server.wait()
            self.port = 0
        pytest.fail(f"PostgreSQL did not start: {(self._root / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """As a machine that is switched off: no session is said good-bye to."""
        if self._server is not None:
            self._run("pg_ctl", "--pgdata", str(self._data), "--mode=immediate", "--wait", "stop")
            self._server.wait()
            self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._root, ignore_errors=True)

    def new_database(self, template: str = "template1") -> str:
        """The name of a new database, empty or like another one."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def url(self, database: str) -> str:
        return f"postgresql://rollset:secret@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self._server is not None and self._server.poll() is None:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(LOOK_SECONDS)
            else:
                return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        ran = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._root,
            **self._as_account(),
        )
        assert ran.returncode == 0, f"{program} failed: {ran.stderr or ran.stdout}"

    def _as_account(self) -> dict[str, object]:
        if self._account is None:
            return {}
        user, group = self._account
        return {"user": user, "group": group, "extra_groups": []}


def find_programs() -> Path:
    """The directory of the newest PostgreSQL that is installed; without one the test fails."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    places = [path for root in INSTALLED for path in Path(root).glob("*/bin/initdb")]
    if not places:
        pytest.fail("this test needs PostgreSQL 14 or newer: run scripts/need-postgres, or install postgresql")
    return max(places, key=lambda path: [int(word) for word in path.parts if word.isdigit()]).parent


def find_account() -> tuple[int, int] | None:
    """Under which account the server has to run: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return pytest.fail("PostgreSQL refuses to run as root, and there is no account postgres or nobody for it")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
