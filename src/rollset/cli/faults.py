"""What a command ends with when it does not end well: one sentence on stderr (of a file, one a fault), and a status."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

import click

from rollset.cli.main import DEBUG
from rollset.core.errors import RollsetError
from rollset.emulator.errors import EmulatorError
from rollset.faces.rolloutfile.faulty import FaultyFile, spoken_path

FAILED, USAGE, INTERRUPTED = 1, 2, 130


def report(error: BaseException, argv: Sequence[str]) -> int:
    """Says what went wrong, in the form that the command line `argv` asked for; returns the exit status."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    # Where the output itself is what is broken (a full disk, a reader that went), the status is all that is left.
    with suppress(OSError):
        for words in sentences(error):
            say(words)
    with suppress(OSError):
        if wants_json(argv):
            click.echo(json.dumps({"error": document(error)}, indent=2))
    return status_of(error)


def show_survived() -> None:
    """Shows the tracebacks of faults as well that end a rollout in good order, and so never get as far as `report`."""
    logger = logging.getLogger("rollset")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.DEBUG)


def say(words: str) -> None:
    """One sentence on stderr, under our name."""
    click.echo(f"rollset: {words}", err=True)


def status_of(error: BaseException) -> int:
    match error:
        case RollsetError():
            return error.exit_status
        case click.UsageError():
            return USAGE
        case click.Abort() | KeyboardInterrupt():
            return INTERRUPTED
        case _:
            return FAILED


def sentences(error: BaseException) -> Sequence[str]:
    """One, but for a file, of which every fault is told at once."""
    return error.lines if isinstance(error, FaultyFile) else [sentence(error)]


def sentence(error: BaseException) -> str:
    """The error in words; notes that were added to it on its way are part of them."""
    match error:
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "rollset"
            words = f"{error.format_message().rstrip('.')} (see: {command} --help)"
        case click.ClickException():
            words = error.format_message()
        case RollsetError() | EmulatorError():
            words = str(error)
        case click.Abort() | KeyboardInterrupt():
            words = "interrupted"
        case OSError():
            words = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        case _:
            words = (
                f"something that nobody foresaw: {type(error).__name__}: {error}; please report it, with what the same "
                f"command prints under {DEBUG}=1"
            )
    notes = [note for note in getattr(error, "__notes__", ()) if note]
    return "; ".join([" ".join(words.split()), *notes])


def document(error: BaseException) -> dict[str, object]:
    """The error for machines. `code` and `request_id` are Azure's, where it was Azure that refused."""
    return {
        "type": type(error).__name__,
        "message": sentence(error),
        "exit_status": status_of(error),
        "code": getattr(error, "code", None),
        "request_id": getattr(error, "request_id", None),
        "faults": fault_documents(error),
    }


def fault_documents(error: BaseException) -> list[dict[str, object]] | None:
    """What is wrong with a file, one by one; `None` where it is no file that is at fault."""
    if not isinstance(error, FaultyFile):
        return None
    return [{"path": spoken_path(one.path), "line": one.line, "message": one.why} for one in error.faults]


def wants_json(argv: Sequence[str]) -> bool:
    """Whether the words ask for JSON; looked at by hand, because the fault may be that they cannot be parsed."""
    apart = any(pair in (("-o", "json"), ("--output", "json")) for pair in pairwise(argv))
    return apart or not {"-ojson", "--output=json"}.isdisjoint(argv)
