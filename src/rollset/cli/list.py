"""`rollset list`: the scale sets of a subscription, and how many of their instances are outdated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.options import ConnectionFlags, connection_options, output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import open_azure, run, subscription_of
from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet
from rollset.core.image import Image, same_image
from rollset.faces.documents import Json, image_document, scale_set_document
from rollset.faces.model_images import ModelImages

LOOKS_AT_ONCE = 8
"""So many sets are looked into together; a look into one is a costly read for Azure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One set. `outdated` is `None` where nobody can tell, and then `why` says why."""

    scale_set: ScaleSet
    exact: Image | None = None
    outdated: int | None = None
    why: str = ""


@click.command("list")
@connection_options
@output_option("table", "json")
def list_(connection: ConnectionFlags, output: str) -> None:
    """List the scale sets of a subscription.

    An instance is outdated when the image that it runs is not the image of the model, where `latest` in a model means
    the newest version offered in the region now.
    """
    subscription = subscription_of(connection)
    rows = run(_rows(connection, subscription))
    for row in rows:
        if row.why:
            faults.say(f"{row.scale_set.id}: cannot tell how many are outdated: {row.why}")
    if output == "json":
        print_document({"subscription": subscription, "scale_sets": [_document(row) for row in rows]})
    elif rows:
        _print(rows, screen())
    else:
        faults.say(f"subscription {subscription} has no scale sets that you may see")


async def _rows(connection: ConnectionFlags, subscription: str) -> list[Row]:
    async with open_azure(connection) as azure:
        found = await azure.scale_sets(subscription)
        images, gate = ModelImages(azure), asyncio.Semaphore(LOOKS_AT_ONCE)
        rows = await asyncio.gather(*(_row(azure, images, gate, one) for one in found))
    return sorted(rows, key=lambda row: row.scale_set.id.short.lower())


async def _row(azure: Azure, images: ModelImages, gate: asyncio.Semaphore, scale_set: ScaleSet) -> Row:
    """One set that cannot be looked into must not hide the others."""
    async with gate:
        try:
            exact = await images.exact(scale_set)
            instances = await azure.instances(scale_set)
        except RollsetError as error:
            return Row(scale_set=scale_set, why=faults.sentence(error))
    outdated = sum(not same_image(one.image, exact) for one in instances)
    return Row(scale_set=scale_set, exact=exact, outdated=outdated)


def _print(rows: list[Row], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "group", "location", "image", "policy"):
        table.add_column(heading, overflow="fold")
    table.add_column("capacity", justify="right")
    table.add_column("outdated", justify="right")
    for row in rows:
        one = row.scale_set
        table.add_row(
            one.id.name,
            one.id.resource_group,
            one.location,
            str(one.image or "-"),
            one.upgrade_mode.value,
            str(one.capacity),
            "?" if row.outdated is None else str(row.outdated),
            style="bold" if row.outdated else None,
        )
    console.print(table)


def _document(row: Row) -> Json:
    return {
        **scale_set_document(row.scale_set),
        "exact_image": image_document(row.exact),
        "outdated": row.outdated,
        "remark": row.why or None,
    }
