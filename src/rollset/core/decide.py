"""The decision: what may be done now, with this fleet, this job and this moment. Same arguments, same answer.

Level-triggered: it never asks what happened, only what is. The order of the questions is the order of importance: a
stop, an undo, a failure, a pause; then checkpoints, barriers, the calendar and the budget. Each answer says why, in
words that an operator on call can act on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rollset.core.checkpoints import Closed, next_closed
from rollset.core.control import NO_ORDERS, Control
from rollset.core.decision import (
    Blocked,
    Decision,
    Finish,
    Grow,
    Halt,
    Hold,
    HoldKind,
    Retire,
    Stopped,
    TurnBack,
    Upgrade,
    Wait,
)
from rollset.core.endings import after_failure, before_finish, by_order, landing, paused
from rollset.core.fleet import Fleet, Instance
from rollset.core.pace import Batches, Job
from rollset.core.progress import Progress
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation, survey
from rollset.core.standing import Standing
from rollset.core.surging.replacing import (
    drop_failed,
    drop_what_found_no_room,
    grow,
    halted_for_room,
    is_swapping,
    replace_old,
    unborn,
)
from rollset.core.waiting import barrier, spoken_awaited, spoken_failure, spoken_parked
from rollset.core.when.hours import shut

__all__ = [
    "Blocked",
    "Decision",
    "Finish",
    "Grow",
    "Halt",
    "Hold",
    "HoldKind",
    "Retire",
    "Situation",
    "Stopped",
    "TurnBack",
    "Upgrade",
    "Wait",
    "decide",
    "decide_in",
    "survey",
]


def decide(fleet: Fleet, job: Job, progress: Progress, now: float, control: Control = NO_ORDERS) -> Decision:
    """What may be done at `now`; `progress` must have `seen` this fleet."""
    return decide_in(survey(fleet, job, progress, control), now)


def decide_in(situation: Situation, now: float) -> Decision:
    """The same, for who has sorted out the fleet already."""
    here = situation.at(now)
    if (ending := by_order(here) or after_failure(here)) is not None:
        return ending
    if here.control.paused is not None:
        return paused(here, by=here.control.paused.by)
    if (step := _replacing(here) or _again(here, now)) is not None:
        return step
    closed = next_closed(here, now)
    if closed is not None and closed.reached:
        return _hold_at(situation, closed)
    if not here.candidates:
        return before_finish(here, now)
    return _held_back(here, closed, now) or _out_of_hours(here, now) or _start(here, closed, now)


def _again(situation: Situation, now: float) -> Decision | None:
    again = _once_more(situation)
    return None if again is None else _out_of_hours(situation, now) or again


def _once_more(situation: Situation) -> Upgrade | None:
    """Who failed and may be tried again goes before all others: its place in the budget it has kept.

    Who serves again, on the old image, has none: it goes when there is one.
    """
    out, free = situation.out, situation.budget.free
    one = next((one for one in situation.to_retry if one in out or free), None)
    if one is None:
        return None
    nth, of = situation.progress.retries.get(one, 0) + 1, situation.job.tolerance.retries
    return Upgrade(
        instances=(one,),
        reason=f"{spoken_failure(situation.failed[one])}; once more with the same image, retry {nth} of {of}",
        reimage=situation.fleet.by_id[one].latest_model_applied,
    )


def _replacing(situation: Situation) -> Decision | None:
    """What a surge has to do before anything else starts: old ones go as soon as others serve in their place."""
    if situation.job.surge is None:
        return None
    step = unborn(situation) or drop_what_found_no_room(situation) or drop_failed(situation) or replace_old(situation)
    if step is None and situation.candidates and (end := halted_for_room(situation)) is not None:
        return landing(situation, end.reason) or end
    return step


def _hold_at(situation: Situation, closed: Closed) -> Hold:
    threshold, seconds = closed.threshold, closed.threshold.checkpoint.wait_seconds
    short = f" with {spoken_ids(situation.failed)} failed" if situation.failed else ""
    if seconds is None:
        reason, kind = f"{threshold} reached{short}: waiting for `rollset approve`", HoldKind.APPROVAL
    else:
        reason, kind = (
            f"{threshold} reached{short}: waiting {seconds:.0f} s, or for `rollset approve`",
            HoldKind.CHECKPOINT,
        )
    return Hold(reason=reason, kind=kind, until=closed.opens_at, checkpoint=threshold.number)


def _held_back(situation: Situation, closed: Closed | None, now: float) -> Wait | None:
    """The reasons to start nothing although somebody is waiting, the weightiest first."""
    pace, awaited = situation.job.pace, situation.awaited
    if situation.canaries_left and awaited:
        waiting = spoken_awaited(situation, " to prove itself")
        return barrier(situation, f"the canary goes alone: waiting for {waiting}")
    if closed is not None and not closed.room:
        return barrier(situation, f"{closed.threshold} is next: waiting for {spoken_awaited(situation)}")
    if isinstance(pace.style, Batches):
        if awaited:
            return barrier(situation, f"a batch goes together: waiting for {spoken_awaited(situation)}")
        back = [situation.progress.proven[one] for one in situation.progress.took]
        if back and now < (rested := max(back) + pace.bake_seconds + pace.style.pause_seconds):
            return Wait(reason="pausing between batches", until=rested)
    # Who is replaced serves until another does: no domain is ever short of one, so none waits for another.
    if not pace.across_domains and not is_swapping(situation):
        head = situation.candidates[0]
        domain = pace.line.domain(head)
        elsewhere = [one for one in awaited if pace.line.domain(situation.fleet.by_id[one]) != domain]
        if elsewhere:
            words = f"{pace.line.spoken(head)} waits until {spoken_ids(elsewhere)} of another are back"
            baking = any(one in situation.baking for one in elsewhere)
            return barrier(situation, words + (" and have baked" if baking else ""), elsewhere)
    return None


def _out_of_hours(situation: Situation, now: float) -> Wait | Hold | Halt | None:
    """Before the budget: nobody's patience with those who hold it runs out while nothing may start anyway."""
    closed = shut(situation.job, situation.progress, situation.fleet.scale_set.os_type, now)
    if closed is None:
        return None
    if situation.awaited:
        return barrier(situation, f"{closed.reason}; finishing {spoken_awaited(situation)}")
    return closed.decision()


