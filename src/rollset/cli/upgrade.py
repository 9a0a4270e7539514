"""`rollset upgrade`: plans, asks, rolls, and tells how it ended."""

from __future__ import annotations

import click

from rollset.cli.asked import Asked
from rollset.cli.beginning import Rolled
from rollset.cli.ended import print_detached, print_outcome
from rollset.cli.main import Invocation
from rollset.cli.office import Where, office_options
from rollset.cli.options import (
    ConnectionFlags,
    Parsed,
    SectionedCommand,
    connection_options,
    output_option,
)
from rollset.cli.printing import print_document
from rollset.cli.rolling import Wanting, carry_out
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.wish_options import wish_options
from rollset.core.errors import UnsafeError
from rollset.core.preflight.examine import check_accepted
from rollset.engine.prepare import Wish
from rollset.faces.agreed import Agreed, parse_hash
from rollset.faces.ended import detached_document, outcome_document
from rollset.faces.exactly import short_hash
from rollset.faces.firststep import check_first_step
from rollset.faces.known import Named
from rollset.faces.planfile import read_plan
from rollset.faces.rewording import flags_for

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
\b
  # Exactly what was planned and agreed to; status 4 if the world has moved.
  rollset upgrade --plan plan.json --hash 3f9a01c2b4d5 --yes

Ctrl-C starts nothing more, tells what is in flight, and prints the command that continues. After a crash the same
command goes on where the rollout stands. With ROLLSET_DATABASE_URL a worker carries it out, and this only follows."""


@click.command(cls=SectionedCommand, epilog=EPILOG)
@wish_options
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    help="Carry out exactly the plan that `rollset plan --save FILE` wrote, and nothing if the set or its instances "
    "have changed since. Says all of it: no other wish may stand beside it.",
)
@click.option(
    "--hash",
    "plan_hash",
    metavar="HASH",
    type=Parsed(parse_hash, "hash"),
    help="Carry out the plan with this hash alone (its first 12 digits, or all), as `rollset plan` showed it.",
)
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
@office_options
@output_option("text", "json")
@click.pass_context
def upgrade(
    ctx: click.Context,
    asked: Asked,
    connection: ConnectionFlags,
    *,
    plan_file: str | None,
    plan_hash: str | None,
    where: Where,
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
    wish, agreed = _agreed(asked, plan_file, plan_hash, connection)
    if no_wait:
        check_first_step(wish)
    check_accepted(accept)
    assert isinstance(ctx.obj, Invocation)
    wanting = Wanting(
        wish=wish,
        flags=asked.flags if plan_file is None else flags_for(wish),
        agreed=agreed,
        budget_named=wish.budget_named,
        notes=asked.notes,
        accepted=accept,
        yes=yes,
        start_only=no_wait,
        detach=detach,
        where=where,
        connection=connection,
        console=screen(stderr=output == "json"),
    )
    rolled = run(carry_out(wanting))
    _tell(rolled, wanting, ctx.obj.argv, as_json=output == "json")
    ctx.exit(0 if rolled.outcome is None else rolled.outcome.exit_status)


def _agreed(
    asked: Asked, plan_file: str | None, plan_hash: str | None, connection: ConnectionFlags
) -> tuple[Wish, Agreed | None]:
    """What is wanted, and the plan that was agreed to, if one was."""
    if plan_file is None:
        return asked.wish(asked.scale_set(connection)), None if plan_hash is None else Agreed(hash=plan_hash)
    if not asked.nothing:
        raise click.UsageError("--plan says all of it: leave out the scale set, -f and what is to be done")
    saved = read_plan(plan_file)
    if plan_hash is not None and not saved.agreed.hash.startswith(plan_hash):
        raise UnsafeError(
            f"{plan_file} holds plan {short_hash(saved.agreed.hash)}, and {short_hash(plan_hash)} was agreed to; "
            "nothing was changed"
        )
    return saved.wish, saved.agreed


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
