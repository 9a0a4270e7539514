"""Tables on terminals of any width: whole, or row by row where columns would be crushed."""

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from rollset.cli.tables import print_table

IMAGE = "Contoso:Server:2016-Datacenter:3.1.0"


def printed(columns: int, image: str) -> list[str]:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "image", "seen"):
        table.add_column(heading, overflow="fold")
    table.add_row("web", image, "")
    out = StringIO()
    print_table(table, Console(file=out, width=columns))
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(("columns", "image"), [(40, "S:1.0"), (80, IMAGE), (80, "x" * 100)])
def test_a_table_stays_a_table_where_it_fits_or_has_room(columns, image):
    assert printed(columns, image)[0].split() == ["name", "image", "seen"]


def test_on_a_narrow_terminal_no_word_is_folded_letter_by_letter():
    assert printed(40, IMAGE) == ["name web", f"  image  {IMAGE}"]
