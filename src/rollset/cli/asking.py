"""The question before anything is changed."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from rollset.cli import faults
from rollset.cli.interrupts import interruptible
from rollset.core.errors import RollsetError, UnsafeError


class Declined(RollsetError):  # noqa: N818 (reads as the fact it states)
    """The user, asked whether to go ahead, did not say yes."""

    exit_status = faults.INTERRUPTED


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
