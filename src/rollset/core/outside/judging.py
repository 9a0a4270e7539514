"""Which gates are to be asked about which instances, and when; and for whom the hooks after an upgrade are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rollset.core.ids import InstanceId
from rollset.core.outside.baselines import PEERS_MAX
from rollset.core.outside.gates import Answer, Gate, first_streak, judge
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.pace import Job
from rollset.core.progress import Progress, sights_of
from rollset.core.situation import Situation
from rollset.core.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One gate that is to be asked about one instance, from a moment on."""

    instance: InstanceId
    gate: Gate
    at: float


def due(situation: Situation, now: float) -> tuple[Due, ...]:
    """Who is to be asked about next, and when: those of this run that are well for Azure, and not trusted yet.

    While one bakes its gates are asked on: it must stay well for all that time.
    """
    job, progress = situation.job, situation.progress
    if not job.gates:
        return ()
    return tuple(
        Due(instance=one, gate=gate, at=_next_at(progress, one, gate, now))
        for one in _under_judgement(situation, now)
        for gate in job.gates
    )


def answered(progress: Progress, about: Due, answer: Answer, now: float) -> Progress:
    """What an answer adds to what is known."""
    gate, one = about.gate, about.instance
    verdict = judge(gate, answer, progress.baselines.get(one, {}).get(gate.name))
    before = progress.gated.get(one, {}).get(gate.name)
    streak = first_streak(verdict, gate, now) if before is None else before.after(verdict, gate, now)
    return progress.judged(one, gate.name, streak)


def to_release(situation: Situation) -> tuple[InstanceId, ...]:
    """Those that are back and let through by every gate: the hooks after their upgrade are all that is left."""
    job, progress = situation.job, situation.progress
    if not hooks_at(job.hooks, Moment.AFTER_INSTANCE):
        return ()
    sights = sights_of(situation.fleet, job, progress)
    return tuple(
        one
        for one in progress.asked
        if one in sights
        and sights[one].well
        and progress.let_through(one, job)
        and one not in progress.released
        and one not in progress.parked
    )


def _under_judgement(situation: Situation, now: float) -> Iterator[InstanceId]:
    job, progress = situation.job, situation.progress
    here = situation.at(now)
    ours = progress.asked.keys() | progress.took.keys()
    for one, sight in sights_of(here.fleet, job, progress).items():
        # Who is left stopped can say nothing, and is asked nothing.
        asked = one in ours and sight.well and not sight.parked and not sight.stopped
        if asked and (not sight.passed or one in here.baking):
            yield one


def _next_at(progress: Progress, one: InstanceId, gate: Gate, now: float) -> float:
    said = progress.gated.get(one, {}).get(gate.name)
    return now if said is None else said.at + gate.interval_seconds


def peers(situation: Situation) -> tuple[InstanceId, ...]:
    """Whom to measure for those that a surge is about to add: the next to go that serve, then others not upgraded."""
    standings = situation.standings
    next_to_go = [one.id for one in situation.candidates if standings[one.id] is Standing.PENDING]
    held = [one for one, stands in standings.items() if stands is Standing.HELD and one not in situation.out]
    return (*next_to_go, *held)[:PEERS_MAX]


def with_baseline(job: Job) -> tuple[Gate, ...]:
    """The gates that measure an instance before it is taken out."""
    return tuple(gate for gate in job.gates if gate.bounds.within is not None)
