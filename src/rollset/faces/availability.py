"""How many instances served, moment by moment, against the floor that the rollout keeps: from the journal alone.

The journal holds what the rollout did and met. What others took out without its meeting it shows with the next look
that is kept; `Availability.seen` adds the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rollset.core.budget import Budget
from rollset.core.ids import InstanceId
from rollset.core.plan import Plan
from rollset.core.situation import Situation
from rollset.core.standing import Standing
from rollset.engine import events
from rollset.engine.entry import Entry
from rollset.engine.order import Order
from rollset.faces.documents import Json, moment

MOVED = (Standing.MOVING, Standing.SETTLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """From `at` on so many serve, until the next point."""

    at: float
    serving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """A stepped line. `floor` is how many have to serve at least, `total` how many should."""

    begin: float
    end: float
    total: int
    floor: int
    points: tuple[Point, ...]

    @property
    def least(self) -> int:
        """The fewest that ever served."""
        return min(one.serving for one in self.points)

    def seen(self, at: float, serving: int) -> Availability:
        """The same with what the last look has found."""
        last = self.points[-1]
        if at < last.at or serving == last.serving:
            return self
        return replace(self, points=(*self.points, Point(at=at, serving=serving)), end=max(at, self.end))


@dataclass(slots=True)
class Attendance:
    """Reads a journal entry by entry, and keeps who serves."""

    order: Order
    budget: Budget
    up: set[InstanceId]
    asked: dict[InstanceId, bool] = field(default_factory=dict)
    """Who is on the way, and whether he served before."""
    points: list[Point] = field(default_factory=list)
    last_at: float = 0.0
    ended_at: float | None = None

    @classmethod
    def of(cls, order: Order, plan: Plan) -> Attendance:
        """Before the first entry: as `plan` saw it, that of the order."""
        up = set(_serving(plan.situation))
        return cls(
            order=order,
            budget=plan.budget,
            up=up,
            points=[Point(at=order.begun_at, serving=len(up))],
            last_at=order.begun_at,
        )

    def take(self, entry: Entry) -> None:
        """Goes on by one entry."""
        self.last_at = max(self.last_at, entry.at)
        for event in entry.events:
            self._hear(event)
            self._note(event.at)
        for one, since in entry.change.since.items():
            self._look(one, None if since is None else since[0])
        for one in entry.change.proven:
            if one in self.asked:
                self._back(one)
        self._note(entry.at)

    def availability(self, now: float) -> Availability:
        """What there is to draw at `now`, which is when it ended if it has."""
        budget = self.budget
        return Availability(
            begin=self.order.begun_at,
            end=max(self.last_at, self.ended_at or now),
            total=budget.total,
            floor=budget.total if self.order.job.surge is not None else _floor(budget),
            points=tuple(self.points),
        )

    def _note(self, at: float) -> None:
        last = self.points[-1]
        if len(self.up) == last.serving:
            return
        if at <= last.at:
            self.points[-1] = Point(at=last.at, serving=len(self.up))
        else:
            self.points.append(Point(at=at, serving=len(self.up)))

    def _hear(self, event: events.Kept) -> None:
        match event:
            case events.Asked(instances=ones) | events.Taken(instances=ones):
                for one in ones:
                    self.asked.setdefault(one, one in self.up)
                    self.up.discard(one)
            case events.Answered(instances=ones, refused=str()) | events.Withdrawn(instances=ones):
                for one in ones:
                    if self.asked.pop(one, False):
                        self.up.add(one)
            case events.Proven(instance=one, off=False):
                self._back(one)
            case events.Retired(instances=ones):
                self.up.difference_update(ones)
            case events.Closed(at=at):
                self.ended_at = at
            case _:
                pass

    def _back(self, one: InstanceId) -> None:
        self.asked.pop(one, None)
        self.up.add(one)

    def _look(self, one: InstanceId, standing: Standing | None) -> None:
        """What others did to it, or what became of it since."""
        if standing in MOVED:
            self.up.discard(one)
        elif standing is None and one not in self.asked and one in self.order.fleet.by_id:
            self.up.add(one)


def _serving(situation: Situation) -> Iterable[InstanceId]:
    standings = situation.standings
    return (one for one, stands in standings.items() if one not in situation.out and stands is not Standing.LEAVING)


def _floor(budget: Budget) -> int:
    return max(0, budget.total - budget.allowed - budget.excused)


def availability_document(line: Availability | None) -> Json:
    """The line for machines; `None` is a rollout that never began."""
    if line is None:
        return {"begin": None, "end": None, "total": None, "floor": None, "least": None, "levels": []}
    return {
        "begin": moment(line.begin),
        "end": moment(line.end),
        "total": line.total,
        "floor": line.floor,
        "least": line.least,
        "levels": [{"at": moment(one.at), "serving": one.serving} for one in line.points],
    }
