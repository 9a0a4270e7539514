"""Where a command has its rollouts: here, in a database that it reads itself, or at a dashboard that it asks.

No command knows which of the two it speaks to. `here` and `there` are the two.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import click
from rich.console import Console

from rollset.cli.face import Face
from rollset.cli.options import ConnectionFlags, gathered
from rollset.cli.statedir import STATE_HELP
from rollset.client.address import SERVER
from rollset.core.control import Signal
from rollset.engine.durable.faults import Holder
from rollset.engine.events import Outcome
from rollset.faces.account import Account, Told
from rollset.faces.known import Place
from rollset.faces.orders import Meant, Wanted
from rollset.faces.report import Report

R = TypeVar("R")
CarryOn = Callable[[Account, ConnectionFlags, Face], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """How the user wants it done, and where he looks."""

    yes: bool
    wait: bool
    connection: ConnectionFlags
    console: Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The rollout that undoes, and how it ended if it was waited for."""

    account: Account
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the user said of it: a directory with the state of rollouts, or the address of a dashboard."""

    state: str | None = None
    server: str | None = None

    @property
    def server_url(self) -> str | None:
        """The dashboard that is meant; a directory that is named on the command line goes before the environment.

        Raises:
            click.UsageError: both are named.
        """
        if self.state is not None and self.server is not None:
            raise click.UsageError("--state is for rollouts of this machine, and --server for others; leave one out")
        return self.server or (None if self.state is not None else os.environ.get(SERVER) or None)


SERVER_OPTION = click.option(
    "--server",
    metavar="URL",
    help="Ask the dashboard (`rollset serve`) at this address, with the token in ROLLSET_TOKEN, instead of Azure and "
    "the state of rollouts; it has an Azure of its own.  [default: ROLLSET_SERVER, if that is set]",
)


def office_options(function: Callable[..., R]) -> Callable[..., R]:
    """`--state` and `--server`, as the argument `where`."""
    state = click.option("--state", metavar="DIR", help=STATE_HELP)
    return gathered(Where, "where", [state, SERVER_OPTION])(function)


class Office(Protocol):
    """Where rollouts are read and ordered. Whatever it cannot do it says in one sentence."""

    @property
    def place(self) -> Place: ...

    @property
    def quiet_seconds_max(self) -> float:
        """Between two looks at a rollout of which nothing is new, at most."""
        ...

    @property
    def taken_up(self) -> bool:
        """Whether a worker takes up by itself what a process that died was at."""
        ...

    async def reports(self, *, ended_too: bool) -> list[dict[str, Any]]:
        """How each rollout stands, the newest first, as documents."""
        ...

    async def account(self, named: str) -> Account:
        """The rollout that is meant.

        Raises:
            NoSuchRollout: there is none, or more than one.
        """
        ...

    async def refresh(self, account: Account) -> Sequence[Told]:
        """Reads what is new."""
        ...

    async def holder(self, account: Account) -> Holder | None:
        """What became of the process that carries it out; `None` where it has ended."""
        ...

    async def workers(self) -> int:
        """How many workers there are to carry out what is left to them."""
        ...

    @property
    def carry_on(self) -> CarryOn | None:
        """Carries on, in this process, what a process that died was at; `None` where that cannot be done."""
        ...

    async def bring_back(self, undoing: Undoing, account: Account) -> Undone:
        """Undoes a rollout that has ended, with one of its own: shows it, asks, and begins it.

        Raises:
            UsageError: there is nothing to bring back.
            Held: another rollout of the set has not ended.
            Declined: the answer was no.
        """
        ...

    async def leave(self, account: Account, wanted: Wanted, meant: Meant) -> Signal | None:
        """Leaves an order that makes sense; what holds already is not ordered again."""
        ...

    def tells(self, tell: Callable[[str], None]) -> None:
        """Whom to tell from now on that reading takes its time."""
        ...


async def report_on(office: Office, account: Account) -> Report:
    """How it stands now."""
    return Report.held(account, await office.holder(account))


@asynccontextmanager
async def opened_office(where: Where) -> AsyncIterator[Office]:
    """The place that the user means, ready to be asked.

    Raises:
        UsageError: it is named in a way that cannot be read.
        StateError: it cannot be used.
        NotAdmitted: there is no token for it.
    """
    url = where.server_url
    if url is None:
        from rollset.cli.here import Here  # noqa: PLC0415 (the one or the other)
        from rollset.cli.statedir import opened  # noqa: PLC0415 (the one or the other)

        with opened(where.state) as database:
            yield Here(database)
        return
    from rollset.cli.there import opened_there  # noqa: PLC0415 (the one or the other)

    async with opened_there(url, flagged=where.server is not None) as there:
        yield there