def _start(situation: Situation, closed: Closed | None, now: float) -> Decision:
    if is_swapping(situation):
        return grow(situation, None if closed is None else closed.room)
    chosen = _next(situation, closed)
    if chosen:
        return Upgrade(instances=tuple(one.id for one in chosen), reason=_why(situation, chosen))
    if situation.awaited:
        until = min(situation.baking.values(), default=None)
        return Wait(reason=str(situation.budget), instances=situation.awaited, until=until, barrier=False)
    if len(situation.parked) >= situation.budget.allowed:
        # Nobody is going to bring them back but an operator: there is nothing to be patient for.
        words = f"{spoken_parked(situation)}; no more than {situation.budget.allowed} may be out of service"
        return Halt(reason=words)
    words = _blocked_by(situation)
    since, patience = situation.progress.blocked_since, situation.job.deadlines.health
    if since is not None and now - since >= patience:
        return Halt(reason=words)
    return Blocked(reason=words, until=None if since is None else since + patience)


def _blocked_by(situation: Situation) -> str:
    budget = situation.budget
    if budget.out < budget.allowed and budget.in_service <= budget.kept:
        return (
            f"{budget.in_service} of {budget.total} instances is in service, and the last one is not taken out; add an "
            "instance, or plan anew and accept the downtime"
        )
    failed = situation.out & situation.failed.keys()
    told = f", {spoken_ids(failed)} failed in this rollout" if failed else " for other reasons"
    if budget.out < budget.allowed:
        # Those that were sick before the rollout do not count as out, and hold places all the same when they were sent.
        return (
            f"{budget.in_flight} places are taken{told}, and no more than {budget.allowed} may be on their way at once"
        )
    counted = situation.out - situation.job.ailing
    return (
        f"{budget.out} of {budget.total} instances are out of service{told}"
        + (f" ({spoken_ids(counted)})" if counted else "")
        + f", and no more than {budget.allowed} may be"
    )


def _next(situation: Situation, closed: Closed | None) -> list[Instance]:
    """The head of the line, as far as its own kind, domain, batch, checkpoint and budget reach.

    While there are some that serve nobody, they go by themselves: one down is replaced before another is touched.
    """
    pace, budget = situation.job.pace, situation.budget
    head = _alike(situation, situation.candidates[0])
    line = list(takewhile(lambda one: _alike(situation, one) == head, situation.candidates))
    limit = budget.room
    if isinstance(pace.style, Batches):
        limit = min(limit, pace.style.size_after(situation.done, budget.total))
    if situation.canaries_left:
        limit = min(limit, situation.canaries_left)
    if closed is not None:
        limit = min(limit, closed.room)
    if situation.standings[line[0].id] is Standing.PENDING:
        limit = min(limit, budget.free)
    return line[:limit]


def _alike(situation: Situation, instance: Instance) -> tuple[Standing, str | None]:
    """Those that are equal in this may leave in one call."""
    pace = situation.job.pace
    return situation.standings[instance.id], None if pace.across_domains else pace.line.domain(instance)


def _why(situation: Situation, chosen: Sequence[Instance]) -> str:
    pace = situation.job.pace
    words = []
    if situation.canaries_left:
        words.append("canary, alone")
    match situation.standings[chosen[0].id]:
        case Standing.FIRST:
            words.append("out of service already")
        case Standing.LAST:
            words.append("stopped, and left so")
    words.append(", ".join(dict.fromkeys(map(pace.line.spoken, chosen))))
    words.append(str(situation.budget))
    return "; ".join(words)
