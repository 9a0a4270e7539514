"""`rollset upgrade`: plans, asks, rolls, and tells how it ended."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import click
from rich.console import Console

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.documents import print_document
from rollset.cli.ended import look_again, outcome_document, print_outcome
from rollset.cli.face import Face, face_for
from rollset.cli.interrupts import cancelling_on_signals, interruptible
from rollset.cli.main import Invocation
from rollset.cli.options import (
    ConnectionFlags,
    SectionedCommand,
    connection_options,
    output_option,
    scale_set_argument,
)
from rollset.cli.planned import print_plan
from rollset.cli.screen import screen
from rollset.cli.session import open_azure, run, scale_set_of
from rollset.cli.wish_options import wish_options
from rollset.cli.wishes import WishFlags
from rollset.core.errors import RollsetError, UnsafeError
from rollset.core.fleet import UpgradeMode
from rollset.core.forecast import Tempo
from rollset.core.ids import ScaleSetAddress
from rollset.core.plan import Plan, refuse_unsafe
from rollset.engine.events import Ending, Outcome
from rollset.engine.prepare import Wish, prepare
from rollset.engine.rollout import Rollout

TEMPO = Tempo()
"""How often instances are looked at."""

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

Ctrl-C starts nothing more, tells what is in flight, and prints the command that continues."""


@click.command(cls=SectionedCommand, epilog=EPILOG)
@scale_set_argument
@wish_options
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is changed unless this is given.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Ask Azure for the first step, and return without waiting for it. The price: nobody watches whether it "
    "succeeds, and nothing follows until you continue.",
)
@connection_options
@output_option("text", "json")
@click.pass_context
def upgrade(
    ctx: click.Context,
    address: ScaleSetAddress,
    flags: WishFlags,
    connection: ConnectionFlags,
    output: str,
    *,
    yes: bool,
    no_wait: bool,
) -> None:
    """Move a scale set onto another OS image, never taking out more instances than allowed, and prove it.

    Prints the plan and asks, writes the image into the model, then upgrades a few instances at a time; each must be
    read back on the image and healthy before others follow. The first failure stops it. Instances that are on the image
    already are skipped, so the same command run again continues where the fleet stands.
    """
    if no_wait and flags.pace.switch_policy:
        raise click.UsageError("--switch-policy cannot go with --no-wait: nobody would put the policy back")
    assert isinstance(ctx.obj, Invocation)
    order = Order(
        wish=flags.wish(scale_set_of(address, connection)),
        budget_named=flags.pace.budget_named,
        yes=yes,
        no_wait=no_wait,
        console=screen(stderr=output == "json"),
    )
    outcome = run(carry_out(order, connection))
    if output == "json":
        print_document(outcome_document(outcome, ctx.obj.argv))
    else:
        print_outcome(outcome, order.console, ctx.obj.argv)
    ctx.exit(outcome.exit_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user ordered, and where he looks."""

    wish: Wish
    budget_named: bool
    yes: bool
    no_wait: bool
    console: Console


class Declined(RollsetError):  # noqa: N818 (reads as the fact it states)
    """The user, asked whether to go ahead, did not say yes."""

    exit_status = faults.INTERRUPTED


async def carry_out(order: Order, connection: ConnectionFlags) -> Outcome:
    """Plans, asks, and rolls.

    Raises:
        UnsafeError: the plan is not safe, or nobody is there to be asked.
        Declined: the answer was no.
    """
    face = face_for(order.console)
    async with open_azure(connection, face.paused) as azure:
        plan = await prepare(azure, order.wish)
        print_plan(plan, order.console)
        refuse_unsafe(plan, told_otherwise=order.budget_named)
        if plan.nothing_to_do:
            return nothing_to_do(plan)
        if not order.yes:
            ask(order.console)
        order.console.print()
        return await roll(azure, plan, face, TEMPO, no_wait=order.no_wait)


async def roll(azure: Azure, plan: Plan, face: Face, tempo: Tempo, *, no_wait: bool = False) -> Outcome:
    """Runs the plan under the eyes of `face`; a second signal ends it where it stands.

    Raises:
        Abandoned: there was a second signal.
    """
    rollout = Rollout(azure, plan, face.tell, tempo)
    try:
        async with face.showing(lambda: azure.requests):
            with cancelling_on_signals(face.stopping):
                return await (rollout.start_only() if no_wait else rollout.run())
    except asyncio.CancelledError as cancelled:
        raise Abandoned(plan) from cancelled


class Abandoned(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A second Ctrl-C, while the first one was being seen to."""

    exit_status = faults.INTERRUPTED

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.plan = plan

    def __str__(self) -> str:
        scale_set = self.plan.fleet.scale_set
        words = (
            f"ended at once; what was asked of {scale_set.id} before goes on in Azure "
            f"(look with: {look_again(self.plan)})"
        )
        if self.plan.switch_policy and scale_set.upgrade_mode is not UpgradeMode.MANUAL:
            words += (
                f"; its upgrade policy may still be Manual instead of {scale_set.upgrade_mode}, and its model may name "
                "the new image: look at both before you set it back"
            )
        return words


def ask(console: Console) -> None:
    """Asks whether to go ahead.

    Raises:
        UnsafeError: there is no terminal to ask on.
        Declined: the answer is no.
    """
    if not sys.stdin.isatty():
        raise UnsafeError(
            "there is no terminal to ask on, so nothing was changed; add --yes to go ahead without a question"
        )
    try:
        with interruptible():
            # The question goes where the plan went, if anybody sees it there.
            agreed = click.confirm("Go ahead?", err=console.file is sys.stderr or not console.is_terminal)
    except click.Abort as aborted:
        raise Declined("interrupted; nothing was changed") from aborted
    if not agreed:
        raise Declined("nothing was changed")


def nothing_to_do(plan: Plan) -> Outcome:
    """The outcome of a plan without steps."""
    skipped = len(plan.skipped)
    return Outcome(
        ending=Ending.DONE,
        reason=f"nothing to do: no chosen instance has to be upgraded to {plan.job.image} ({skipped} skipped)",
        exit_status=0,
        plan=plan,
        upgraded=(),
        in_flight=(),
        failures=(),
        seconds=0.0,
        arm_requests=0,
    )
