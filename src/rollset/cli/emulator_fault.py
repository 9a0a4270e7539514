"""`rollset emulator fault`: makes something go wrong in a running emulator, and right again."""

from __future__ import annotations

import json
from typing import Any

import click

from rollset.cli.emulator_running import Running, emulator_option

TEXTS = ("set", "region", "zone", "image", "code", "message", "method", "path_contains", "operation", "size", "name")
LISTS = ("instances", "statuses")


@click.group()
def fault() -> None:
    """Faults of a running emulator: make something go wrong, see what is in force, make it right again.

    \b
    # The upgrade of instance 4 will fail, with Azure's code.
    rollset emulator fault add upgrade-fails set=myrg/myvmss instances=4 code=VMStartTimedOut
    \b
    # A third of the instances will never be healthy on this image.
    rollset emulator fault add bad-image image=4.0.20160229 share=0.3
    \b
    # For two emulated minutes half of all requests are refused.
    rollset emulator fault add storm share=0.5 lasts=120

    docs/emulator.md describes every kind.
    """  # noqa: D301  \b keeps click from joining the lines.


@fault.command(name="list")
@emulator_option
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(emulator: Running, output: str) -> None:
    """Lists the faults in force."""
    found = emulator.json("GET", "/emulator/faults")["value"]
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("No fault is in force.", err=True)


@fault.command()
@click.argument("kind")
@click.argument("members", nargs=-1, metavar="[MEMBER=VALUE]...")
@emulator_option
def add(kind: str, members: tuple[str, ...], emulator: Running) -> None:
    """Brings a fault of KIND into force, and prints its number."""
    document = {"kind": kind, **dict(_member(one) for one in members)}
    click.echo(_line(emulator.json("POST", "/emulator/faults", document)))


@fault.command()
@click.argument("number", type=click.IntRange(1))
@emulator_option
def remove(number: int, emulator: Running) -> None:
    """Takes the fault of that NUMBER away; what it kept from working recovers."""
    emulator.text("DELETE", f"/emulator/faults/{number}")


@fault.command()
@emulator_option
def clear(emulator: Running) -> None:
    """Takes all faults away."""
    emulator.text("DELETE", "/emulator/faults")


def _member(text: str) -> tuple[str, Any]:
    """`share=0.3` and the like: names are text, lists are written with commas, the rest is JSON where it can be."""
    name, found, value = text.partition("=")
    if not found or not name:
        raise click.BadParameter(f"expected MEMBER=VALUE, got {text!r}", param_hint="'[MEMBER=VALUE]...'")
    if name in TEXTS:
        return name, value
    if name in LISTS and value != "all" and not value.startswith("["):
        items = [one for one in value.split(",") if one]
        return name, [int(one) for one in items] if name == "statuses" and value.replace(",", "").isdigit() else items
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _line(one: dict[str, Any]) -> str:
    members = " ".join(
        f"{name}={','.join(str(item) for item in value) if isinstance(value, list) else value}"
        for name, value in one.items()
        if name not in ("id", "kind")
    )
    return f"{one['id']}  {one['kind']}  {members}".rstrip()
