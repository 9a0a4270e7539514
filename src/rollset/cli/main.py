"""The command `rollset`: knows the names of all commands, and loads only the one that is asked for.

`rollset --help` has to feel instant, so this file and `lazy` import click and the standard library alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import NoReturn

import click

from rollset import __version__
from rollset.cli.lazy import LazyGroup, Reference

DEBUG = "ROLLSET_DEBUG"
"""Set in the environment, it shows tracebacks."""


COMMANDS = {
    "list": Reference("rollset.cli.list:list_", "Scale sets with their image, and how many instances are outdated."),
    "show": Reference("rollset.cli.show:show", "One scale set: its model, and its instances as a heatmap."),
    "images": Reference("rollset.cli.images:images", "Versions that the image of a scale set is offered in."),
    "plan": Reference("rollset.cli.plan:plan", "What an upgrade would do, and why. Changes nothing."),
    "doctor": Reference("rollset.cli.doctor:doctor", "What stands in the way of an upgrade. Changes nothing."),
    "upgrade": Reference(
        "rollset.cli.upgrade:upgrade", "Move a scale set onto another image, a few instances at a time."
    ),
    "rollouts": Reference("rollset.cli.rollouts:rollouts", "Which rollouts there are, and how each stands."),
    "status": Reference("rollset.cli.status:status", "How one rollout stands, and who ordered what."),
    "watch": Reference("rollset.cli.watch:watch", "Follow a rollout, wherever it runs."),
    "wait": Reference("rollset.cli.watch:wait", "Wait until a rollout has ended, and end as it does."),
    "events": Reference("rollset.cli.history:history", "Everything that a rollout did, and why."),
    "pause": Reference("rollset.cli.orders:pause", "Finish what is in flight, and start nothing until resume."),
    "resume": Reference("rollset.cli.orders:resume", "Let a paused rollout go on, or carry on one that was cut off."),
    "stop": Reference("rollset.cli.orders:stop", "Start nothing ever again, and end."),
    "undo": Reference("rollset.cli.orders:undo", "Bring back what a rollout changed."),
    "approve": Reference("rollset.cli.orders:approve", "Let a rollout go beyond a checkpoint."),
    "act": Reference("rollset.cli.act:act", "Do one thing to a set or some instances: restart, scale, edit..."),
    "acts": Reference("rollset.cli.acts:acts", "What was done to sets outside of rollouts, by whom, and how it ended."),
    "worker": Reference("rollset.cli.worker:worker", "Carry out rollouts that are left to workers."),
    "serve": Reference("rollset.cli.serve:serve", "The dashboard: see a fleet and roll it, in a browser."),
    "schema": Reference("rollset.cli.schema:schema", "The JSON Schema of rollout files, for editors."),
    "demo": Reference(
        "rollset.cli.demo:demo", "Watch an upgrade of an emulated scale set under traffic. No account needed."
    ),
    "emulator": Reference(
        "rollset.cli.emulator:emulator", "Serve Azure Resource Manager for scale sets on this machine."
    ),
}

EPILOG = """\b
Exit status:
  0    done
  1    failed or undone, or the endpoint cannot be reached
  2    wrong usage or bad input
  3    stopped by order
  4    refused as unsafe, held by another rollout, or not the plan that was agreed to
  5    not signed in, or not allowed
  130  interrupted

Set ROLLSET_DEBUG=1 to see the traceback of an error."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """The words that the user typed after `rollset`."""

    argv: tuple[str, ...]


class _Commands(LazyGroup):
    references = COMMANDS


@click.group(
    cls=_Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
)
@click.version_option(__version__, message="rollset %(version)s")
def rollset() -> None:
    """Move Azure virtual machine scale sets onto a new OS image, one update domain at a time, with nobody noticing.

    Credentials are those of azure-identity: `az login`, a managed identity, a workload identity, or a service principal
    in AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.
    """


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and ends the process: what went wrong is one sentence, and an exit status."""
    words = tuple(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # A terminal that lacks a letter still gets the sentence.
    if os.environ.get(DEBUG):
        from rollset.cli import faults  # noqa: PLC0415 (only a fault needs it)

        faults.show_survived()
    try:
        status = rollset.main(list(words), "rollset", standalone_mode=False, obj=Invocation(words))
        sys.stdout.flush()
    except BrokenPipeError:
        status = _nobody_reads()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (the last resort: nobody should see a traceback)
        from rollset.cli import faults  # noqa: PLC0415 (only a fault needs it)

        status = faults.report(error, words)
    sys.exit(status)


def _nobody_reads() -> int:
    """Whoever read our output has gone, as `head` does; what Python flushes at the end must go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
