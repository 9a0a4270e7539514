"""`rollset serve token`: what machines show to the dashboard and its HTTP API."""

from __future__ import annotations

import re
import time

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.options import Parsed, output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.serve_when import when
from rollset.cli.statedir import opened, state_option
from rollset.cli.tables import print_table
from rollset.core.errors import UsageError
from rollset.engine.durable.access.tokens import Token, Tokens
from rollset.engine.durable.presence import who
from rollset.faces.documents import Json, moment

ROLES = ("viewer", "operator", "approver")

DAY = 24 * 3600.0
UNITS = {"h": 3600.0, "d": DAY, "w": 7 * DAY}
DAYS_MAX = 3660


def parse_expiry(text: str) -> float:
    """Reads `12h`, `90d` or `52w`, as seconds.

    Raises:
        UsageError: it is none of these, or longer than ten years.
    """
    found = re.fullmatch(r"(\d{1,5})([hdw])", text.strip())
    seconds = 0.0 if found is None else int(found[1]) * UNITS[found[2]]
    if not 0 < seconds <= DAYS_MAX * DAY:
        raise UsageError(f"cannot read {text!r} as a time after which a token ends; write it such as 12h, 90d or 52w")
    return seconds


@click.group()
def token() -> None:
    """Tokens for machines, sent as `Authorization: Bearer TOKEN`."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    multiple=True,
    required=True,
    help="What it may: viewer sees, operator changes, approver approves. May be given several times.",
)
@click.option(
    "--expires",
    type=Parsed(parse_expiry, "TIME"),
    help="It ends after so long, such as 90d; without it, when it is removed.",
)
@state_option
def add(*, name: str, roles: tuple[str, ...], expires: float | None, state: str | None) -> None:
    """Make the token NAME and print it, this once: it cannot be read again."""
    now = time.time()
    with opened(state) as database:
        ends_at = None if expires is None else now + expires
        made = Tokens(database).add(name, roles, made_by=who(), at=now, ends_at=ends_at)
    faults.say(f"the token {name} is shown this once; send it as 'Authorization: Bearer TOKEN'")
    click.echo(made)


@token.command(name="list")
@state_option
@output_option("table", "json")
def list_(*, state: str | None, output: str) -> None:
    """List the tokens: what each may, who made it, when it ends, and when it was used last."""
    now = time.time()
    with opened(state) as database:
        tokens = Tokens(database).list()
        place = str(database.state)
    if output == "json":
        print_document({"state": place, "tokens": [_document(one, now) for one in tokens]})
    elif tokens:
        print_table(_table(tokens, now), screen())
    else:
        faults.say(f"there is no token in {place}")


@token.command()
@click.argument("name")
@state_option
def remove(*, name: str, state: str | None) -> None:
    """Remove the token NAME: it opens nothing from now on."""
    with opened(state) as database:
        Tokens(database).remove(name)
    faults.say(f"the token {name} opens nothing any more")


def _document(one: Token, now: float) -> Json:
    return {
        "name": one.name,
        "roles": sorted(one.roles),
        "made_by": one.made_by,
        "made_at": moment(one.made_at),
        "ends_at": moment(one.ends_at),
        "has_ended": one.has_ended(now),
        "used_at": moment(one.used_at),
    }


def _table(tokens: list[Token], now: float) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "roles", "made by", "made", "ends", "used"):
        table.add_column(heading, overflow="fold")
    for one in tokens:
        ends = "has ended" if one.has_ended(now) else when(one.ends_at)
        roles = ", ".join(sorted(one.roles))
        table.add_row(one.name, roles, one.made_by, when(one.made_at), ends, when(one.used_at))
    return table
