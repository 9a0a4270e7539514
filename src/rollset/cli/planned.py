"""A plan, printed: what would happen, to whom, in which step, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollset.cli.tables import print_table
from rollset.core.ids import together
from rollset.core.plan import Plan
from rollset.core.selection import spoken_ids
from rollset.faces.exactly import exact_rows
from rollset.faces.planned import image_words, pace_words, stretches, totals
from rollset.faces.words import facts


def print_plan(plan: Plan, console: Console, notes: Sequence[str] = ()) -> None:
    """The plan, for people; `notes` are what is to be said of how it was asked for."""
    console.print(Text(facts(plan.fleet.scale_set), style="bold"))
    console.print(f"image: {image_words(plan)}")
    for change in plan.changes:
        console.print(f"model: {change}", soft_wrap=True)
    console.print(f"who:   {plan.job.selection}")
    console.print(f"pace:  {pace_words(plan)}")
    console.print()
    if plan.steps:
        print_table(_table(plan), console)
    else:
        console.print("No instance has to be upgraded.")
    for why, ids in together((one.instance, one.why) for one in plan.skipped).items():
        console.print(f"skipped: {spoken_ids(ids)} ({why})")
    for note in (*notes, *plan.notes):
        console.print(f"note: {note}")
    console.print()
    for label, words in exact_rows(plan):
        console.print(f"{label + ':':<6} {words}")
    console.print(Text(totals(plan), style="bold"))


def _table(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("step", no_wrap=True)
    table.add_column(plan.job.pace.order.words if plan.job.pace.order.by_domain else "domain", no_wrap=True)
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("at once", justify="right", no_wrap=True)
    table.add_column("instances")
    table.add_column("why")
    for stretch in stretches(plan.steps):
        count, at_once = str(len(stretch.instances)), str(stretch.at_once)
        table.add_row(stretch.steps, stretch.domain or "-", count, at_once, spoken_ids(stretch.instances), stretch.why)
    return table
