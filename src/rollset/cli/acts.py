"""`rollset acts`: what operators did to sets, newest first, or one act with each of its facts."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.actbook import opened_acts
from rollset.cli.office import Where, office_options
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.tables import print_table
from rollset.faces.account import spoken_ago
from rollset.faces.known import short_address

LIMIT = 100


@click.command()
@click.argument(
    "which", metavar="[RG/NAME|ID]", required=False, help="A scale set, or the beginning of the id of one act."
)
@click.option("--stop", is_flag=True, help="Stop the act with this ID.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=LIMIT, help="At most so many.")
@office_options
@output_option("table", "json")
def acts(*, which: str | None, stop: bool, limit: int, where: Where, output: str) -> None:
    """List what was done to sets outside of rollouts, newest first: by whom, at what price, and how it ended.

    With an ID, one act: each of its facts, with Azure's request ids, and what became of each instance. Stopped,
    it is withdrawn where no worker has begun it; else whom Azure was not asked for yet is not touched.
    """
    place, told = run(_tell(where, which, stop=stop, limit=limit))
    if which is not None and "/" not in which:
        _print_one(told[0], as_json=output == "json")
    elif output == "json":
        print_document({"state": place, "acts": told})
    elif told:
        print_table(_table(told), screen())
    else:
        faults.say(f"there is no act{'' if which is None else f' on {which}'} in {place}")


async def _tell(where: Where, which: str | None, *, stop: bool, limit: int) -> tuple[str, list[dict[str, Any]]]:
    """Where the acts are kept, and those that are meant: of one that is named by its id all there is."""
    async with opened_acts(where) as kept:
        place = str(kept.place)
        if which is None or "/" in which:
            if stop:
                raise click.UsageError("--stop takes the id of one act")
            return place, await kept.listed(which, limit)
        if stop:
            await kept.stop(which)
        return place, [await kept.one(which)]


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("id", no_wrap=True)
    for heading in ("set", "act", "by", "asked", "state", "outcome"):
        table.add_column(heading, overflow="fold")
    for one in rows:
        table.add_row(
            one["id"],
            short_address(one["scale_set"]),
            one["act"],
            one["by"],
            spoken_ago(time.time() - _epoch(one["asked_at"])),
            one["ending"] or one["state"],
            one["text"] or "",
        )
    return table


def _print_one(act: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_document(act)
        return
    console = screen()
    ago = spoken_ago(time.time() - _epoch(act["asked_at"]))
    console.print(f"{act['id']}: {act['act']}, by {act['by']}, {ago}", soft_wrap=True)
    console.print(f"told: {act['price']}", soft_wrap=True)
    for one in act["facts"]:
        stamp = time.strftime("%H:%M:%S", time.localtime(_epoch(one["at"])))
        console.print(f"{stamp}  {one['text']}", soft_wrap=True)
    if act["ended_at"] is None:
        console.print(act["text"] or act["state"], soft_wrap=True)


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
