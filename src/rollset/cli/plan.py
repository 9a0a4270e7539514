"""`rollset plan`: what would happen, instance by instance, and why."""

from __future__ import annotations

import shlex

import click

from rollset.cli import faults
from rollset.cli.asked import Asked
from rollset.cli.lookout import lookout_option, opened_lookout
from rollset.cli.office import Where
from rollset.cli.options import (
    ConnectionFlags,
    SectionedCommand,
    connection_options,
    output_option,
)
from rollset.cli.planned import print_plan
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.wish_options import wish_options
from rollset.core.errors import UnsafeError
from rollset.core.ids import ScaleSetId
from rollset.core.plan import Plan
from rollset.core.preflight.safety import refuse_unsafe
from rollset.faces.documents import Json
from rollset.faces.hours import notes_on
from rollset.faces.planfile import save_plan, saved_document
from rollset.faces.planned import plan_document

EPILOG = """\b
Examples:
  # Which instances would go, in which order, and how many at once?
  rollset plan myrg/myvmss --image-version latest
\b
  # The same for two update domains, four instances at a time, as JSON.
  rollset plan myrg/myvmss --image-version 4.0.20160229 \\
    --update-domain 0,1 --max-unavailable 4 -o json
\b
  # What a file describes.
  rollset plan -f rollout.yaml
\b
  # The same as a file: every value, the image exact.
  rollset plan myrg/myvmss --image-version latest -o yaml > rollout.yaml
\b
  # Saves the plan, to be agreed to and then carried out as it is.
  rollset plan -f rollout.yaml --save plan.json
  rollset upgrade --plan plan.json

Ends with status 4 if `upgrade` would refuse the plan as unsafe."""


@click.command(cls=SectionedCommand, epilog=EPILOG)
@wish_options
@click.option(
    "--save", "file_saved", metavar="FILE", help="Also write the plan into FILE, for `rollset upgrade --plan FILE`."
)
@connection_options
@lookout_option
@output_option("table", "json", "yaml")
@click.pass_context
def plan(
    ctx: click.Context,
    asked: Asked,
    connection: ConnectionFlags,
    where: Where,
    *,
    file_saved: str | None,
    output: str,
) -> None:
    """Show what an upgrade of a scale set would do, instance by instance, and why. Changes nothing.

    Below the steps stand how long it would take, how many requests it would ask of Azure, what the way back would go
    to, and the hash of the plan, which is another one as soon as what it stands on is.
    """
    scale_set = asked.scale_set(connection)
    wish = asked.wish(scale_set)
    planned = run(_plan(where, connection, scale_set, asked))
    notes = (*asked.notes, *notes_on(planned))
    refusal = _refusal(planned, told_otherwise=asked.pace.budget_named)

    def document() -> Json:
        return saved_document(planned, wish, plan_document(planned, refusal, notes))

    if file_saved is not None:
        save_plan(file_saved, document())
    match output:
        case "json":
            print_document(document())
        case "yaml":
            click.echo(_file(planned, asked), nl=False)
        case _:
            print_plan(planned, screen(), notes)
    if file_saved is not None:
        there = () if where.server is None else ("--server", where.server)
        command = shlex.join(["rollset", "upgrade", "--plan", file_saved, *there])
        faults.say(f"saved; carry out exactly this with: {command}")
    if refusal is not None:
        faults.say(f"upgrade would refuse this: {refusal}")
        ctx.exit(refusal.exit_status)


def _file(planned: Plan, asked: Asked) -> str:
    from rollset.faces.rolloutfile.writing import rollout_text  # noqa: PLC0415 (pydantic takes its time)

    return rollout_text(planned.fleet.scale_set.id, planned.job.image, asked.flags)


async def _plan(where: Where, connection: ConnectionFlags, scale_set: ScaleSetId, asked: Asked) -> Plan:
    async with opened_lookout(where, connection) as lookout:
        return await lookout.plan(scale_set, asked)


def _refusal(planned: Plan, *, told_otherwise: bool) -> UnsafeError | None:
    try:
        refuse_unsafe(planned, told_otherwise=told_otherwise)
    except UnsafeError as error:
        return error
    return None
