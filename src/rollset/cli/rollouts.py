"""`rollset rollouts`: which rollouts there are, and how each stands."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.office import Where, office_options, opened_office
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.tables import print_table
from rollset.engine.durable.faults import Holder
from rollset.faces.account import spoken_ago
from rollset.faces.known import short_address
from rollset.faces.report import spoken_where


@click.command()
@click.option("--all", "ended_too", is_flag=True, help="Also those that have ended, the newest 1000.")
@office_options
@output_option("table", "json")
def rollouts(*, ended_too: bool, where: Where, output: str) -> None:
    """List the rollouts that have not ended, newest first: how far they are, whose they are, and where they run.

    `cut off` means that the process that carried it out is gone: `rollset resume ID` carries it on.
    """
    place, reports = run(_reports(where, ended_too=ended_too))
    if output == "json":
        print_document({"state": place, "rollouts": reports})
    elif reports:
        print_table(_table(reports), screen())
    else:
        more = "" if ended_too else " that has not ended; --all lists those that have"
        faults.say(f"there is no rollout in {place}{more}")


async def _reports(where: Where, *, ended_too: bool) -> tuple[str, list[dict[str, Any]]]:
    async with opened_office(where) as office:
        return str(office.place), await office.reports(ended_too=ended_too)


def _table(reports: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("id", no_wrap=True)
    table.add_column("set", overflow="fold")
    table.add_column("to", overflow="fold")
    table.add_column("state", overflow="fold")
    table.add_column("done", justify="right", no_wrap=True)
    for heading in ("by", "begun", "where"):
        table.add_column(heading, overflow="fold")
    for one in reports:
        table.add_row(
            one["id"],
            short_address(one["scale_set"]),
            one["onto"],
            one["state"],
            "-" if one["total"] is None else f"{one['done']}/{one['total']}",
            one["begun_by"],
            spoken_ago(one["age_seconds"]),
            spoken_where(Holder(one["holder"]) if one["holder"] else None, one["host"], one["pid"]),
        )
    return table
