"""`rollset images`: which versions the image of a scale set is offered in, and how many instances run each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollset.arm.image_versions import GalleryVersion
from rollset.cli.lookout import lookout_option, opened_lookout
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags, connection_options, output_option, scale_set_argument
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run, scale_set_of
from rollset.cli.tables import print_table
from rollset.core.ids import ScaleSetAddress, ScaleSetId
from rollset.core.image import version_key
from rollset.faces.offer import Offer, Version, offer_document
from rollset.faces.words import facts


@click.command()
@scale_set_argument
@click.option(
    "--newer",
    is_flag=True,
    help="Only versions newer than the model's; if that says latest, newer than the oldest one that an instance runs.",
)
@connection_options
@lookout_option
@output_option("table", "json")
def images(address: ScaleSetAddress, connection: ConnectionFlags, where: Where, output: str, *, newer: bool) -> None:
    """List the versions that the image of a scale set is offered in, in its region, newest first.

    That is the publisher, offer and SKU that the model names, or its gallery image. Versions that instances still run
    are listed even if they are not offered any more.
    """
    offer = run(_look(where, connection, scale_set_of(address, connection)))
    if newer:
        offer = replace(offer, versions=_newer(offer.versions))
    if output == "json":
        print_document(offer_document(offer))
    else:
        _print(offer, screen())


async def _look(where: Where, connection: ConnectionFlags, scale_set: ScaleSetId) -> Offer:
    async with opened_lookout(where, connection) as lookout:
        return await lookout.offer(scale_set)


def _newer(versions: Sequence[Version]) -> list[Version]:
    known = [one.name for one in versions if one.in_model] or [one.name for one in versions if one.instances]
    if not known:
        return list(versions)
    floor = min(map(version_key, known))
    return [one for one in versions if version_key(one.name) > floor]


def _print(offer: Offer, console: Console) -> None:
    console.print(Text(facts(offer.scale_set), style="bold"))
    console.print(f"image: {offer.scale_set.image}")
    if not offer.versions:
        console.print("No version is newer.")
        return
    gallery = any(one.gallery for one in offer.versions)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("version")
    table.add_column("instances", justify="right")
    for heading in ("published", "replicated", "end of life") if gallery else ():
        table.add_column(heading)
    table.add_column("")
    for one in offer.versions:
        told = _gallery_cells(one.gallery) if gallery else []
        table.add_row(one.name, str(one.instances or "-"), *told, _remark(one), style="bold" if one.in_model else None)
    console.print()
    print_table(table, console)


def _gallery_cells(version: GalleryVersion | None) -> list[str]:
    if version is None:
        return ["-", "-", "-"]
    return [_day(version.published), "yes" if version.replicated else "no", _day(version.end_of_life)]


def _day(moment: str | None) -> str:
    return (moment or "-").partition("T")[0]


def _remark(version: Version) -> str:
    words = ["in the model"] if version.in_model else []
    words += [] if version.offered else ["not offered any more"]
    if version.gallery is not None and version.gallery.excluded_from_latest:
        words.append("left out of latest")
    return "; ".join(words)
