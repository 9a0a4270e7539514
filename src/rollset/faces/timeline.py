"""When each instance of a rollout waited, was out, baked, was done or failed: a bar each, from the journal alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from rollset.core.ids import InstanceId, natural
from rollset.core.plan import Plan
from rollset.core.standing import Standing
from rollset.engine import events
from rollset.engine.entry import Entry
from rollset.engine.order import Order
from rollset.faces.documents import Json, moment


class Phase(StrEnum):
    """What an instance is about, in the order in which a legend names it."""

    WAITING = "waiting"
    MADE = "being made"
    """New, and not in service yet: nobody misses it."""
    OUT = "out"
    SETTLING = "settling"
    """On the image, and not healthy yet; or not healthy any more."""
    BAKING = "baking"
    DONE = "done"
    BACK = "brought back"
    FAILED = "failed"
    PARKED = "parked"
    GONE = "deleted"


UNDER_WAY = (Phase.OUT, Phase.SETTLING)
COMING = (*UNDER_WAY, Phase.MADE)
STAYS = (Phase.WAITING, Phase.MADE, Phase.FAILED, Phase.PARKED, Phase.GONE)
"""What a look at the instance alone does not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One piece of a bar, in seconds since the epoch."""

    phase: Phase
    begin: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One instance, from the beginning of the rollout to its end or to now."""

    instance: InstanceId
    phase: Phase
    """What it has come to."""
    began_at: float | None
    """When it was sent off for the first time. It may have come and gone between two looks, without a span."""
    spans: tuple[Span, ...]

    @property
    def seconds_out(self) -> float:
        """How long it was out of service, in all."""
        return sum(one.end - one.begin for one in self.spans if one.phase in UNDER_WAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All bars, in the order in which they were sent off; those that wait come last."""

    begin: float
    end: float
    bars: tuple[Bar, ...]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Those that occur."""
        found = {span.phase for bar in self.bars for span in bar.spans}
        return tuple(phase for phase in Phase if phase in found)


@dataclass(slots=True)
class Timeliner:
    """Reads a journal entry by entry; `timeline` is what is known of it so far."""

    order: Order
    changes: dict[InstanceId, list[tuple[float, Phase]]] = field(default_factory=dict)
    last_at: float = 0.0
    ended_at: float | None = None
    turned: bool = False
    line: tuple[InstanceId, ...] = ()
    """The plan's own order of going."""
    grows_at: float | None = None
    """When Azure was asked for new instances last."""
    glimpsed: dict[InstanceId, float] = field(default_factory=dict)
    """Who was seen to have arrived, and when first, before the journal told it."""

    @classmethod
    def of(cls, order: Order, plan: Plan) -> Timeliner:
        """Before the first entry; `plan` is that of the order, which takes a while to make."""
        back = order.way_back
        going = plan.upgrades if back is None else back.touched
        made = cls(order=order, last_at=order.begun_at, turned=back is not None, line=tuple(going))
        made.changes = {one: [(order.begun_at, Phase.WAITING)] for one in going}
        if back is None:
            made.changes.update({one: [(order.begun_at, Phase.OUT)] for one in plan.unproven})
        return made

    def take(self, entry: Entry) -> None:
        """Goes on by one entry."""
        self.last_at = max(self.last_at, entry.at)
        for event in entry.events:
            if isinstance(event, events.Growing):
                self.grows_at = event.at
            self._hear(event)
        for one, since in entry.change.since.items():
            if since is not None:
                self._look(one, *since)
        for one, at in entry.change.proven.items():
            if self._phase(one) in COMING:
                self._change(one, at, self._arrived)

    def glimpse(self, arrived: Iterable[InstanceId], at: float) -> None:
        """The last look shows these on the image and healthy; the journal tells it with its next entry."""
        ahead = {one for one in arrived if self._phase(one) in COMING and self.changes[one][-1][0] < at}
        self.glimpsed = {one: self.glimpsed.get(one, at) for one in ahead}

    def timeline(self, now: float) -> Timeline:
        """What there is to draw at `now`, which is when it ended if it has."""
        begin, end = self.order.begun_at, max(self.last_at, self.ended_at or now)
        bars = (self._bar(one, told, end) for one, told in self.changes.items())
        place = {one: number for number, one in enumerate(self.line)}
        behind = len(place)
        return Timeline(
            begin=begin,
            end=end,
            bars=tuple(
                sorted(
                    bars,
                    key=lambda bar: (
                        end if bar.began_at is None else bar.began_at,
                        place.get(bar.instance, behind),
                        natural(bar.instance),
                    ),
                )
            ),
        )

    def _bar(self, one: InstanceId, told: list[tuple[float, Phase]], end: float) -> Bar:
        if one in self.glimpsed and told[-1][1] in COMING:
            told = [*told, (max(self.glimpsed[one], told[-1][0]), self._arrived)]
        spans, phase = tuple(self._spans(told, end)), told[-1][1]
        done = phase is Phase.BAKING and bool(spans) and spans[-1].phase is Phase.DONE
        began_at = next((at for at, phase in told if phase in COMING), None)
        return Bar(instance=one, phase=Phase.DONE if done else phase, began_at=began_at, spans=spans)

    @property
    def _arrived(self) -> Phase:
        if self.turned:  # Nothing bakes on the way back.
            return Phase.BACK
        return Phase.BAKING if self.order.job.pace.bake_seconds else Phase.DONE

    def _phase(self, one: InstanceId) -> Phase | None:
        told = self.changes.get(one)
        return told[-1][1] if told else None

    def _change(self, one: InstanceId, at: float, phase: Phase) -> None:
        told = self.changes.setdefault(one, [])
        if not told or told[-1][1] is not phase:
            told.append((max(at, told[-1][0]) if told else at, phase))

    def _all(self, ones: Iterable[InstanceId], at: float, phase: Phase) -> None:
        for one in ones:
            self._change(one, at, phase)

    def _take_back(self, ones: Iterable[InstanceId], at: float) -> None:
        """It was asked for, and never went: as it was before."""
        for one in ones:
            told = self.changes.get(one, [])
            if told and told[-1][1] is Phase.OUT:
                self._change(one, at, told[-2][1] if len(told) > 1 else Phase.WAITING)

    def _hear(self, event: events.Kept) -> None:
        match event:
            case events.Asked(at=at, instances=ones) | events.Taken(at=at, instances=ones):
                self._all(ones, at, Phase.OUT)
            case events.Arrived(at=at, instances=ones):
                self._all(ones, at if self.grows_at is None else self.grows_at, Phase.MADE)
            case events.Answered(at=at, instances=ones, refused=str()) | events.Withdrawn(at=at, instances=ones):
                self._take_back(ones, at)
            case events.Proven(at=at, instance=one):
                self._change(one, at, self._arrived)
            case events.Failed(at=at, failure=failure):
                self._change(failure.instance, at, Phase.FAILED)
            case events.Parked(at=at, instances=ones):
                self._all(ones, at, Phase.PARKED)
            case events.Retired(at=at, instances=ones):
                self._all(ones, at, Phase.GONE)
            case events.TurnedBack():
                self.turned = True
            case events.Closed(at=at):
                self.ended_at = at
            case _:
                pass

    def _look(self, one: InstanceId, standing: Standing, at: float) -> None:
        """Where it was seen to stand, since when: what is done and is not well any more settles again."""
        phase = self._phase(one)
        if phase is None or phase in STAYS:
            return
        if standing is Standing.SETTLING:
            self._change(one, at, Phase.SETTLING)
        elif standing is Standing.MOVING and phase is not Phase.OUT:
            self._change(one, at, Phase.OUT)

    def _spans(self, told: list[tuple[float, Phase]], end: float) -> Iterator[Span]:
        seconds = self.order.job.pace.bake_seconds
        for (begin, phase), (until, _) in pairwise([*told, (max(end, told[-1][0]), Phase.GONE)]):
            baked_at = min(until, begin + seconds) if phase is Phase.BAKING else until
            if phase is not Phase.GONE and (begin < until or phase is Phase.FAILED):
                yield Span(phase=phase, begin=begin, end=baked_at)
            if baked_at < until:
                yield Span(phase=Phase.DONE, begin=baked_at, end=until)


def timeline_document(timeline: Timeline | None) -> Json:
    """The bars for machines; `None` is a rollout that never began."""
    return {
        "begin": moment(None if timeline is None else timeline.begin),
        "end": moment(None if timeline is None else timeline.end),
        "bars": [] if timeline is None else [_bar_document(one) for one in timeline.bars],
    }


def _bar_document(bar: Bar) -> Json:
    spans = [{"phase": one.phase.value, "begin": moment(one.begin), "end": moment(one.end)} for one in bar.spans]
    return {
        "instance": bar.instance,
        "phase": bar.phase.value,
        "sent_at": moment(bar.began_at),
        "out_seconds": round(bar.seconds_out, 3),
        "spans": spans,
    }
