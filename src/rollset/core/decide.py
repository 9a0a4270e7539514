"""The decision: what may be done now, with this fleet, this job and this moment. Same arguments, same answer.

Level-triggered: it never asks what happened, only what is. The order of the questions is the order of importance; each
answer says why, in words that an operator on call can act on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from rollset.core.budget import Budget
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches, Job
from rollset.core.progress import Failure, Progress, standings_of
from rollset.core.selection import spoken_ids
from rollset.core.standing import Sight, Standing, health_judged

OUTDATED = (Standing.FIRST, Standing.PENDING)
UNSETTLED = (Standing.MOVING, Standing.SETTLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Ask Azure to upgrade these, now, in one call."""

    instances: tuple[InstanceId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Start nothing. `instances` are those waited for; `until` is a moment on the rollout's clock, where one is known.

    `barrier` says that all of `instances` must be done before anything else can start, not just one of them.
    """

    reason: str
    instances: tuple[InstanceId, ...] = ()
    until: float | None = None
    barrier: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Start nothing, because others hold too many instances out of service; at `until` that becomes a `Halt`."""

    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Start nothing ever again: something failed, or nothing can move. Nothing of ours is in flight any more."""

    reason: str
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Every chosen instance was read back on the target image and healthy; or is skipped, and listed."""

    reason: str


Decision = Upgrade | Wait | Blocked | Halt | Finish


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A fleet sorted out for one decision."""

    fleet: Fleet
    job: Job
    progress: Progress
    standings: Mapping[InstanceId, Standing]
    out: frozenset[InstanceId]
    budget: Budget

    @property
    def chosen(self) -> Sequence[Instance]:
        """The instances that the user means, as far as they exist now."""
        return [one for one in self.fleet.instances if self.job.selection.matches(one)]

    @property
    def candidates(self) -> list[Instance]:
        """Who may go, in the order of going: the useless first, then domain by domain."""
        waiting = [one for one in self.chosen if self.standings[one.id] in OUTDATED]
        return sorted(
            waiting, key=lambda one: (self.standings[one.id] is Standing.PENDING, self.job.pace.order.key(one))
        )

    @property
    def canaries_left(self) -> int:
        """How many upgrades of this run must still be proven before others may follow.

        What somebody else upgraded or made proves nothing here, even if it becomes healthy while this run looks on.
        """
        return max(0, self.job.pace.canary - len(self.progress.took))

    @property
    def unsettled(self) -> tuple[InstanceId, ...]:
        """Chosen or asked by us, and still on the way: nothing is finished before these are."""
        return tuple(
            one
            for one, stands in self.standings.items()
            if stands in UNSETTLED and (one in self.progress.asked or self.job.selection.matches(self.fleet.by_id[one]))
        )

    @property
    def stuck(self) -> tuple[InstanceId, ...]:
        """Out of service, and not because of anything that a rollout could mend or has to wait for."""
        coming_back = {*(one.id for one in self.candidates), *self.unsettled}
        return tuple(one.id for one in self.fleet.instances if one.id in self.out and one.id not in coming_back)

    @property
    def missing(self) -> int:
        """How many instances the capacity asks for that do not exist."""
        return self.budget.out - len(self.out)


def survey(fleet: Fleet, job: Job, progress: Progress) -> Situation:
    """Sorts out the fleet and does the sum."""
    standings = standings_of(fleet, job, progress)
    judged = health_judged(fleet)
    staying = [one for one in fleet.instances if standings[one.id] is not Standing.LEAVING]
    out = frozenset(
        one.id
        for one in staying
        if one.id in progress.asked or not Sight(instance=one, job=job, health_judged=judged, asked=False).in_service
    )
    total = max(fleet.scale_set.capacity, len(staying))
    budget = Budget(
        total=total,
        in_service=len(staying) - len(out),
        allowed=job.pace.max_unavailable.of(total),
        in_flight=sum(one in progress.asked or stands is Standing.SETTLING for one, stands in standings.items()),
    )
    return Situation(fleet=fleet, job=job, progress=progress, standings=standings, out=out, budget=budget)


def decide(fleet: Fleet, job: Job, progress: Progress, now: float) -> Decision:
    """What may be done at `now`; `progress` must have `seen` this fleet."""
    return decide_in(survey(fleet, job, progress), now)


def decide_in(situation: Situation, now: float) -> Decision:
    """The same, for who has sorted out the fleet already."""
    if situation.progress.failures:
        return _after_failure(situation)
    if not situation.candidates:
        return _before_finish(situation)
    return _held_back(situation, now) or _start(situation, now)


def _after_failure(situation: Situation) -> Decision:
    failed = {failure.instance for failure in situation.progress.failures}
    in_flight = tuple(one for one in situation.unsettled if one not in failed and one in situation.progress.asked)
    if in_flight:
        return Wait(
            reason=f"instance {spoken_ids(failed)} failed: starting nothing more, "
            f"waiting for {spoken_ids(in_flight)} to end",
            instances=in_flight,
        )
    first = situation.progress.failures[0]
    return Halt(reason=f"instance {first.instance} failed: {first.error}", failures=situation.progress.failures)


def _before_finish(situation: Situation) -> Decision:
    if situation.unsettled:
        return Wait(reason=f"waiting for the last: {spoken_ids(situation.unsettled)}", instances=situation.unsettled)
    counts = Counter(situation.standings[one.id] for one in situation.chosen)
    skipped = counts[Standing.HELD] + counts[Standing.PARKED]
    proven, chosen = counts[Standing.PROVEN], len(situation.chosen)
    words = f"{proven} of {chosen} chosen instances are on {situation.job.image} and healthy"
    return Finish(reason=words + (f", {skipped} skipped" if skipped else ""))


def _held_back(situation: Situation, now: float) -> Wait | None:
    """The reasons to start nothing although somebody is waiting, the weightiest first."""
    pace, unsettled = situation.job.pace, situation.unsettled
    if situation.canaries_left and unsettled:
        return Wait(
            reason=f"the canary goes alone: waiting for {spoken_ids(unsettled)} to prove itself", instances=unsettled
        )
    if isinstance(pace.style, Batches):
        if unsettled:
            return Wait(reason=f"a batch goes together: waiting for {spoken_ids(unsettled)}", instances=unsettled)
        back = [situation.progress.proven[one] for one in situation.progress.took]
        if back and now < (rested := max(back) + pace.style.pause_seconds):
            return Wait(reason="pausing between batches", until=rested)
    if not pace.across_domains:
        domain = pace.order.domain(situation.candidates[0])
        elsewhere = tuple(one for one in unsettled if pace.order.domain(situation.fleet.by_id[one]) != domain)
        if elsewhere:
            return Wait(
                reason=f"{pace.order.words} {domain or '-'} waits until {spoken_ids(elsewhere)} of another are back",
                instances=unsettled,
            )
    return None


def _start(situation: Situation, now: float) -> Decision:
    chosen = _next(situation)
    if chosen:
        return Upgrade(instances=tuple(one.id for one in chosen), reason=_why(situation, chosen))
    if situation.unsettled:
        return Wait(reason=str(situation.budget), instances=situation.unsettled, barrier=False)
    words = (
        f"{situation.budget.out} of {situation.budget.total} instances are out of service for other reasons"
        + (f" ({spoken_ids(situation.out)})" if situation.out else "")
        + f", and no more than {situation.budget.allowed} may be"
    )
    since, patience = situation.progress.blocked_since, situation.job.deadlines.health
    if since is not None and now - since >= patience:
        return Halt(reason=words)
    return Blocked(reason=words, until=None if since is None else since + patience)


def _next(situation: Situation) -> list[Instance]:
    """The head of the line, as far as its own kind, domain, batch and budget reach.

    While there are some that serve nobody, they go by themselves: one down is replaced before another is touched.
    """
    pace, budget = situation.job.pace, situation.budget
    head = _alike(situation, situation.candidates[0])
    line = list(takewhile(lambda one: _alike(situation, one) == head, situation.candidates))
    limit = budget.room
    if isinstance(pace.style, Batches):
        limit = min(limit, pace.style.size.of(budget.total))
    if situation.canaries_left:
        limit = min(limit, situation.canaries_left)
    if situation.standings[line[0].id] is Standing.PENDING:
        limit = min(limit, budget.free)
    return line[:limit]


def _alike(situation: Situation, instance: Instance) -> tuple[Standing, str | None]:
    """Those that are equal in this may leave in one call."""
    pace = situation.job.pace
    return situation.standings[instance.id], None if pace.across_domains else pace.order.domain(instance)


def _why(situation: Situation, chosen: Sequence[Instance]) -> str:
    pace = situation.job.pace
    words = []
    if situation.canaries_left:
        words.append("canary, alone")
    if situation.standings[chosen[0].id] is Standing.FIRST:
        words.append("out of service already")
    domain = pace.order.domain(chosen[0])
    words.append(f"{pace.order.words} {domain}" if domain is not None else f"no {pace.order.words}")
    words.append(str(situation.budget))
    return "; ".join(words)
