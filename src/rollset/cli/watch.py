"""`rollset watch` and `rollset wait`: stay with a rollout until it ends, and end as it does."""

from __future__ import annotations

import asyncio
import time

import click
from rich.console import Console

from rollset.cli import faults
from rollset.cli.ended import print_outcome
from rollset.cli.face import face_for
from rollset.cli.follow import follow
from rollset.cli.office import Office, Where, office_options, opened_office
from rollset.cli.options import Parsed, output_option, rollout_argument
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.core.errors import RollsetError
from rollset.engine.durable.faults import Holder
from rollset.engine.events import Outcome
from rollset.faces.account import Account
from rollset.faces.durations import parse_bound, spoken_duration
from rollset.faces.ended import outcome_document
from rollset.faces.status import outcome_of

LOOK_SECONDS = 1.0
"""Between two looks at whether it has ended."""


class StillGoing(RollsetError):  # noqa: N818 (reads as the fact it states)
    """The rollout has not ended in the time given."""


@click.command()
@rollout_argument
@office_options
@click.pass_context
def watch(ctx: click.Context, rollout: str, where: Where) -> None:
    """Follow a rollout, wherever it runs: live on a terminal, a line for each event that matters elsewhere.

    Ctrl-C only stops looking. Ends with the exit status of the rollout.
    """
    console = screen()
    account, outcome = run(_watch(where, rollout, console))
    print_outcome(outcome, account.named, console)
    ctx.exit(outcome.exit_status)


async def _watch(where: Where, rollout: str, console: Console) -> tuple[Account, Outcome]:
    async with opened_office(where) as office:
        account = await office.account(rollout)
        if account.ended:
            return account, outcome_of(account)
        return account, await follow(office, account, face_for(console))


@click.command()
@rollout_argument
@click.option(
    "--timeout",
    metavar="TIME",
    type=Parsed(parse_bound, "time"),
    help="Wait no longer than this, and end with status 1 then.  [default: as long as it takes]",
)
@office_options
@output_option("text", "json")
@click.pass_context
def wait(ctx: click.Context, rollout: str, *, timeout: float | None, where: Where, output: str) -> None:
    """Wait until a rollout has ended, and end with its exit status. Says nothing meanwhile."""
    account = run(_wait(where, rollout, timeout))
    outcome = outcome_of(account)
    if output == "json":
        print_document(outcome_document(outcome, account.named))
    ctx.exit(outcome.exit_status)


async def _wait(where: Where, rollout: str, seconds_max: float | None) -> Account:
    async with opened_office(where) as office:
        account = await office.account(rollout)
        if await office.holder(account) is Holder.DEAD:
            command = account.named.command("resume")
            faults.say(f"nobody carries it out, for its process is gone; carry it on with: {command}")
        await _wait_for(office, account, seconds_max)
    return account


async def _wait_for(office: Office, account: Account, seconds_max: float | None) -> None:
    began = time.monotonic()
    while not account.ended:  # As long as the rollout, which has bounds of its own, or the caller's.
        left = None if seconds_max is None else began + seconds_max - time.monotonic()
        if left is not None and left <= 0:
            raise StillGoing(
                f"{account.id} has not ended after {spoken_duration(seconds_max or 0.0)}; how it stands: "
                f"{account.named.command('status')}"
            )
        await asyncio.sleep(LOOK_SECONDS if left is None else min(left, LOOK_SECONDS))
        await office.refresh(account)
