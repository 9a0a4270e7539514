"""Where the state of rollouts lives: a PostgreSQL that was named, or a directory with one SQLite file.

What is said on the command line comes first, then `ROLLSET_DATABASE_URL`, then `ROLLSET_STATE`, then the directory for
state that the system gives to each user (`~/.local/state/rollset` on Linux).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rollset.core.errors import UsageError

DATABASE_URL = "ROLLSET_DATABASE_URL"
STATE = "ROLLSET_STATE"
SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteState:
    """A directory of this machine. It must not lie on a network share: SQLite's locks are not to be trusted there."""

    directory: Path
    flagged: bool = field(default=False, compare=False)
    """Whether `--state` named it: then commands that are told to people have to name it too."""

    @property
    def file(self) -> Path:
        return self.directory / "rollouts.sqlite"

    def command(self, words: str) -> str:
        """What to type to have `rollset WORDS` find this state."""
        return f"rollset {words} --state {shlex.quote(str(self.directory))}" if self.flagged else f"rollset {words}"

    def __str__(self) -> str:
        return str(self.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresState:
    """A database; `name` is its URL without any password, fit to be printed."""

    url: str = field(repr=False)
    name: str

    def command(self, words: str) -> str:
        """What to type to have `rollset WORDS` find this state: the environment names it."""
        return f"rollset {words}"

    def __str__(self) -> str:
        return self.name


State = SqliteState | PostgresState


def find_state(directory: str | None, environ: Mapping[str, str]) -> State:
    """The place that was asked for, by `--state` (`directory`) or by the environment.

    Raises:
        UsageError: the URL is none of a PostgreSQL database.
    """
    if directory:
        return SqliteState(directory=_absolute(directory), flagged=True)
    if url := environ.get(DATABASE_URL, "").strip():
        return _postgres(url)
    if named := environ.get(STATE, ""):
        return SqliteState(directory=_absolute(named))
    from platformdirs import user_state_path  # noqa: PLC0415 (needed only where nothing was named)

    return SqliteState(directory=user_state_path("rollset", appauthor=False))


def _absolute(directory: str) -> Path:
    return Path(directory).expanduser().absolute()


def _postgres(url: str) -> PostgresState:
    """The URL as given, checked only as far as a wrong one could not be named without its password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        # What Python says of it may quote the URL, password and all: neither told nor chained.
        raise UsageError(_say_wrong("its host or port cannot be read")) from None
    if parts.scheme not in SCHEMES:
        raise UsageError(_say_wrong(f"it begins with {parts.scheme + '://' if parts.scheme else 'no scheme'}"))
    database = parts.path.lstrip("/")
    if not database:
        raise UsageError(_say_wrong("it names no database"))
    user = f"{parts.username}@" if parts.username else ""
    host = parts.hostname or ""
    return PostgresState(
        url="postgresql" + url[len(parts.scheme) :], name=f"postgresql://{user}{host}{port}/{database}"
    )


def _say_wrong(why: str) -> str:
    return f"{DATABASE_URL} is no URL of a PostgreSQL database: {why}; write postgresql://USER:PASSWORD@HOST:5432/NAME"
