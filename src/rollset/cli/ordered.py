"""What came of an order, instance by instance, as text and as a document."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from rollset.cli.ended import print_outcome
from rollset.core.control import Signal, Verb
from rollset.core.selection import spoken_ids
from rollset.engine.events import Ending, Outcome
from rollset.faces.documents import Json
from rollset.faces.ended import outcome_document
from rollset.faces.report import Report, by_mark, report_document

OBEYED = {Verb.STOP: Ending.STOPPED, Verb.UNDO: Ending.UNDONE}
"""The endings that are what was ordered, and no failure of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`signal` is `None` where nothing had to be ordered; `outcome` is given where the rollout has ended on it."""

    verb: Verb
    report: Report
    signal: Signal | None = None
    taken: bool = False
    words: str = ""
    outcome: Outcome | None = None

    @property
    def exit_status(self) -> int:
        if self.outcome is None or self.outcome.ending is OBEYED.get(self.verb):
            return 0
        return self.outcome.exit_status or int(self.came_too_late)

    @property
    def came_too_late(self) -> bool:
        """Whether an undo found the rollout at its end, and nothing was brought back."""
        account = self.report.account
        never_turned = account.row.undoes is None and (account.state is None or account.state.undo is None)
        return self.verb is Verb.UNDO and self.outcome is not None and never_turned


def print_given(given: Given, console: Console) -> None:
    """What the rollout does now, and which state each instance is in."""
    if given.outcome is not None:
        print_outcome(given.outcome, given.report.account.named, console)
        if given.came_too_late:
            again = given.report.account.named.command("undo")
            console.print(f"It ended before the undo was taken in. Bring it back with: {again}", soft_wrap=True)
        return
    console.print(f"{given.report.account.id}: {given.words}", soft_wrap=True)
    if given.taken and given.report.story is not None:
        for mark, ids in by_mark(given.report.story).items():
            console.print(f"  {mark.words:<15} {len(ids)} ({spoken_ids(ids)})", soft_wrap=True)


def given_document(given: Given) -> Json:
    """The same for machines."""
    story = given.report.story
    return {
        "verb": given.verb.value,
        "number": None if given.signal is None else given.signal.number,
        "by": None if given.signal is None else given.signal.by,
        "taken": given.taken,
        "text": given.words,
        "rollout": report_document(given.report),
        "instances": {} if story is None else {mark.words: ids for mark, ids in by_mark(story).items()},
        "outcome": None if given.outcome is None else outcome_document(given.outcome, given.report.account.named),
    }
