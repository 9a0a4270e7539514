"""`rollset emulator publish`: a new version of a platform image, as its publisher would bring it out."""

from __future__ import annotations

import click

from rollset.cli.emulator_running import Running, emulator_option

PARTS = 4


@click.command()
@click.argument("image", metavar="PUBLISHER:OFFER:SKU:VERSION")
@click.option("--location", "locations", multiple=True, help="Only there; may be repeated. By default everywhere.")
@emulator_option
def publish(image: str, locations: tuple[str, ...], emulator: Running) -> None:
    """Puts a version of a platform image on offer in a running emulator.

    Sets that follow `latest` with automatic OS upgrades begin to move to it by themselves.
    """
    parts = image.split(":")
    if len(parts) != PARTS or not all(parts):
        raise click.BadParameter(f"expected PUBLISHER:OFFER:SKU:VERSION, got {image!r}", param_hint="'IMAGE'")
    body = {"image": image, **({"locations": locations} if locations else {})}
    told = emulator.json("POST", "/emulator/publish", body)
    click.echo(f"{image} is on offer.")
    if told["new_sku"]:
        click.echo(f"{':'.join(parts[:-1])} is new: nothing of it was on offer before.", err=True)
    for one in told["upgrades"]:
        click.echo(f"Azure begins to upgrade {one['set']} by itself at {one['starts_at'][:19]}Z, emulated time.")
