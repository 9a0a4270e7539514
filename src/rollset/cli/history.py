"""`rollset events`: everything that a rollout did and why, who asked for what, and what Azure calls each request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import click

from rollset.cli.follow import LOOK_SECONDS, LookedAway
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.office import Office, Where, office_options, opened_office
from rollset.cli.options import output_option, rollout_argument
from rollset.cli.session import run
from rollset.engine.order import Order
from rollset.faces.account import Account, Told
from rollset.faces.facts import fact_document, order_document, request_id
from rollset.faces.telling import begun_sentence, clock_time, sentence

EPILOG = """\b
Examples:
  # Every request that changed something in Azure, with what Azure calls it.
  rollset events myrg/myvmss -o json | jq -r 'select(.request_id) | "\\(.at) \\(.request_id) \\(.text)"'

With -o json each line is one JSON document: entry, at, event, text, and what belongs to that event."""


@click.command("events", epilog=EPILOG)
@rollout_argument
@click.option("--follow", "stay", is_flag=True, help="Go on until the rollout has ended.")
@office_options
@output_option("text", "json")
def history(rollout: str, *, stay: bool, where: Where, output: str) -> None:
    """Print the history of a rollout: each decision with its reason and numbers, each order, each write to Azure."""
    run(_tell(where, rollout, stay=stay, as_json=output == "json"))


async def _tell(where: Where, rollout: str, *, stay: bool, as_json: bool) -> None:
    async with opened_office(where) as office:
        account = await office.account(rollout)
        if account.state is not None:
            _print_order(account.state.order, as_json=as_json)
        _print(account.told, as_json=as_json)
        if stay and not account.ended:
            await _follow(office, account, as_json=as_json)


async def _follow(office: Office, account: Account, *, as_json: bool) -> None:
    try:
        with cancelling_on_signals(lambda: None):
            while not account.ended:  # As long as the rollout, which has bounds of its own.
                await asyncio.sleep(LOOK_SECONDS)
                _print(await office.refresh(account), as_json=as_json)
    except asyncio.CancelledError as cancelled:
        raise LookedAway(account.named) from cancelled


def _print_order(order: Order, *, as_json: bool) -> None:
    """What was agreed to, before anything was done: entry 0."""
    if as_json:
        click.echo(json.dumps(order_document(order)))
    else:
        click.echo(f"{clock_time(order.begun_at)}  {0:>4}  {begun_sentence(order)}")


def _print(told: Sequence[Told], *, as_json: bool) -> None:
    for one in told:
        for event in one.entry.events:
            if as_json:
                click.echo(json.dumps(fact_document(one.number, event)))
            else:
                known = request_id(event)
                asked = f"  [request {known}]" if known else ""
                click.echo(f"{clock_time(event.at)}  {one.number:>4}  {sentence(event)}{asked}")
