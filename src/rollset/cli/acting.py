"""Begins an act: tells its price, asks, and follows it in a worker, or carries it out here where none runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import click
from rich.console import Console

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.asking import Declined, ask
from rollset.cli.beginning import queue_name
from rollset.cli.interrupts import cancelling_on_signals, interruptible
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure, scale_set_of
from rollset.core.acts.act import Act
from rollset.core.acts.price import Price
from rollset.core.errors import RollsetError
from rollset.core.ids import ScaleSetAddress
from rollset.engine.acts.agree import ActRefused, check_agreed
from rollset.engine.acts.carry import Actor
from rollset.engine.acts.prepare import Prepared
from rollset.engine.clock import epoch_clock
from rollset.engine.durable.acts.asking import price_act
from rollset.engine.durable.acts.ledger import ActLedger, ActRow, ActState
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence, who
from rollset.engine.durable.workers import count_workers
from rollset.engine.journal import Desk, Journal
from rollset.faces.acts import price_lines
from rollset.faces.known import worker_command

LOOK_SECONDS = 0.3
"""Between looks at how an act stands, which cost next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is to be done, and how the user wants it."""

    act: Act
    address: ScaleSetAddress
    connection: ConnectionFlags
    console: Console
    yes: bool
    detach: bool


class Interrupted(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Nobody follows the act any more; it goes on."""

    exit_status = faults.INTERRUPTED


async def act_on(asking: Asking, database: Database) -> ActRow:
    """Tells the price, asks, and begins; returns the act as it ended, or as it was left.

    Raises:
        ActRefused: it may not be done.
        Declined: the answer was no.
    """
    ledger = ActLedger(database)
    async with open_azure(asking.connection) as azure:
        scale_set = scale_set_of(asking.address, asking.connection)
        prepared = await price_act(azure, ledger, scale_set, asking.act)
        for line in price_lines(prepared.price):
            asking.console.print(line, soft_wrap=True)
        check_agreed(prepared, agreed=None, typed=_confirmed(asking, prepared))
        from rollset.engine.durable.acts.begin import begin_act  # noqa: PLC0415 (takes half a second)

        # Between the question and the answer somebody else may have been at it.
        now = prepared if asking.yes else await price_act(azure, ledger, scale_set, asking.act)
        check_agreed(now, agreed=prepared.price.token, typed=scale_set.name)
        endpoint = queue_name(asking.connection)
        name = begin_act(database, now, by=who(), endpoint=endpoint)
        if asking.detach:
            return ledger.act(name)
        async with _carried(azure, database, endpoint):
            return await _follow(ledger, name)


def _confirmed(asking: Asking, prepared: Prepared) -> str | None:
    """What was typed as the name of the set, or what stands for it."""
    price, name = prepared.price, prepared.fleet.scale_set.id.name
    if price.refusals or asking.yes:
        return name
    if not price.dangerous:
        ask(asking.console)
        return None
    return _typed(price, name)


def _typed(price: Price, name: str) -> str:
    """What is typed where the name of the set is asked for.

    Raises:
        Declined: nothing.
    """
    if not sys.stdin.isatty():
        raise ActRefused(
            f"this is dangerous ({price.words}), and there is no terminal to ask on, so nothing was done; add --yes"
        )
    try:
        with interruptible():
            return str(click.prompt(f"Type the name of the set ({name}) to go ahead", err=True))
    except click.Abort as aborted:
        raise Declined("interrupted; nothing was done") from aborted


@asynccontextmanager
async def _carried(azure: Azure, database: Database, endpoint: str) -> AsyncIterator[None]:
    """Somebody carries acts out meanwhile: a worker that runs, or else this process."""
    presence = Presence(database)
    if count_workers(presence):
        yield
        return
    from rollset.engine.durable.runtime import Runtime  # noqa: PLC0415 (takes half a second)

    actor = Actor(azure=azure, clock=epoch_clock())
    with presence:
        async with Runtime(presence, _no_rollouts, endpoint=endpoint, act=actor.carry):
            yield


async def _no_rollouts(_order: str, _journal: Journal, _desk: Desk) -> str:
    raise AssertionError("nobody leaves rollouts to this process")


async def _follow(ledger: ActLedger, name: str) -> ActRow:
    """Tells each news of it, until it has ended; whoever goes away leaves it as it is."""
    told = ""
    with suppress(asyncio.CancelledError), cancelling_on_signals(lambda: None):
        while (row := ledger.act(name)).state is not ActState.ENDED:
            words = "waiting for a worker" if row.present is None else row.present.words
            if words != told and row.state is not ActState.QUEUED:
                faults.say(words)
                told = words
            await asyncio.sleep(LOOK_SECONDS)
        return row
    place = ledger.place
    raise Interrupted(
        f"{name} is followed no longer, and is not undone: it goes on in a worker ({worker_command(place)}); "
        f"see it with: {place.command(f'acts {name}')}"
    )
