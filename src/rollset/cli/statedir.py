"""Where commands find the state of rollouts: `--state`, or what the environment says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from rollset.engine.durable.database import Database
from rollset.engine.durable.place import find_state
from rollset.engine.durable.ready import open_database

R = TypeVar("R")

STATE_HELP = (
    "The directory with the state of rollouts, on a disk of this machine.  [default: the PostgreSQL database of "
    "ROLLSET_DATABASE_URL, else the directory ROLLSET_STATE, else the user's own]"
)


def state_option(function: Callable[..., R]) -> Callable[..., R]:
    """`--state DIR`, as the argument `state`."""
    return click.option("--state", metavar="DIR", help=STATE_HELP)(function)


@contextmanager
def opened(state: str | None) -> Iterator[Database]:
    """The database with the state, ready for use.

    Raises:
        UsageError: it is named in a way that cannot be read.
        StateError: it cannot be used.
    """
    with open_database(find_state(state, os.environ)) as database:
        yield database
