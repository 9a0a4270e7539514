"""The heatmap as lines of text: pure, from grids and marks, as detailed as the room allows.

tiles    sign and id of every instance, on its colour
signs    a sign for every instance
bars     a bar for every update domain, with counts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from rich.text import Text

from rollset.core.ids import InstanceId
from rollset.faces.grid import Grid
from rollset.faces.marks import Mark

GAP = 3
"""Blank columns between two grids that stand side by side."""

LEGEND_GAP = "   "

BAR_COLUMNS_MAX = 50
BESIDE_BAR = 34
"""Columns beside a bar that its label and its counts need."""


class Detail(Enum):
    """How much of an instance is drawn."""

    TILES = auto()
    SIGNS = auto()
    BARS = auto()


@dataclass(frozen=True, slots=True)
class Layout:
    """`per_line` instances of one cell stand side by side, `across` grids too."""

    detail: Detail
    per_line: int = 1
    across: int = 1


@dataclass(frozen=True)
class Heatmap:
    """The grids of one fleet. `unicode` says whether the terminal knows more than ASCII."""

    grids: tuple[Grid, ...]
    unicode: bool = True

    def lines(self, marks: Mapping[InstanceId, Mark], width: int, height: int | None = None) -> list[Text]:
        """The heatmap in no more than `width` columns, and `height` lines if that is given."""
        layout = self.layout(width, height)
        if layout.detail is Detail.BARS:
            return self._bars(marks, width)
        blocks = [self._block(grid, layout, marks) for grid in self.grids]
        return _side_by_side(blocks, layout.across)

    def layout(self, width: int, height: int | None = None) -> Layout:
        """The most detailed layout that fits; bars where none does."""
        for detail in (Detail.TILES, Detail.SIGNS):
            fitting = [one for one in self._layouts(detail, width) if height is None or self._height(one) <= height]
            if fitting:
                return min(fitting, key=self._height)
        return Layout(Detail.BARS)

    def _layouts(self, detail: Detail, width: int) -> Iterable[Layout]:
        for per_line in range(1, self._crowd + 1):
            widest = max(self._width(grid, detail, per_line) for grid in self.grids)
            across = min(len(self.grids), (width + GAP) // (widest + GAP))
            if across:
                yield Layout(detail, per_line, across)

    @cached_property
    def _crowd(self) -> int:
        return max((len(ids) for grid in self.grids for ids in grid.cells.values()), default=1)

    @cached_property
    def _id_width(self) -> int:
        return max((len(one) for grid in self.grids for ids in grid.cells.values() for one in ids), default=1)

    def _unit(self, detail: Detail) -> int:
        """Columns of one instance; tiles have a blank beside them."""
        return self._id_width + 5 if detail is Detail.TILES else 1

    def _column_width(self, grid: Grid, column: str, detail: Detail, per_line: int) -> int:
        most = max(len(grid.cell(row, column)) for row in grid.rows)
        return max(len(_head(column, detail)), min(most, per_line) * self._unit(detail)) + (detail is Detail.SIGNS)

    def _width(self, grid: Grid, detail: Detail, per_line: int) -> int:
        columns = sum(self._column_width(grid, one, detail, per_line) for one in grid.columns)
        return max(len(grid.title), _label_width(grid) + columns)

    def _height(self, layout: Layout) -> int:
        heights = [_grid_height(grid, layout) for grid in self.grids]
        rows = [heights[at : at + layout.across] for at in range(0, len(heights), layout.across)]
        return sum(map(max, rows)) + len(rows) - 1

    def _block(self, grid: Grid, layout: Layout, marks: Mapping[InstanceId, Mark]) -> list[Text]:
        """One grid, its lines all equally wide."""
        widths = [self._column_width(grid, column, layout.detail, layout.per_line) for column in grid.columns]
        total = self._width(grid, layout.detail, layout.per_line)
        lines = [Text(grid.title, style="bold")] if grid.title else []
        if any(grid.columns):
            heads = [
                _head(column, layout.detail).ljust(width) for column, width in zip(grid.columns, widths, strict=True)
            ]
            corner = "FD" if layout.detail is Detail.SIGNS else ""
            lines.append(Text(corner.ljust(_label_width(grid)) + "".join(heads), style="dim"))
        for row in grid.rows:
            for at in range(_row_height(grid, row, layout)):
                line = Text(("" if at else row).ljust(_label_width(grid)), style="dim")
                for column, width in zip(grid.columns, widths, strict=True):
                    ids = grid.cell(row, column)[at * layout.per_line : (at + 1) * layout.per_line]
                    line.append_text(self._cell(ids, layout.detail, marks, width))
                lines.append(line)
        for line in lines:
            line.pad_right(total - line.cell_len)
        return lines

    def _cell(self, ids: Sequence[InstanceId], detail: Detail, marks: Mapping[InstanceId, Mark], width: int) -> Text:
        cell = Text(style="not dim")
        for one in ids:
            mark = marks[one]
            if detail is Detail.TILES:
                cell.append(f" {self.sign(mark)} {one.rjust(self._id_width)} ", style=mark.tile)
                cell.append(" ")
            else:
                cell.append(self.sign(mark), style=mark.ink)
        cell.pad_right(width - cell.cell_len)
        return cell

    def _bars(self, marks: Mapping[InstanceId, Mark], width: int) -> list[Text]:
        """A bar for each update domain, over all grids."""
        domains: dict[str, Counter[Mark]] = {}
        for grid in self.grids:
            for (row, _), ids in grid.cells.items():
                domains.setdefault(row, Counter()).update(marks[one] for one in ids)
        label_width = max(map(len, domains), default=0) + 1
        length = max(1, min(BAR_COLUMNS_MAX, width - BESIDE_BAR))
        lines = []
        for row, counts in sorted(domains.items(), key=lambda item: (not item[0], len(item[0]), item[0])):
            line = Text(row.ljust(label_width), style="dim")
            line.append_text(self._bar(counts, length))
            line.append_text(self.counts(counts))
            line.truncate(width)
            lines.append(line)
        return lines

    def _bar(self, counts: Counter[Mark], length: int) -> Text:
        """Signs in proportion; whatever is there at all gets one."""
        bar = Text(style="not dim")
        total = counts.total()
        present = [mark for mark in Mark if counts[mark]]
        shares = {mark: max(1, counts[mark] * length // total) for mark in present}
        most = max(present, key=lambda mark: shares[mark])
        shares[most] = max(1, shares[most] + length - sum(shares.values()))
        for mark in present:
            bar.append(self.sign(mark) * shares[mark], style=mark.ink)
        return bar

    def counts(self, counts: Mapping[Mark, int]) -> Text:
        """How many stand where, as signs and numbers."""
        words = Text(style="not dim")
        for mark in Mark:
            if counts.get(mark):
                words.append(f"  {self.sign(mark)}", style=mark.ink).append(f" {counts[mark]}")
        return words

    def legend(self, counts: Mapping[Mark, int], width: int, always: Collection[Mark] = ()) -> list[Text]:
        """What the signs mean and how many there are of each: of those that occur, and of `always`."""
        lines = [Text()]
        for mark in Mark:
            if counts.get(mark) or mark in always:
                entry = Text.assemble((self.sign(mark), mark.ink), f" {mark.words} {counts.get(mark, 0)}")
                if lines[-1] and lines[-1].cell_len + entry.cell_len + len(LEGEND_GAP) > width:
                    lines.append(Text())
                lines[-1].append(LEGEND_GAP if lines[-1] else "").append_text(entry)
        return lines

    def sign(self, mark: Mark) -> str:
        return mark.sign if self.unicode else mark.ascii_sign


def _head(column: str, detail: Detail) -> str:
    """What stands over a column; where only signs are drawn, the number alone."""
    return column.removeprefix("FD ") if detail is Detail.SIGNS else column


def _label_width(grid: Grid) -> int:
    widest = max(map(len, grid.rows))
    return widest + 2 if widest else 0


def _row_height(grid: Grid, row: str, layout: Layout) -> int:
    most = max(len(grid.cell(row, column)) for column in grid.columns)
    return -(-most // layout.per_line)


def _grid_height(grid: Grid, layout: Layout) -> int:
    return bool(grid.title) + any(grid.columns) + sum(_row_height(grid, row, layout) for row in grid.rows)


def _side_by_side(blocks: Sequence[list[Text]], across: int) -> list[Text]:
    lines: list[Text] = []
    for at in range(0, len(blocks), across):
        together = blocks[at : at + across]
        if lines:
            lines.append(Text())
        for row in range(max(map(len, together))):
            line = Text()
            for number, block in enumerate(together):
                line.append(" " * GAP if number else "")
                line.append_text(block[row] if row < len(block) else Text(" " * block[0].cell_len))
            lines.append(line)
    return lines
