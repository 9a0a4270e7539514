"""`rollset serve`: the dashboard, with a worker beside it that carries out what is begun there."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import click
from click.core import ParameterSource

from rollset.arm.pauses import unheard
from rollset.cli import faults
from rollset.cli.beginning import queue_name
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.lazy import LazyGroup, Reference
from rollset.cli.options import ConnectionFlags, endpoint_option
from rollset.cli.session import open_azure, run
from rollset.cli.statedir import opened, state_option
from rollset.cli.workerchild import worker_child
from rollset.core.ids import check_subscription
from rollset.engine.durable.access.servers import Servers
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence, who
from rollset.fleet.inventory import open_inventory

if TYPE_CHECKING:
    from rollset.web.settings import ServeSettings

NAMED = "AZURE_SUBSCRIPTION_ID"

EPILOG = """\b
Examples:
  # The scale sets of AZURE_SUBSCRIPTION_ID, on http://127.0.0.1:8087/; the link that it prints signs you in.
  rollset serve
\b
  # For others as well, who sign in at your organization.
  rollset serve --config serve.yaml
\b
  # Two subscriptions; workers run elsewhere, on the same database.
  ROLLSET_DATABASE_URL=postgresql://rollset@db/rollset rollset serve \\
    --subscription 11111111-1111-1111-1111-111111111111 \\
    --subscription 22222222-2222-2222-2222-222222222222 --no-worker

Ctrl-C ends it. Rollouts that its own worker carries out go on when it is started again, or in another worker."""


class ServeGroup(LazyGroup):
    """Started as it is, it serves; its commands say who may come."""

    references: ClassVar[Mapping[str, Reference]] = {
        "link": Reference("rollset.cli.serve_link:link", "A fresh one-time link to sign in with."),
        "token": Reference("rollset.cli.serve_token:token", "Tokens for machines: add, list, remove."),
        "session": Reference("rollset.cli.serve_session:session", "Who is signed in: list, end."),
        "audit": Reference("rollset.cli.serve_audit:audit", "Who did what in the dashboard, and what came of it."),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is to be served, and where."""

    settings: ServeSettings
    subscriptions: tuple[str, ...]
    connection: ConnectionFlags
    worker: bool
    banner: Callable[[], str] = str


@click.group(cls=ServeGroup, invoke_without_command=True, epilog=EPILOG)
@click.option("--host", metavar="ADDRESS", help="Where it listens.  [default: that of --config, else 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Where it listens; 0 takes a free port.  [default: that of --config, else 8087]",
)
@click.option(
    "--config",
    metavar="FILE",
    help="Who may come, and from where (docs/dashboard-access.md). Without it, only this machine can.",
)
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
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    host: str | None,
    port: int | None,
    config: str | None,
    subscriptions: tuple[str, ...],
    worker: bool,
    state: str | None,
    endpoint: str | None,
) -> None:
    """Serve the dashboard on this machine: see the fleet, edit a scale set, roll it, in a browser."""
    if ctx.invoked_subcommand is not None:
        refuse_lost_options(ctx)
        return
    connection = ConnectionFlags(subscription=None, endpoint=endpoint)
    shown = tuple(check_subscription(one) for one in subscriptions) or _named(os.environ.get(NAMED, ""))
    settings = settings_of(config, host, port)
    serving = Serving(settings=settings, subscriptions=shown, connection=connection, worker=worker)
    with opened(state) as database:
        run(_serve(serving, database))


def refuse_lost_options(ctx: click.Context) -> None:
    """Refuses options of `serve` before one of its commands, where they would have no effect.

    Raises:
        click.UsageError: there is one.
    """
    given = (one for one in ctx.command.params if one.name and is_given(ctx, one.name))
    if (lost := next(given, None)) is not None:
        raise click.UsageError(
            f"{lost.opts[0]} has no effect before {ctx.invoked_subcommand}; write it after that", ctx
        )


def is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def settings_of(config: str | None, host: str | None, port: int | None) -> ServeSettings:
    """What the configuration says, and the flags, which go before it.

    Raises:
        UsageError: others than this machine could come, and nothing says who they are.
    """
    from rollset.web.servefile import read_settings  # noqa: PLC0415 (FastAPI takes its time)
    from rollset.web.settings import ServeSettings, check_reach  # noqa: PLC0415

    read = ServeSettings() if config is None else read_settings(config)
    host = read.host if host is None else host.strip("[]")
    return check_reach(replace(read, host=host, port=read.port if port is None else port))


def _named(subscription: str) -> tuple[str, ...]:
    return (check_subscription(subscription),) if subscription else ()


async def _serve(serving: Serving, database: Database) -> None:
    with suppress(asyncio.CancelledError), cancelling_on_signals(lambda: faults.say("the dashboard ends")):
        async with dashboard(serving, database) as address:
            click.echo(f"The dashboard is at {address}", err=True)
            if serving.settings.provider is None:
                from rollset.web.access.linking import new_link  # noqa: PLC0415 (FastAPI takes its time)

                link = new_link(database, address, who())
                another = database.state.command("serve link")
                click.echo(f"Sign in with this link, once; '{another}' makes another: {link}", err=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def dashboard(serving: Serving, database: Database) -> AsyncIterator[str]:
    """The dashboard within the block; gives its address.

    Raises:
        NotListening: the port is taken.
    """
    from rollset.web.access.access import Access  # noqa: PLC0415
    from rollset.web.accounts import Accounts  # noqa: PLC0415 (FastAPI takes its time)
    from rollset.web.looks import Looks  # noqa: PLC0415
    from rollset.web.notes import telling_rollouts  # noqa: PLC0415
    from rollset.web.serving import bind  # noqa: PLC0415
    from rollset.web.serving import serving as listening  # noqa: PLC0415
    from rollset.web.site import Site  # noqa: PLC0415

    child = worker_child(database.state, serving.connection) if serving.worker else nullcontext()
    settings = serving.settings
    with bind(settings.host, settings.port) as listener, Presence(database) as presence:
        async with AsyncExitStack() as stack:
            access = await stack.enter_async_context(Access(database, settings.access(listener.getsockname()[1])))
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
                brings_worker=serving.worker,
            )
            address = await stack.enter_async_context(listening(site, access, settings, listener))
            with Servers(database).noted(address):
                yield address
