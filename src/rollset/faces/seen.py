"""A fleet as a view shows it: the same whether this process looks at Azure itself or is told by the one that does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from rollset.core.ahead.estimate import Estimate, estimate
from rollset.core.budget import Budget
from rollset.core.decide import Situation, survey
from rollset.core.fleet import Fleet, Place
from rollset.core.ids import InstanceId
from rollset.core.progress import Progress
from rollset.core.standing import Standing
from rollset.engine.present import GONE, STANDINGS, Present
from rollset.engine.state import Stage, State
from rollset.faces.grid import places_of
from rollset.faces.marks import MARKS, Mark, marks_of

OUT_OF_SERVICE = (
    Standing.MOVING,
    Standing.SETTLING,
    Standing.PARKED,
    Standing.PARKED_BY_HOOK,
    Standing.FIRST,
    Standing.LAST,
)


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
    estimate: Estimate | None = None
    """When it will end, in seconds from `at`."""

    def without(self, gone: Collection[InstanceId]) -> Seen:
        """The same where these exist no more."""
        return replace(
            self,
            places={one: place for one, place in self.places.items() if one not in gone},
            marks={one: mark for one, mark in self.marks.items() if one not in gone},
        )

    def of_leg(self, leg: int | None) -> Seen:
        """The same for another part of the way: who is proven there is not known yet."""
        return self if leg == self.leg else replace(self, leg=leg, proven=frozenset(), estimate=None)


def from_near(situation: Situation, at: float, state: State) -> Seen:
    """What this process has just looked at."""
    marks = dict(marks_of(situation))
    marks.update({one: Mark.BAKING for one in situation.at(at).baking if marks.get(one) is Mark.DONE})
    leg = None if state.undo is None else state.leg
    return _seen(situation, at, marks, leg, parts=1 if state.undo is None else len(state.undo.legs))


def from_afar(present: Present, state: State) -> Seen:
    """What another process has looked at, for a rollout that its journal has brought to `state`."""
    situation = _situation(present, state)
    marks = {one: MARKS[stands] for one, stands in situation.standings.items()}
    marks.update({one: Mark.BAKING for one in present.baking if marks.get(one) is Mark.DONE})
    marks.update(dict.fromkeys(marks.keys() & {*present.failed}, Mark.FAILED))
    leg = None if present.leg is None else present.leg - 1
    return _seen(situation, present.at, marks, leg, parts=1 if state.undo is None else len(state.undo.legs))


def _situation(present: Present, state: State) -> Situation:
    """The situation that the other process has decided on, but for what instances look like beside where they stand."""
    letters = zip(state.order.fleet.instances, present.standings, strict=True)
    known = [(one, STANDINGS[letter]) for one, letter in letters if letter != GONE]
    newcomers = [
        replace(state.order.fleet.instances[0], id=one, place=newcomer.place)
        for one, newcomer in present.newcomers.items()
    ]
    standings = {one.id: stands for one, stands in known}
    standings |= {one: STANDINGS[newcomer.standing] for one, newcomer in present.newcomers.items()}
    return Situation(
        fleet=Fleet(scale_set=state.order.fleet.scale_set, instances=(*(one for one, _ in known), *newcomers)),
        job=state.job,
        progress=state.progress,
        standings=standings,
        out=frozenset(one for one, stands in standings.items() if stands in OUT_OF_SERVICE),
        budget=Budget(
            total=present.total,
            in_service=present.in_service,
            allowed=present.allowed,
            in_flight=present.in_flight - len(present.baking),
        ),
        control=state.control if state.undo is None else state.control.on_the_way_back,
    )


def _seen(situation: Situation, at: float, marks: Mapping[InstanceId, Mark], leg: int | None, *, parts: int) -> Seen:
    budget = situation.budget
    # Of a way back in several parts only the part that goes on now is known well enough.
    rest = estimate(situation, at) if leg is None or leg + 1 == parts else None
    return Seen(
        at=at,
        places=places_of(situation.fleet.instances),
        marks=marks,
        proven=frozenset(one for one, stands in situation.standings.items() if stands is Standing.PROVEN),
        out=budget.out,
        total=budget.total,
        allowed=budget.allowed,
        leg=leg,
        estimate=rest,
    )


def as_planned(state: State) -> Seen:
    """The fleet as it was when the rollout was planned: what is known before the first look."""
    situation = survey(state.order.fleet, state.order.job, Progress())
    seen = replace(from_near(situation, state.order.begun_at, State.begin(state.order)), estimate=None)
    return caught_up(seen.of_leg(None if state.undo is None else state.leg), state)


def caught_up(seen: Seen, state: State) -> Seen:
    """The same with what the journal knows of since."""
    progress = state.progress
    if state.stage is Stage.ENDED:
        # Nobody looked after the last deletion, which was seen to its end all the same.
        seen = seen.without(progress.surge.gone)
    back = [one for one, at in progress.proven.items() if at > seen.at and one in seen.marks]
    gone = [one for one, attempt in progress.asked.items() if attempt.at > seen.at and one in seen.marks]
    if not back and not gone:
        return seen
    serving = sum(seen.marks[one] is Mark.OUTDATED for one in gone)
    returned = sum(seen.marks[one] in (Mark.OUT, Mark.SETTLING) for one in back)
    return replace(
        seen,
        marks={**seen.marks, **dict.fromkeys(gone, Mark.OUT), **dict.fromkeys(back, Mark.DONE)},
        proven=seen.proven.union(back),
        out=seen.out + serving - returned,
    )
