"""How a rollout ended, printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rollset.engine.events import Ending, Outcome
from rollset.faces.ended import next_commands, outcome_rows
from rollset.faces.known import Named

TITLES = {
    Ending.DONE: ("Done", "bold green"),
    Ending.FAILED: ("Failed", "bold red"),
    Ending.INTERRUPTED: ("Interrupted", "bold yellow"),
    Ending.STOPPED: ("Stopped", "bold yellow"),
    Ending.UNDONE: ("Undone", "bold yellow"),
    Ending.STARTED: ("Started", "bold"),
}


def print_outcome(outcome: Outcome, rollout: Named | None, console: Console, argv: Sequence[str] | None = None) -> None:
    """The summary, and what to run next unless all is done; `argv` is the command that can be run again."""
    title, style = TITLES[outcome.ending]
    reason = outcome.reason.removeprefix(f"{title.lower()}: ")
    console.print()
    console.print(Text.assemble((title, style), f": {reason}"))
    rows = list(outcome_rows(outcome))
    width = max(13, *(len(label) for label, _ in rows))
    for label, words in rows:
        console.print(f"  {label:<{width}} {words}")
    for remark in outcome.remarks:
        console.print(Text(f"note: {remark}", style="bold"))
    for label, command in next_commands(outcome, rollout, argv):
        # Not broken into lines: the first line of a broken command is a command too, and means something else.
        console.print(f"{label + ':':<17} {command}", soft_wrap=True)


def print_detached(rollout: Named, console: Console) -> None:
    """What can be done with a rollout that a worker has now."""
    console.print(f"Left to a worker:  {rollout.id}", soft_wrap=True)
    for label, command in (("Watch it with", "watch"), ("Stop it with", "stop")):
        console.print(f"{label + ':':<18} {rollout.command(command)}", soft_wrap=True)
