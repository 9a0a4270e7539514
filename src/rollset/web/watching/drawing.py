"""The bars and the line as SVG: geometry only, in attributes, for a strict browser takes no inline style.

Bars lie in a drawing that is stretched sideways: x counts seconds since the rollout began, y pixels. One path holds all
pieces of one phase, so that a thousand instances stay small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rollset.core.ids import InstanceId
from rollset.faces.availability import Availability
from rollset.faces.durations import spoken_duration
from rollset.faces.timeline import Bar, Phase, Span, Timeline

ROW_HEIGHTS = ((30, 18), (80, 11), (250, 6), (10_000, 3))
"""Up to so many bars, each takes so many pixels."""

LABEL_PIXELS = 12
"""Between two labels, at least."""

NAMED_MAX = 250
"""With more bars than that, only the labels and the table name them."""

TICKS_MAX = 6
STEPS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800)

SHARE = {
    Phase.WAITING: 0.18,
    Phase.MADE: 0.74,
    Phase.OUT: 0.9,
    Phase.SETTLING: 0.74,
    Phase.BAKING: 0.58,
    Phase.DONE: 0.42,
    Phase.BACK: 0.42,
    Phase.FAILED: 0.9,
    Phase.PARKED: 0.74,
}
"""How much of its row a piece fills: phases can be told apart in grey as well."""

CHART_PIXELS = 130

SEEN_SHARE = 1 / 120
"""What has gone wrong is so much of the axis wide at least, also at its very end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A moment on the axis, in percent of its length."""

    x: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A word in the margin."""

    y: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What can be pointed at."""

    y: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A timeline, drawn. `paths` go by phase."""

    span: float
    height: float
    row: float
    paths: tuple[tuple[Phase, str], ...]
    labels: tuple[Label, ...]
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    summary: str

    @property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(phase for phase, _ in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line of those in service, drawn: `path` is the line, `area` what lies below it, `floor` its height."""

    span: float
    height: float
    path: str
    area: str
    floor: float
    labels: tuple[Label, ...]
    ticks: tuple[Tick, ...]
    summary: str


def draw_bars(timeline: Timeline) -> Bars:
    """The bars of a timeline."""
    count = len(timeline.bars)
    row = next((pixels for most, pixels in ROW_HEIGHTS if count <= most), 2)
    span = max(1.0, timeline.end - timeline.begin)
    every = max(1, -(-LABEL_PIXELS // row))
    labels = tuple(
        Label(y=max(LABEL_PIXELS / 2, number * row + row / 2), words=short_id(bar.instance))
        for number, bar in enumerate(timeline.bars)
        if number % every == 0
    )
    rows = tuple(Row(y=number * row, words=words_of(bar)) for number, bar in enumerate(timeline.bars))
    return Bars(
        span=_tidy(span),
        height=count * row,
        row=row,
        paths=tuple(_paths(timeline, row)),
        labels=labels,
        rows=rows if count <= NAMED_MAX else (),
        ticks=tuple(_ticks(span)),
        summary=summary_of(timeline),
    )


def draw_line(availability: Availability) -> Line:
    """The line of those in service."""
    span = max(1.0, availability.end - availability.begin)
    top = max(availability.total, *(one.serving for one in availability.points))
    low = max(0, min(availability.floor, availability.least) - max(1, (top - availability.floor) // 3))
    scale = (CHART_PIXELS - 12) / max(1, top - low)

    def height(serving: int) -> float:
        return round(6 + (top - serving) * scale, 1)

    path = f"M0 {height(availability.points[0].serving):g}"
    for one in availability.points[1:]:
        path += f"H{_tidy(one.at - availability.begin):g}V{height(one.serving):g}"
    path += f"H{_tidy(span):g}"
    levels = sorted({availability.total, availability.floor, availability.least, top}, reverse=True)
    return Line(
        span=_tidy(span),
        height=CHART_PIXELS,
        path=path,
        area=f"{path}V{CHART_PIXELS}H0Z",
        floor=height(availability.floor),
        labels=tuple(_apart([Label(y=height(one), words=str(one)) for one in levels])),
        ticks=tuple(_ticks(span)),
        summary=(
            f"At least {availability.least} of {availability.total} instances were in service; the floor is "
            f"{availability.floor}; now {availability.points[-1].serving}."
        ),
    )


def summary_of(timeline: Timeline) -> str:
    """What a screen reader says instead of the bars."""
    counts: dict[Phase, int] = defaultdict(int)
    for bar in timeline.bars:
        counts[bar.phase] += 1
    words = [f"{counts[phase]} {phase}" for phase in Phase if counts[phase]]
    return f"{len(timeline.bars)} instances over {spoken_duration(timeline.end - timeline.begin)}: {', '.join(words)}."


def words_of(bar: Bar) -> str:
    """One bar in words."""
    words = f"instance {bar.instance}: {bar.phase}"
    return f"{words}, out of service for {spoken_duration(bar.seconds_out)}" if bar.seconds_out else words


def short_id(instance: InstanceId) -> str:
    """Names of Flexible sets differ in their last letters."""
    return instance if len(instance) <= 6 else f"…{instance[-5:]}"  # noqa: PLR2004 (what the margin holds)


def _paths(timeline: Timeline, row: float) -> Iterator[tuple[Phase, str]]:
    drawn: dict[Phase, list[str]] = defaultdict(list)
    for number, bar in enumerate(timeline.bars):
        for span in bar.spans:
            high = max(1.0, row * SHARE[span.phase])
            y = number * row + (row - high) / 2
            x, wide = _place(span, timeline)
            drawn[span.phase].append(f"M{x:g} {y:.4g}h{wide:g}v{high:.3g}h{-wide:g}z")
    return ((phase, "".join(drawn[phase])) for phase in Phase if phase in drawn)


def _place(span: Span, timeline: Timeline) -> tuple[float, float]:
    """Where a piece begins, and how wide it is."""
    begin, wide = span.begin - timeline.begin, span.end - span.begin
    if span.phase in (Phase.FAILED, Phase.PARKED):
        whole = max(1.0, timeline.end - timeline.begin)
        wide = max(wide, whole * SEEN_SHARE)
        begin = min(begin, whole - wide)
    return _tidy(begin), _tidy(wide)


def _ticks(span: float) -> Iterator[Tick]:
    step = next((one for one in STEPS if span / one <= TICKS_MAX), STEPS[-1])
    for number in range(int(span // step) + 1):
        x = 100 * number * step / span
        anchor = "start" if x < 3 else "end" if x > 94 else "middle"  # noqa: PLR2004 (percent of the margins)
        words = spoken_duration(number * step).replace(".0 s", " s") if number else "0"
        yield Tick(x=round(x, 2), words=words, anchor=anchor)


def _apart(labels: list[Label]) -> Iterator[Label]:
    """Those that have room."""
    last = -float(LABEL_PIXELS)
    for one in labels:
        if one.y - last >= LABEL_PIXELS:
            yield one
            last = one.y


def _tidy(seconds: float) -> float:
    """No finer than can be seen."""
    return round(seconds, 1)
