"""The two places that words go to: results to stdout, everything else to stderr."""

from __future__ import annotations

import sys

from rich.console import Console

PIPE_COLUMNS = 10_000
"""Whoever reads a pipe cuts lines himself; a table is never wider than what is in it."""

PIPE_HEATMAP_COLUMNS = 120
"""How wide a heatmap may be where no terminal says."""


def screen(*, stderr: bool = False) -> Console:
    """A console that takes every text as it is: Azure's words may hold brackets and colons."""
    stream = sys.stderr if stderr else sys.stdout
    console = Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    return console


def knows_unicode(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


def heatmap_columns(console: Console) -> int:
    return console.width if console.is_terminal else PIPE_HEATMAP_COLUMNS
