"""A fleet as a view shows it: the same whether this process looks at Azure itself or is told by the one that does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rollset.cli.grid import places_of
from rollset.cli.marks import MARKS, Mark, marks_of
from rollset.core.decide import Situation, survey
from rollset.core.fleet import Fleet, Place
from rollset.core.ids import InstanceId
from rollset.core.progress import Progress
from rollset.core.standing import Standing
from rollset.engine.present import GONE, STANDINGS, Present
from rollset.engine.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look. `out` of `total` are out of service, and `allowed` may be."""

    at: float
    places: Mapping[InstanceId, Place]
    marks: Mapping[InstanceId, Mark]
    proven: frozenset[InstanceId]
    """On the image that `leg` is about, and healthy."""
    out: int
    total: int
    allowed: int
    leg: int | None = None
    """Which part of a way back this was, counted from 0."""

    def of_leg(self, leg: int | None) -> Seen:
        """The same for another part of the way: who is proven there is not known yet."""
        return self if leg == self.leg else replace(self, leg=leg, proven=frozenset())


def from_near(situation: Situation, at: float, leg: int | None) -> Seen:
    """What this process has just looked at."""
    budget = situation.budget
    marks = dict(marks_of(situation))
    marks.update({one: Mark.BAKING for one in situation.baking if marks.get(one) is Mark.DONE})
    return Seen(
        at=at,
        places=places_of(situation.fleet.instances),
        marks=marks,
        proven=frozenset(one for one, stands in situation.standings.items() if stands is Standing.PROVEN),
        out=budget.out,
        total=budget.total,
        allowed=budget.allowed,
        leg=leg,
    )


def from_afar(present: Present, fleet: Fleet) -> Seen:
    """What another process has looked at; `fleet` is that of the order, whose instances come in the same order."""
    standings = {
        one.id: STANDINGS[letter]
        for one, letter in zip(fleet.instances, present.standings, strict=True)
        if letter != GONE
    }
    places = {one: fleet.by_id[one].place for one in standings}
    for one, newcomer in present.newcomers.items():
        standings[one], places[one] = STANDINGS[newcomer.standing], newcomer.place
    marks = {one: MARKS[stands] for one, stands in standings.items()}
    marks.update({one: Mark.BAKING for one in present.baking if marks.get(one) is Mark.DONE})
    marks.update(dict.fromkeys(marks.keys() & {*present.failed}, Mark.FAILED))
    return Seen(
        at=present.at,
        places=places,
        marks=marks,
        proven=frozenset(one for one, stands in standings.items() if stands is Standing.PROVEN),
        out=present.total - present.in_service,
        total=present.total,
        allowed=present.allowed,
        leg=None if present.leg is None else present.leg - 1,
    )


def as_planned(state: State) -> Seen:
    """The fleet as it was when the rollout was planned: what is known before the first look."""
    leg = None if state.undo is None else state.leg
    situation = survey(state.order.fleet, state.order.job, Progress())
    seen = from_near(situation, state.order.begun_at, None)
    return seen.of_leg(leg)
