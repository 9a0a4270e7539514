"""`rollset serve link`: a fresh one-time link to sign in with."""

from __future__ import annotations

import os

import click

from rollset.cli.statedir import state_option
from rollset.core.errors import UsageError
from rollset.engine.durable.access.servers import Servers
from rollset.engine.durable.place import SqliteState, find_state
from rollset.engine.durable.presence import who
from rollset.engine.durable.ready import open_database


@click.command()
@click.option(
    "--url", metavar="ADDRESS", help="Where the dashboard is.  [default: where the newest one of this state listens]"
)
@state_option
def link(*, url: str | None, state: str | None) -> None:
    """Print a link that signs in whoever opens it first, within 15 minutes, with all roles.

    It works where no provider is configured.
    """
    from rollset.web.access.linking import new_link  # noqa: PLC0415 (FastAPI takes its time)

    place = find_state(state, os.environ)
    # Looking for a dashboard is no reason to make the place in which it would be.
    if isinstance(place, SqliteState) and not place.file.exists():
        raise UsageError(f"there is no dashboard on {place}, for nothing is there; is that the right directory?")
    with open_database(place) as database:
        address = url or Servers(database).newest()
        if address is None:
            raise UsageError(
                f"no dashboard runs on {database.state}; start one with {database.state.command('serve')}, or say with "
                "--url where it is"
            )
        click.echo(new_link(database, address, who()))
