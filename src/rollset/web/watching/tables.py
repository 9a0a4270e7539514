"""The bars and the line as tables: for screen readers, for large sets, and for whoever wants the numbers."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.faces.durations import spoken_duration
from rollset.faces.telling import clock_time
from rollset.faces.timeline import Bar, Phase
from rollset.web.watching.chronicle import Chronicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One bar in words."""

    id: str
    phase: str
    sent: str
    back: str
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of the line."""

    at: str
    serving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Both."""

    id: str
    instances: tuple[Instance, ...]
    levels: tuple[Level, ...]
    floor: int | None
    total: int | None


def tables(chronicle: Chronicle) -> Tables:
    """The tables of a rollout."""
    timeline, line = chronicle.timeline, chronicle.availability
    return Tables(
        id=chronicle.report.account.id,
        instances=() if timeline is None else tuple(map(_instance, timeline.bars)),
        levels=() if line is None else tuple(Level(at=clock_time(one.at), serving=one.serving) for one in line.points),
        floor=None if line is None else line.floor,
        total=None if line is None else line.total,
    )


def _instance(bar: Bar) -> Instance:
    back = next((one.begin for one in reversed(bar.spans) if one.phase in (Phase.BAKING, Phase.DONE, Phase.BACK)), None)
    first = next((one.begin for one in bar.spans if one.phase is Phase.BAKING), back)
    return Instance(
        id=bar.instance,
        phase=bar.phase,
        sent="-" if bar.began_at is None else clock_time(bar.began_at),
        back="-" if first is None else clock_time(first),
        out=spoken_duration(bar.seconds_out) if bar.seconds_out else "-",
    )
