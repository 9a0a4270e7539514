"""`rollset doctor`: what stands in the way of an upgrade, before anything is touched."""

from __future__ import annotations

from dataclasses import replace

import click
from rich.console import Console
from rich.text import Text

from rollset.cli import faults
from rollset.cli.asked import Asked
from rollset.cli.findings import print_findings
from rollset.cli.lookout import Examination, lookout_option, opened_lookout
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags, SectionedCommand, connection_options, output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.wish_options import wish_options
from rollset.core.change import UNCHANGED
from rollset.core.errors import UnsafeError
from rollset.core.ids import ScaleSetId
from rollset.core.image import LATEST
from rollset.engine.prepare import Wish
from rollset.faces.findings import examined_document, total
from rollset.faces.wishes import ImageFlags
from rollset.faces.words import facts, image_change

EPILOG = """\b
Examples:
  # Is this set fit for an upgrade, whatever the image?
  rollset doctor myrg/myvmss
\b
  # And for this image, at this pace?
  rollset doctor myrg/myvmss --image-version latest --max-unavailable 4

Ends with status 4 if a finding is blocking. docs/policies/preflight.md lists them all."""


@click.command(cls=SectionedCommand, epilog=EPILOG)
@wish_options
@connection_options
@lookout_option
@output_option("text", "json")
@click.pass_context
def doctor(ctx: click.Context, asked: Asked, connection: ConnectionFlags, where: Where, output: str) -> None:
    """Look for what stands in the way of an upgrade: image, health, locks, quotas, limits. Changes nothing.

    Each finding has its remedy. `upgrade` checks the blocking ones by itself. Without an image, the one that the model
    names is looked at.
    """
    examined = run(_examine(where, connection, _wish(asked, asked.scale_set(connection))))
    if output == "json":
        print_document(examined_document(examined.plan, examined.findings, examined.requests))
    else:
        _print(examined, screen())
    blocking = [one.name for one in examined.findings if one.blocks]
    if blocking:
        faults.say(f"upgrade would stop at this: {', '.join(blocking)}")
        ctx.exit(UnsafeError.exit_status)


def _wish(asked: Asked, scale_set: ScaleSetId) -> Wish:
    """What is asked for; without an image, that of the model is meant."""
    if asked.flags.image.kinds() or asked.flags.model.change():
        return asked.wish(scale_set)
    with_an_image = replace(asked.flags, image=ImageFlags(version=LATEST))
    return replace(with_an_image.wish(scale_set), change=UNCHANGED)


async def _examine(where: Where, connection: ConnectionFlags, wish: Wish) -> Examination:
    async with opened_lookout(where, connection) as lookout:
        return await lookout.examine(wish)


def _print(examined: Examination, console: Console) -> None:
    plan = examined.plan
    console.print(Text(facts(plan.fleet.scale_set), style="bold"))
    console.print(f"image: {image_change(plan.fleet.scale_set.image, plan.job.image)}", soft_wrap=True)
    console.print()
    print_findings(examined.findings, console)
    console.print()
    requests = "" if examined.requests is None else f"; {examined.requests} ARM requests"
    console.print(Text(f"{total(examined.findings)}{requests}", style="bold"))
