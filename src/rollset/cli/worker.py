"""`rollset worker`: carries out what others leave to it, until it is told to leave."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from rollset.cli.beginning import queue_name
from rollset.cli.foreground import TEMPO
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.options import ConnectionFlags, endpoint_option
from rollset.cli.session import open_azure, run
from rollset.cli.statedir import opened, state_option
from rollset.cli.worklog import FORMS, WorkLog
from rollset.engine.acts.carry import Actor
from rollset.engine.carry import Carrier
from rollset.engine.clock import epoch_clock
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Kind, Presence, who
from rollset.engine.journal import Desk, Journal
from rollset.engine.records import decode_order

if TYPE_CHECKING:
    from rollset.engine.durable.runtime import Runtime

EPILOG = """\b
Examples:
  # Any number of these, on any number of machines, share the work.
  ROLLSET_DATABASE_URL=postgresql://rollset@db/rollset rollset worker
\b
  # On one machine, without a database server.
  rollset worker --state /var/lib/rollset

A worker speaks to one endpoint, with its own sign-in to Azure. Rollouts of a worker that dies go on in another one
within half a minute. Ctrl-C or SIGTERM: it starts nothing more, and others take its rollouts up at once."""

LEAVING = "leaving: its rollouts and acts go on in another worker, or when one is started"


@click.command(epilog=EPILOG)
@state_option
@endpoint_option
@click.option("--until-eof", is_flag=True, hidden=True, help="Leave as well when standard input ends.")
@click.option("--log-format", type=click.Choice(FORMS), default=FORMS[0], help="Form of the log, which goes to stderr.")
def worker(*, state: str | None, endpoint: str | None, until_eof: bool, log_format: str) -> None:
    """Carry out rollouts that `upgrade` leaves to workers, until SIGTERM or Ctrl-C.

    One line on stderr for each decision: the rollout, what was decided, and why.
    """
    connection = ConnectionFlags(subscription=None, endpoint=endpoint)
    log = WorkLog(as_json=log_format == "json")
    with opened(state) as database:
        run(_serve(connection, database, log, until_eof=until_eof))


async def _serve(connection: ConnectionFlags, database: Database, log: WorkLog, *, until_eof: bool) -> None:
    from rollset.engine.durable.runtime import Runtime  # noqa: PLC0415 (takes half a second)

    logging.basicConfig(handlers=[log.handler()], level=logging.WARNING, force=True)
    endpoint = queue_name(connection)
    say_leaving = partial(log.say, "worker.leaving", LEAVING)
    async with open_azure(connection, log.paused) as azure:
        carrier = Carrier(azure=azure, clock=epoch_clock(), by=who(), tempo=TEMPO)

        async def carry(order: str, journal: Journal, desk: Desk) -> str:
            told = log.teller(decode_order(order).id)
            return await replace(carrier, tell=told).carry(order, journal, desk)

        actor = Actor(azure=azure, clock=carrier.clock, tell=log.tell_act)
        with Presence(database, Kind.WORKER) as presence:
            async with Runtime(presence, carry, endpoint=endpoint, act=actor.carry) as runtime:
                log.say("worker.ready", f"carries out rollouts and acts of {database.state} at {endpoint}")
                # A signal cancels it; leaving the runtime lets its rollouts go.
                with suppress(asyncio.CancelledError), cancelling_on_signals(say_leaving):
                    await _serve_while(runtime, _end_of_input() if until_eof else _never())
    log.say("worker.left", "has left")


async def _serve_while(runtime: Runtime, leaving: Coroutine[object, object, None]) -> None:
    """Serves until it is told to leave, or the runtime fails."""
    serving, ending = asyncio.create_task(runtime.serve()), asyncio.create_task(leaving)
    try:
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
    finally:
        serving.cancel()
        ending.cancel()
        await asyncio.gather(serving, ending, return_exceptions=True)


async def _never() -> None:
    await asyncio.Event().wait()


async def _end_of_input() -> None:
    """Returns when whoever started this process has ended, or closed the pipe to it."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
