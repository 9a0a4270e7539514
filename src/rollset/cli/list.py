"""`rollset list`: the scale sets of a subscription, and how many of their instances are outdated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from rollset.cli import faults
from rollset.cli.lookout import Listed, lookout_option, opened_lookout
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags, connection_options, output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.tables import print_table
from rollset.faces.account import spoken_ago

OLD_SECONDS = 10.0
"""Where a look at a set is older than this, it is told how old each is."""


@click.command("list")
@connection_options
@lookout_option
@output_option("table", "json")
def list_(connection: ConnectionFlags, where: Where, output: str) -> None:
    """List the scale sets of a subscription.

    An instance is outdated when the image that it runs is not the image of the model, where `latest` in a model means
    the newest version offered in the region now. A dashboard lists what it has seen last, and without `--subscription`
    the sets of all subscriptions that it watches.
    """
    listed = run(_listed(where, connection))
    for trouble in listed.troubles:
        faults.say(trouble)
    for one in listed.scale_sets:
        if one["remark"]:
            faults.say(f"{one['resource_group']}/{one['name']}: cannot tell how many are outdated: {one['remark']}")
    if output == "json":
        print_document({"subscription": listed.subscription, "scale_sets": listed.scale_sets})
    elif listed.scale_sets:
        _print(listed.scale_sets, screen())
    else:
        which = "no subscription" if listed.subscription is None else f"subscription {listed.subscription}"
        faults.say(f"{which} has {'any' if listed.subscription is None else 'no'} scale sets that you may see")


async def _listed(where: Where, connection: ConnectionFlags) -> Listed:
    async with opened_lookout(where, connection) as lookout:
        return await lookout.listed()


def _print(scale_sets: Sequence[dict[str, Any]], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "group", "location", "image", "policy"):
        table.add_column(heading, overflow="fold")
    table.add_column("capacity", justify="right")
    table.add_column("outdated", justify="right")
    aged = any(_is_old(one) for one in scale_sets)
    if aged:
        table.add_column("seen")
    for one in scale_sets:
        table.add_row(
            one["name"],
            one["resource_group"],
            one["location"],
            "-" if one["image"] is None else one["image"]["text"],
            one["upgrade_policy"],
            str(one["capacity"]),
            "?" if one["outdated"] is None else str(one["outdated"]),
            *([_spoken_age(one)] if aged else []),
            style="bold" if one["outdated"] else None,
        )
    print_table(table, console)


def _is_old(told: dict[str, Any]) -> bool:
    age = _age(told)
    return told["remark"] is None if age is None else age > OLD_SECONDS


def _spoken_age(told: dict[str, Any]) -> str:
    age = _age(told)
    return "not yet" if age is None else spoken_ago(age)


def _age(told: dict[str, Any]) -> float | None:
    """Seconds since its instances were looked at; `None` where that has not been done yet, or cannot be."""
    at = told["looked_at"]
    return None if at is None else time.time() - datetime.fromisoformat(at).timestamp()
