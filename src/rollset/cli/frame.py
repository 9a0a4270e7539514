"""One frame of the live view: pure, from a story to lines that fit the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from rollset.cli.heatmap import Heatmap
from rollset.core.ids import InstanceId
from rollset.faces.durations import clock
from rollset.faces.grid import grids_of
from rollset.faces.marks import Mark
from rollset.faces.story import Story
from rollset.faces.words import plural

ALWAYS_NAMED = (Mark.DONE, Mark.SETTLING, Mark.OUT, Mark.OUTDATED)
"""Marks that a legend explains from the start; the others appear when they do."""

BAR_COLUMNS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a frame shows beside the story: numbers that move by themselves."""

    seconds: float
    arm_requests: int
    extra: str = ""
    """A last line for whoever watches something of his own, as the demo does."""


class Frames:
    """Frames for one story."""

    def __init__(self, story: Story, *, unicode: bool = True) -> None:
        self.story = story
        self.unicode = unicode
        self._drawn: tuple[InstanceId, ...] = ()
        self._heatmap = Heatmap((), unicode)

    def lines(self, moment: Moment, width: int, height: int) -> list[Text]:
        """No more than `width` columns and `height` lines."""
        self._refresh()
        below = self._below(moment, width)
        room = max(1, height - len(below) - 3)
        heatmap = self._heatmap.lines(self.story.marks, width, room)
        lines = [self._title(), Text(), *heatmap[:room], Text(), *below]
        return [_fitted(line, width) for line in lines[:height]]

    def _title(self) -> Text:
        arrow = "→" if self.unicode else "->"
        scale_set = self.story.state.order.fleet.scale_set.id
        return Text.assemble((str(scale_set), "bold"), "  ", self.story.title.replace("->", arrow))

    def _below(self, moment: Moment, width: int) -> list[Text]:
        story = self.story
        said = story.paused or story.said
        numbers = f"{moment.arm_requests} ARM requests" + (f", {plural(story.pauses, 'pause')}" if story.pauses else "")
        seen = story.seen
        lines = [
            *self._heatmap.legend(story.counts, width, ALWAYS_NAMED),
            Text(),
            self._progress(moment, width),
            Text(said, style="yellow" if story.paused else ""),
            Text(f"{story.out} of {seen.total} out, at most {seen.allowed} may be; {numbers}", style="dim"),
        ]
        lines += [Text(story.ends, style="dim")] if story.is_measured else []
        return [*lines, Text(moment.extra)] if moment.extra else lines

    def _progress(self, moment: Moment, width: int) -> Text:
        done, total = self.story.done, self.story.total
        share = done / total if total else 1.0
        words = f"  {done}/{total} done  {clock(moment.seconds)}"
        columns = max(4, min(BAR_COLUMNS_MAX, width - len(words)))
        filled = round(columns * share)
        full, empty = ("━", "─") if self.unicode else ("=", "-")
        return Text.assemble((full * filled, "green"), (empty * (columns - filled), "bright_black"), (words, "bold"))

    def _refresh(self) -> None:
        """Places are sorted out anew only where instances came or went."""
        places = self.story.places
        ids = tuple(places)
        if ids != self._drawn:
            self._drawn = ids
            self._heatmap = Heatmap(grids_of(places), self.unicode)


def _fitted(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line
