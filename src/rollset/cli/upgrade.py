"""`rollset upgrade`: plans, asks, rolls, and tells how it ended."""

from __future__ import annotations

import click

from rollset.cli.asked import Asked
from rollset.cli.beginning import Rolled
from rollset.cli.documents import print_document
from rollset.cli.ended import detached_document, outcome_document, print_detached, print_outcome
from rollset.cli.known import Named
from rollset.cli.main import Invocation
from rollset.cli.options import (
    ConnectionFlags,
    SectionedCommand,
    connection_options,
    output_option,
)
from rollset.cli.rolling import Wanting, carry_out
from rollset.cli.screen import screen
from rollset.cli.session import run, scale_set_of
from rollset.cli.statedir import state_option
from rollset.cli.wish_options import wish_options
from rollset.core.preflight.examine import check_accepted

EPILOG = """\b
Examples:
  # Shows the plan and asks. Then one instance goes, and when it is healthy two
  # at a time (10% of 20), each update domain after the one before, until all
  # run the newest version that their region offers.
  rollset upgrade myrg/myvmss --image-version latest
\b
  # No question: update domain 0 only, four instances at a time.
  rollset upgrade myrg/myvmss --image-version 4.0.20160229 \\
    --update-domain 0 --max-unavailable 4 --yes
\b
  # Onto a custom image, five at a time, with a minute of rest in between.
  rollset upgrade myrg/web --image-id ID --batch-size 5 --pause 1m \\
    --max-unavailable 5
\b
  # Asks Azure for the first step and returns at once; nobody watches it.
  rollset upgrade myrg/myvmss --image-version latest --yes --no-wait
\b
  # An Automatic policy would take all instances down at once: this sets it to
  # Manual meanwhile, and back at the end.
  rollset upgrade myrg/auto --image-version latest --switch-policy --yes
\b
  # A quarter of the set, then it waits for `rollset approve`; each upgraded
  # instance must stay healthy for five minutes before the next may leave.
  rollset upgrade myrg/myvmss --image-version latest --yes \\
    --checkpoint 25%:approve --bake 5m
\b
  # All of it from a file, but two instances at a time.
  rollset upgrade -f rollout.yaml --max-unavailable 2

Ctrl-C starts nothing more, tells what is in flight, and prints the command that continues. After a crash the same
command goes on where the rollout stands. With ROLLSET_DATABASE_URL a worker carries it out, and this only follows."""


@click.command(cls=SectionedCommand, epilog=EPILOG)
@wish_options
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is changed unless this is given.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Ask Azure for the first step, and return without waiting for it. The price: nobody watches whether it "
    "succeeds, and nothing follows until you continue.",
)
@click.option(
    "--detach",
    is_flag=True,
    help="Leave the upgrade to a worker (`rollset worker`) and return at once with its id.",
)
@click.option(
    "--accept",
    metavar="FINDING",
    multiple=True,
    help="Go on in spite of this blocking finding of `rollset doctor`. May be given several times.  [default: none]",
)
@connection_options
@state_option
@output_option("text", "json")
@click.pass_context
def upgrade(
    ctx: click.Context,
    asked: Asked,
    connection: ConnectionFlags,
    *,
    state: str | None,
    output: str,
    yes: bool,
    no_wait: bool,
    detach: bool,
    accept: tuple[str, ...],
) -> None:
    """Move a scale set onto another OS image, never taking out more instances than allowed, and prove it.

    Prints the plan, checks what `rollset doctor` calls blocking, and asks. Then it writes the image into the model and
    upgrades a few instances at a time; each must be read back on the image and healthy before others follow. The first
    failure stops it. Instances that are on the image already are skipped, so the same command run again continues where
    the fleet stands.
    """
    if no_wait and asked.pace.switch_policy:
        raise click.UsageError("--switch-policy cannot go with --no-wait: nobody would put the policy back")
    check_accepted(accept)
    assert isinstance(ctx.obj, Invocation)
    wanting = Wanting(
        wish=asked.wish(scale_set_of(asked.address, connection)),
        budget_named=asked.pace.budget_named,
        notes=asked.notes,
        accepted=accept,
        yes=yes,
        start_only=no_wait,
        detach=detach,
        state=state,
        connection=connection,
        console=screen(stderr=output == "json"),
    )
    rolled = run(carry_out(wanting))
    _tell(rolled, wanting, ctx.obj.argv, as_json=output == "json")
    ctx.exit(0 if rolled.outcome is None else rolled.outcome.exit_status)


def _tell(rolled: Rolled, wanting: Wanting, argv: tuple[str, ...], *, as_json: bool) -> None:
    match rolled, as_json:
        case Rolled(outcome=None, rollout=Named() as rollout), True:
            print_document(detached_document(rollout))
        case Rolled(outcome=None, rollout=Named() as rollout), False:
            print_detached(rollout, wanting.console)
        case Rolled(outcome=outcome, rollout=rollout), True if outcome is not None:
            print_document(outcome_document(outcome, rollout, argv))
        case Rolled(outcome=outcome, rollout=rollout), False if outcome is not None:
            print_outcome(outcome, rollout, wanting.console, argv)
