"""`rollset serve session`: who is signed in to the dashboard."""

from __future__ import annotations

import time

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.serve_when import when
from rollset.cli.statedir import opened, state_option
from rollset.cli.tables import print_table
from rollset.core.errors import UsageError
from rollset.engine.durable.access.sessions import Lifetime, Session, Sessions
from rollset.faces.documents import Json, moment

WHOLE = Lifetime(idle_seconds_max=Lifetime().seconds_max)
"""How long a session lasts without use is the server's to say; those that it has ended may be listed here a while."""


@click.group()
def session() -> None:
    """Who is signed in, in which browser."""


@session.command(name="list")
@state_option
@output_option("table", "json")
def list_(*, state: str | None, output: str) -> None:
    """List the sessions, the newest first."""
    with opened(state) as database:
        sessions = Sessions(database, WHOLE).list(time.time())
        place = str(database.state)
    if output == "json":
        print_document({"state": place, "sessions": [_document(one) for one in sessions]})
    elif sessions:
        print_table(_table(sessions), screen())
    else:
        faults.say(f"nobody is signed in at {place}")


@session.command()
@click.argument("name")
@state_option
def end(*, name: str, state: str | None) -> None:
    """Sign out NAME, as named in the list, in every browser."""
    with opened(state) as database:
        ended = Sessions(database, WHOLE).end_of(name)
        if not ended:
            command = database.state.command("serve session list")
            raise UsageError(f"nobody called {name} is signed in at {database.state}; {command} lists who is")
    faults.say(f"{name} is signed out ({ended} session{'s' if ended > 1 else ''})")


def _document(one: Session) -> Json:
    return {
        "id": one.id,
        "who": one.person.name,
        "subject": one.person.subject,
        "signed_in_with": one.person.how,
        "roles": sorted(one.person.roles),
        "address": one.address,
        "begun_at": moment(one.begun_at),
        "seen_at": moment(one.seen_at),
        "ends_at": moment(one.ends_at),
    }


def _table(sessions: list[Session]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("who", "roles", "from", "signed in", "seen", "ends"):
        table.add_column(heading, overflow="fold")
    for one in sessions:
        roles, moments = ", ".join(sorted(one.person.roles)), (one.begun_at, one.seen_at, one.ends_at)
        table.add_row(one.person.name, roles, one.address, *(when(at) for at in moments))
    return table
