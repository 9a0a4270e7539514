"""Tables on a terminal that may be too narrow for their columns, as that of a phone at night is."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from rollset.cli.screen import PIPE_COLUMNS

NARROW = 64
"""With fewer columns than this a table whose lines do not fit is crushed: a word is folded letter by letter."""


def print_table(table: Table, console: Console) -> None:
    """The table; where it would be crushed, each row as lines of its own: its first cell, and below it the others."""
    wide = console.options.update(max_width=PIPE_COLUMNS)
    if console.width >= NARROW or Measurement.get(console, wide, table).maximum <= console.width:
        console.print(table)
        return
    first, *others = table.columns
    width = max(len(str(one.header)) for one in others)
    for name, *cells in zip(first.cells, *(one.cells for one in others), strict=True):
        console.print(Text(f"{first.header} {name}", style="bold"), soft_wrap=True)
        for column, cell in zip(others, cells, strict=True):
            if str(cell):
                console.print(f"  {column.header!s:<{width}}  {cell}", soft_wrap=True)
