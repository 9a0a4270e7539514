"""`rollset acts`: what operators did to sets, newest first, or one act with each of its facts."""

from __future__ import annotations

import time

import click
from rich.table import Table

from rollset.cli import faults
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.statedir import opened, state_option
from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.acts.ledger import ActLedger, ActRow
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import who
from rollset.faces.account import spoken_ago
from rollset.faces.acts import act_document, fact_document_of_act, fact_sentence, result_document

LIMIT = 100


@click.command()
@click.argument(
    "which", metavar="[RG/NAME|ID]", required=False, help="A scale set, or the beginning of the id of one act."
)
@click.option("--withdraw", is_flag=True, help="Take the act with this ID back, if no worker has begun it.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=LIMIT, help="At most so many.")
@state_option
@output_option("table", "json")
def acts(*, which: str | None, withdraw: bool, limit: int, state: str | None, output: str) -> None:
    """List what was done to sets outside of rollouts, newest first: by whom, at what price, and how it ended.

    With an ID, one act: each of its facts, with Azure's request ids, and what became of each instance. What lies in the
    queue and was begun by no worker can be withdrawn.
    """
    with opened(state) as database:
        ledger = ActLedger(database)
        if withdraw:
            _withdraw(database, ledger, which)
        if which is not None and "/" not in which:
            _print_one(ledger, ledger.act(which), as_json=output == "json")
            return
        rows = _rows(ledger, which, limit)
        place = str(database.state)
    if output == "json":
        print_document({"state": place, "acts": [act_document(one) for one in rows]})
    elif rows:
        screen().print(_table(rows))
    else:
        faults.say(f"there is no act{'' if which is None else f' on {which}'} in {place}")


def _withdraw(database: Database, ledger: ActLedger, which: str | None) -> None:
    if which is None or "/" in which:
        raise click.UsageError("--withdraw takes the id of one act")
    from rollset.engine.durable.acts.withdraw import withdraw_act  # noqa: PLC0415 (takes half a second)

    withdraw_act(database, ledger.act(which).id, who())


def _rows(ledger: ActLedger, which: str | None, limit: int) -> list[ActRow]:
    if which is None:
        return ledger.acts(limit=limit)
    address = ScaleSetAddress.parse(which)
    if address.subscription is not None:
        return ledger.acts(address.within(address.subscription).path, limit)
    # Without a subscription the name may be that of several sets, and all of them are meant.
    return ledger.acts_like(address.path_end, limit)


def _table(rows: list[ActRow]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("id", no_wrap=True)
    for heading in ("set", "act", "by", "asked", "state", "outcome"):
        table.add_column(heading, overflow="fold")
    for one in rows:
        address = ScaleSetAddress.parse(one.scale_set)
        table.add_row(
            one.id,
            f"{address.resource_group}/{address.name}",
            one.words,
            one.by,
            spoken_ago(time.time() - one.asked_at),
            one.ending or one.state.value,
            "" if one.present is None else one.present.words,
        )
    return table


def _print_one(ledger: ActLedger, row: ActRow, *, as_json: bool) -> None:
    order, facts, result = ledger.order(row.id), ledger.facts(row.id), ledger.result(row.id)
    if as_json:
        told = None if result is None else result_document(result)
        document = {**act_document(row), "facts": [fact_document_of_act(order, one) for one in facts], "result": told}
        print_document(document)
        return
    console = screen()
    console.print(f"{row.id}: {row.words}, by {row.by}, {spoken_ago(time.time() - row.asked_at)}", soft_wrap=True)
    console.print(f"told: {row.told}", soft_wrap=True)
    for one in facts:
        stamp = time.strftime("%H:%M:%S", time.localtime(one.at))
        console.print(f"{stamp}  {fact_sentence(order, one.fact)}", soft_wrap=True)
    if row.ended_at is None:
        console.print(row.state.value if row.present is None else row.present.words, soft_wrap=True)
