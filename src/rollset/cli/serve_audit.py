"""`rollset serve audit`: who did what in the dashboard, and what came of it."""

from __future__ import annotations

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.serve_when import when
from rollset.cli.statedir import opened, state_option
from rollset.cli.tables import print_table
from rollset.engine.durable.access.audit import PAGE_MAX, AuditEntry, AuditLog, Filter
from rollset.faces.audit import audit_document

COUNT = 50


@click.command()
@click.option(
    "--by", "name", metavar="NAME", default="", show_default=False, help="Only what this person or token did."
)
@click.option("--verb", metavar="WORD", default="", show_default=False, help="Only acts of this kind, such as pause.")
@click.option(
    "--on",
    "target",
    metavar="TEXT",
    default="",
    show_default=False,
    help="Only acts on what has this text in its name.",
)
@click.option("--limit", type=click.IntRange(1, PAGE_MAX), default=COUNT, help="So many entries, the newest first.")
@click.option("--before", type=click.IntRange(1), metavar="NUMBER", help="Only entries before this one.")
@state_option
@output_option("table", "json")
def audit(*, name: str, verb: str, target: str, limit: int, before: int | None, state: str | None, output: str) -> None:
    """List what was done in the dashboard and through its HTTP API, the newest first."""
    with opened(state) as database:
        which = Filter(name=name, verb=verb, target=target)
        entries = AuditLog(database).read(limit, before=before, which=which)
        place = str(database.state)
    if output == "json":
        print_document({"state": place, "entries": [audit_document(one) for one in entries]})
    elif entries:
        print_table(_table(entries), screen())
    else:
        faults.say(f"no such entry is in the audit log of {place}")


def _table(entries: list[AuditEntry]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("number", "when", "who", "did", "on", "outcome", "request"):
        table.add_column(heading, overflow="fold")
    for one in entries:
        outcome = one.outcome or "under way, or cut off"
        table.add_row(str(one.number), when(one.at), one.name, one.verb, one.target, outcome, one.request)
    return table
