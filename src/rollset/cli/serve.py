"""`rollset serve`: the dashboard, with a worker beside it that carries out what is begun there."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass

import click

from rollset.arm.pauses import unheard
from rollset.cli import faults
from rollset.cli.beginning import queue_name
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.options import ConnectionFlags, endpoint_option
from rollset.cli.session import open_azure, run
from rollset.cli.statedir import opened, state_option
from rollset.cli.workerchild import worker_child
from rollset.core.ids import check_subscription
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence
from rollset.fleet.inventory import open_inventory

PORT = 8087

NAMED = "AZURE_SUBSCRIPTION_ID"

EPILOG = """\b
Examples:
  # The scale sets of AZURE_SUBSCRIPTION_ID, on http://127.0.0.1:8087/
  rollset serve
\b
  # Two subscriptions; workers run elsewhere, on the same database.
  ROLLSET_DATABASE_URL=postgresql://rollset@db/rollset rollset serve \\
    --subscription 11111111-1111-1111-1111-111111111111 \\
    --subscription 22222222-2222-2222-2222-222222222222 --no-worker

Ctrl-C ends it. Rollouts that its own worker carries out go on when it is started again, or in another worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is to be served, and where."""

    host: str
    port: int
    subscriptions: tuple[str, ...]
    connection: ConnectionFlags
    worker: bool
    banner: Callable[[], str] = str


@click.command(epilog=EPILOG)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help="Where it listens; 0 takes a free port.")
@click.option(
    "--subscription",
    "subscriptions",
    metavar="ID",
    multiple=True,
    help="Whose scale sets are shown. May be given several times.  [default: AZURE_SUBSCRIPTION_ID, else all that "
    "can be seen]",
)
@click.option(
    "--worker/--no-worker",
    default=True,
    help="Run a worker beside it. Without one, rollouts that are begun in the browser wait for `rollset worker`.",
)
@state_option
@endpoint_option
def serve(*, port: int, subscriptions: tuple[str, ...], worker: bool, state: str | None, endpoint: str | None) -> None:
    """Serve the dashboard on this machine: see the fleet, edit a scale set, roll it, in a browser."""
    connection = ConnectionFlags(subscription=None, endpoint=endpoint)
    shown = tuple(check_subscription(one) for one in subscriptions) or _named(os.environ.get(NAMED, ""))
    serving = Serving(host="127.0.0.1", port=port, subscriptions=shown, connection=connection, worker=worker)
    with opened(state) as database:
        run(_serve(serving, database))


def _named(subscription: str) -> tuple[str, ...]:
    return (check_subscription(subscription),) if subscription else ()


async def _serve(serving: Serving, database: Database) -> None:
    with suppress(asyncio.CancelledError), cancelling_on_signals(lambda: faults.say("the dashboard ends")):
        async with dashboard(serving, database) as address:
            click.echo(f"The dashboard is at {address}", err=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def dashboard(serving: Serving, database: Database) -> AsyncIterator[str]:
    """The dashboard within the block; gives its address.

    Raises:
        NotListening: the port is taken.
    """
    from rollset.web.accounts import Accounts  # noqa: PLC0415 (FastAPI takes its time)
    from rollset.web.looks import Looks  # noqa: PLC0415
    from rollset.web.notes import telling_rollouts  # noqa: PLC0415
    from rollset.web.serving import bind  # noqa: PLC0415
    from rollset.web.serving import serving as listening  # noqa: PLC0415
    from rollset.web.site import Site  # noqa: PLC0415

    child = worker_child(database.state, serving.connection) if serving.worker else nullcontext()
    with bind(serving.host, serving.port) as listener, Presence(database) as presence:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(child)
            azure = await stack.enter_async_context(open_azure(serving.connection, unheard))
            inventory = await stack.enter_async_context(open_inventory(azure, serving.subscriptions, clock=time.time))
            accounts = Accounts(presence)
            await stack.enter_async_context(telling_rollouts(accounts, inventory))
            site = Site(
                azure=azure,
                presence=presence,
                endpoint=queue_name(serving.connection),
                inventory=inventory,
                looks=Looks(azure, inventory),
                accounts=accounts,
                banner=serving.banner,
            )
            yield await stack.enter_async_context(listening(site, listener))
