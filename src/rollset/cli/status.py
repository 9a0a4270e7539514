"""`rollset status`: how one rollout stands now, and how it came to that."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from rollset.cli.ended import print_outcome
from rollset.cli.heatmap import Heatmap
from rollset.cli.office import Where, office_options, opened_office, report_on
from rollset.cli.options import output_option, rollout_argument
from rollset.cli.printing import print_document
from rollset.cli.screen import heatmap_columns, knows_unicode, screen
from rollset.cli.session import run
from rollset.engine.durable.faults import Holder
from rollset.faces.account import spoken_ago
from rollset.faces.aims import Aim
from rollset.faces.exactly import short_hash
from rollset.faces.grid import grids_of
from rollset.faces.known import address_of, worker_command
from rollset.faces.report import Report, where
from rollset.faces.status import outcome_of, status_document
from rollset.faces.story import Story
from rollset.faces.telling import clock_time, ordered


@click.command()
@rollout_argument
@office_options
@output_option("text", "json")
def status(rollout: str, where: Where, output: str) -> None:
    """Show how a rollout stands: its instances as a heatmap, why it waits and until when, and who ordered what."""
    run(_tell(where, rollout, as_json=output == "json"))


async def _tell(where: Where, rollout: str, *, as_json: bool) -> None:
    async with opened_office(where) as office:
        report = await report_on(office, await office.account(rollout))
        if as_json:
            print_document(status_document(report))
        else:
            _print(report, screen())


def _print(report: Report, console: Console) -> None:
    account = report.account
    console.print(Text(f"{account.id}  {address_of(account.row)}", style="bold"))
    for label, words in _rows(report):
        console.print(f"{label + ':':<8} {words}", soft_wrap=True)
    if report.story is None:
        return
    _print_heatmap(report.story, console)
    for failure in report.story.state.progress.failed.values():
        console.print(f"failed: {failure.instance}: {failure.error}", soft_wrap=True)
    if account.ended and report.story.state.result is not None:
        print_outcome(outcome_of(account), account.named, console)


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    account, story = report.account, report.story
    row = account.row
    if row.undoes:
        yield "undoes", row.undoes
    if story is not None:
        aim = Aim.of_state(story.state)
        yield "image", str(aim)
        yield from (("model", str(change)) for change in aim.changes)
    else:
        yield "image", row.image
    if story is not None:
        yield "plan", short_hash(story.state.order.plan_hash)
    yield "begun", f"{clock_time(row.begun_at)} ({spoken_ago(time.time() - row.begun_at)}) by {row.started_by}"
    until = f" (until {clock_time(report.until)})" if report.until is not None and not account.ended else ""
    # A reason often begins with the word for its state: "paused by ...".
    word = "" if report.reason.startswith(report.word) else report.word
    yield "state", "; ".join(filter(None, (word, report.reason))) + until
    if report.approve_with is not None:
        yield "approve", report.approve_with
    if not account.ended:
        yield "where", where(row, report.holder) + _way_on(report)
    if story is not None:
        seen = story.seen
        yield "done", f"{story.done} of {story.total}; {story.out} of {seen.total} out, at most {seen.allowed} may be"
    if story is not None and story.ends and report.holder is Holder.ALIVE:
        yield "ends", story.ends.removeprefix("ends ")
    yield from _comparisons(report)
    for signal in account.signals:
        taken = "" if signal.number <= account.control.taken or account.ended else ", not taken in yet"
        yield "order", f"{clock_time(signal.at)} {ordered(signal)}{taken}"


def _comparisons(report: Report) -> Iterator[tuple[str, str]]:
    """Those of a rollout that has ended stand in its result."""
    if report.story is not None and not report.account.ended:
        yield from (("compared", str(one)) for one in report.story.state.compared)


def _way_on(report: Report) -> str:
    match report.holder:
        case Holder.DEAD:
            return f"; carry it on with: {report.account.named.command('resume')}"
        case Holder.WAITED_FOR:
            return f"; start one with: {worker_command(report.account.named.place)}"
        case _:
            return ""


def _print_heatmap(story: Story, console: Console) -> None:
    heatmap, columns = Heatmap(grids_of(story.places), knows_unicode(console)), heatmap_columns(console)
    console.print()
    for line in heatmap.lines(story.marks, columns):
        console.print(line)
    console.print()
    for line in heatmap.legend(story.counts, columns):
        console.print(line)
