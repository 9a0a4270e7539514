"""`rollset rollouts`: which rollouts there are, and how each stands."""

from __future__ import annotations

import time

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.statedir import opened, state_option
from rollset.core.image import same_image
from rollset.engine.durable.ledger import EVERY, Ledger, Which
from rollset.engine.durable.presence import Presence
from rollset.faces.account import Account, spoken_ago
from rollset.faces.known import NEWEST_MAX, address_of
from rollset.faces.report import Report, report_document, where


@click.command()
@click.option("--all", "ended_too", is_flag=True, help="Also those that have ended, the newest 1000.")
@state_option
@output_option("table", "json")
def rollouts(*, ended_too: bool, state: str | None, output: str) -> None:
    """List the rollouts that have not ended, newest first: how far they are, whose they are, and where they run.

    `cut off` means that the process that carried it out is gone: `rollset resume ID` carries it on.
    """
    with opened(state) as database:
        ledger, presence = Ledger(database), Presence(database)
        rows = ledger.rollouts(NEWEST_MAX, EVERY if ended_too else Which(ended=False))
        reports = [Report.of(Account(ledger, row), presence) for row in rows]
        place = str(database.state)
    if output == "json":
        print_document({"state": place, "rollouts": [report_document(one) for one in reports]})
    elif reports:
        screen().print(_table(reports))
    else:
        more = "" if ended_too else " that has not ended; --all lists those that have"
        faults.say(f"there is no rollout in {place}{more}")


def _table(reports: list[Report]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("id", no_wrap=True)
    table.add_column("set", overflow="fold")
    table.add_column("to", overflow="fold")
    table.add_column("state", overflow="fold")
    table.add_column("done", justify="right", no_wrap=True)
    for heading in ("by", "begun", "where"):
        table.add_column(heading, overflow="fold")
    for one in reports:
        row = one.account.row
        table.add_row(
            row.id,
            address_of(row),
            _short_image(one),
            one.word,
            one.progress,
            row.started_by,
            spoken_ago(time.time() - row.begun_at),
            where(row, one.holder),
        )
    return table


def _short_image(report: Report) -> str:
    """What tells rollouts apart: the image, what else of the model changes, and of a way back what it undoes."""
    row, state = report.account.row, report.account.state
    if row.undoes:
        return f"undoes {row.undoes}"
    image = row.image.rpartition(":")[2].rpartition("/")[2]
    if state is None or not state.order.job.model:
        return image
    job, before = state.order.job, state.order.fleet.scale_set
    return str(job.model) if same_image(before.image, job.image) else f"{image}, {job.model}"
