"""`rollset emulator export` and `import`: fleets out of a running emulator, and into it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from rollset.cli.emulator_running import Running, emulator_option
from rollset.emulator.errors import EmulatorError

STANDARD = "-"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True), default=STANDARD)
@emulator_option
def export(file: str, emulator: Running) -> None:
    """Writes the fleet of a running emulator to FILE, or to standard output: YAML as `--fleet` and `import` take it."""
    _write(file, emulator.text("GET", "/emulator/export"))


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), required=False)
@click.option(
    "--from", "source", type=click.Choice(["azure"]), help="Read the shape of a subscription instead of FILE."
)
@click.option("--subscription", metavar="ID", help="The subscription to read, with --from azure.")
@click.option("--resource-group", "groups", multiple=True, metavar="NAME", help="Only its sets; may be repeated.")
@click.option("--endpoint", metavar="URL", help="Where Azure answers.  [default: https://management.azure.com]")
@click.option("--tags", is_flag=True, help="Take the tags of the sets too.")
@click.option(
    "--to-file", type=click.Path(dir_okay=False, writable=True, allow_dash=True), help="Only write the fleet there."
)
@emulator_option
def import_(file: str | None, source: str | None, to_file: str | None, emulator: Running, **of_azure: Any) -> None:
    """Adds a fleet to a running emulator: that of FILE, or one in the shape of a subscription.

    `--from azure` reads models, counts and placement by plain GETs, signed in as you are (`az login`). It takes no
    passwords, keys, custom data or protected settings, no settings of extensions but those of the health extension,
    and no tags unless told to. All of a fleet comes in, or where anything is wrong nothing.

    \b
    # Rehearse on the shape of your own sets.
    rollset emulator import --from azure --subscription 11111111-2222-3333-4444-555555555555
    """  # noqa: D301  \b keeps click from joining the lines.
    if (file is None) == (source is None):
        raise click.UsageError("name a FILE, or say --from azure")
    text = _of_azure(**of_azure) if source == "azure" else _read(str(file))
    if to_file is not None:
        _write(to_file, text)
        return
    taken = emulator.json_of("POST", "/emulator/import", text.encode())
    count = len(taken["sets"])
    click.echo(f"{count} set{'' if count == 1 else 's'} with {taken['instances']} instances came in.")


def _of_azure(subscription: str | None, groups: tuple[str, ...], endpoint: str | None, *, tags: bool) -> str:
    from rollset.arm.endpoint import PUBLIC, Endpoint  # noqa: PLC0415  Heavy, and not needed for a file.
    from rollset.cli.emulator_azure import read_fleet  # noqa: PLC0415
    from rollset.cli.faults import say  # noqa: PLC0415
    from rollset.cli.options import ConnectionFlags  # noqa: PLC0415
    from rollset.cli.session import run, subscription_of  # noqa: PLC0415
    from rollset.emulator.fleetexport import dumped  # noqa: PLC0415

    where = PUBLIC if endpoint is None else Endpoint.parse(endpoint)
    named = subscription_of(ConnectionFlags(subscription=subscription, endpoint=endpoint))
    return dumped(run(read_fleet(where, named, groups, lambda pause: say(str(pause)), tags=tags)))


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == STANDARD else Path(file).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise EmulatorError(f"{file}: it is no text") from error


def _write(file: str, text: str) -> None:
    if file == STANDARD:
        click.echo(text, nl=False)
    else:
        Path(file).write_text(text, "utf-8")
