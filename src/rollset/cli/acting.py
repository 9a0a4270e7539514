"""Begins an act: tells its price, asks, and follows it in a worker, or carries it out here where none runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import click
from rich.console import Console

from rollset.cli import faults
from rollset.cli.asking import Declined, ask
from rollset.cli.interrupts import cancelling_on_signals, interruptible
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure, scale_set_of
from rollset.cli.statedir import opened
from rollset.core.acts.act import Act
from rollset.core.errors import RollsetError
from rollset.core.ids import ScaleSetAddress
from rollset.engine.acts.agree import ActRefused
from rollset.engine.durable.acts.ledger import ActState
from rollset.faces.acts import price_lines
from rollset.faces.known import Place, worker_command

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


class Acting(Protocol):
    """Where one act is priced, begun and followed."""

    @property
    def place(self) -> Place: ...

    async def price(self) -> dict[str, Any]:
        """What it would cost now, as a document."""
        ...

    async def begin(self, typed: str | None) -> str:
        """Begins it if it still costs the same, and gives its id; `typed` is what was typed as the name of the set.

        Raises:
            ActRefused: it may not be done.
        """
        ...

    async def act(self, name: str) -> dict[str, Any]:
        """How it stands, as a document."""
        ...

    def carried(self) -> AbstractAsyncContextManager[None]:
        """Within, somebody carries it out."""
        ...


@asynccontextmanager
async def opened_acting(where: Where, asking: Asking) -> AsyncIterator[Acting]:
    """The place that the user means."""
    scale_set, url = scale_set_of(asking.address, asking.connection), where.server_url
    if url is None:
        from rollset.cli.acting_here import ActingHere  # noqa: PLC0415 (the one or the other)

        with opened(where.state) as database:
            async with open_azure(asking.connection) as azure:
                yield ActingHere(asking, scale_set, azure, database)
        return
    from rollset.cli.acting_there import ActingThere  # noqa: PLC0415 (the one or the other)
    from rollset.cli.there import opened_line  # noqa: PLC0415 (the one or the other)

    async with opened_line(url) as line:
        yield ActingThere(asking, scale_set, line, flagged=where.server is not None)


async def act_on(asking: Asking, acting: Acting) -> dict[str, Any]:
    """Tells the price, asks, and begins; returns the act as it ended, or as it was left.

    Raises:
        ActRefused: it may not be done.
        Declined: the answer was no.
    """
    price = await acting.price()
    # What is refused has no price: the refusal says why.
    for line in () if price["refusals"] else price_lines(price):
        asking.console.print(line, soft_wrap=True)
    name = await acting.begin(_confirmed(asking, price))
    if asking.detach:
        return await acting.act(name)
    async with acting.carried():
        return await _follow(acting, name)


def _confirmed(asking: Asking, price: Mapping[str, Any]) -> str | None:
    """What was typed as the name of the set, or what stands for it."""
    name = asking.address.name
    if price["refusals"] or asking.yes:
        return name
    if not price["dangerous"]:
        ask(asking.console)
        return None
    return _typed(price["text"], name)


def _typed(words: str, name: str) -> str:
    """What is typed where the name of the set is asked for.

    Raises:
        Declined: nothing.
    """
    if not sys.stdin.isatty():
        raise ActRefused(
            f"this is dangerous ({words}), and there is no terminal to ask on, so nothing was done; add --yes"
        )
    try:
        with interruptible():
            return str(click.prompt(f"Type the name of the set ({name}) to go ahead", err=True))
    except click.Abort as aborted:
        raise Declined("interrupted; nothing was done") from aborted


async def _follow(acting: Acting, name: str) -> dict[str, Any]:
    """Tells each news of it, until it has ended; whoever goes away leaves it as it is."""
    told = ""
    with suppress(asyncio.CancelledError), cancelling_on_signals(lambda: None):
        while (acted := await acting.act(name))["state"] != ActState.ENDED.value:
            words = "waiting for a worker" if acted["text"] is None else acted["text"]
            if words != told and acted["state"] != ActState.QUEUED.value:
                faults.say(words)
                told = words
            await asyncio.sleep(LOOK_SECONDS)
        return acted
    place = acting.place
    raise Interrupted(
        f"{name} is followed no longer, and is not undone: it goes on in a worker ({worker_command(place)}); "
        f"see it with: {place.command(f'acts {name}')}"
    )
