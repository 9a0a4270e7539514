"""How a rollout ends, or comes to rest: what an order, a failure, or nothing left to do make of it.

Nothing ends while something asked for is on its way: it cannot be called back.
"""

from __future__ import annotations

from dataclasses import replace

from rollset.core.decision import Blocked, Decision, Finish, Halt, Hold, HoldKind, Retire, Stopped, TurnBack, Wait
from rollset.core.failing import OnFailure
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation
from rollset.core.surging.replacing import give_back, unborn
from rollset.core.waiting import barrier, spoken_awaited, spoken_failure, spoken_parked


def by_order(situation: Situation) -> Decision | None:
    """An operator's stop or undo outranks everything, a failure included."""
    stopped, undo = situation.control.stopped, situation.control.undo
    if stopped is not None:
        words = f"stopped by {stopped.by}"
        return landing(situation, f"{words}: starting nothing more") or Stopped(reason=f"{words}: {situation.tally}")
    if undo is not None:
        return _turn_back(situation, f"undo ordered by {undo.by}")
    return None


def after_failure(situation: Situation) -> Decision | None:
    failures = tuple(situation.failed.values())
    if situation.given_up:
        why, short = _spoken_failures(situation), f"instance {spoken_ids(situation.failed)} failed"
    elif situation.worse and situation.job.on_failure is not OnFailure.CONTINUE:
        why = short = _spoken_worse(situation)
    else:
        return None
    if situation.job.on_failure is OnFailure.UNDO:
        return _turn_back(situation, why)
    return landing(situation, f"{short}: starting nothing more") or Halt(reason=why, failures=failures)


def _spoken_worse(situation: Situation) -> str:
    return f"compared with the rest, {'; '.join(map(str, situation.worse))}"


def _spoken_failures(situation: Situation) -> str:
    """The first in Azure's words, and how many that makes where one alone would have been put up with."""
    first, *others = situation.failed.values()
    if not others:
        return spoken_failure(first)
    most = situation.job.tolerance.failures_max(situation.size)
    bound = f", and no more than {most} may" if most else ""
    return f"{spoken_failure(first)} ({len(others) + 1} have failed: {spoken_ids(situation.failed)}{bound})"


def _turn_back(situation: Situation, why: str) -> Wait | Retire | TurnBack:
    hours = ", at any hour, for the way back heeds no window" if situation.job.calendar.restricts else ""
    return (
        landing(situation, f"{why}: starting nothing more before the way back")
        or give_back(situation, why)
        or TurnBack(reason=f"{why}; bringing back what this run changed{hours}: {situation.tally}")
    )


def paused(situation: Situation, by: str) -> Wait | Hold:
    return landing(situation, f"paused by {by}: starting nothing") or Hold(
        reason=f"paused by {by}: starting nothing until `rollset resume`; {situation.tally}", kind=HoldKind.PAUSED
    )


def landing(situation: Situation, why: str) -> Wait | None:
    """What has been asked for cannot be called back: whatever comes next, it comes when all of that has ended."""
    if (birth := unborn(situation)) is not None:
        return replace(birth, reason=f"{why}; {birth.reason}")
    if not situation.in_flight:
        return None
    words = f"{why}, waiting for {spoken_ids(situation.in_flight)} to end"
    return Wait(reason=words, instances=situation.in_flight)


def before_finish(situation: Situation, now: float) -> Decision:
    if situation.awaited:
        return barrier(situation, f"waiting for the last: {spoken_awaited(situation)}")
    if (surplus := give_back(situation, "all are replaced")) is not None:
        return surplus
    seconds = situation.job.pace.bake_end_seconds
    well = [situation.progress.proven[one] for one in situation.upgraded if one not in situation.failed]
    if well and now < (baked := max(well) + seconds):
        return Hold(
            reason=f"{situation.tally}; all must stay so for {seconds:.0f} s from the last one on",
            kind=HoldKind.BAKE,
            until=baked,
        )
    return _with_what_is_left(situation, now)


def _with_what_is_left(situation: Situation, now: float) -> Decision:
    """The end, which is none while somebody is waited for, and no good one with failures."""
    if situation.held_up:
        return _wait_for_protected(situation, now)
    if situation.ever_parked:
        return Halt(reason=f"{situation.tally}: {spoken_parked(situation)}", failures=tuple(situation.failed.values()))
    if situation.failed:
        failures = tuple(situation.failed.values())
        words = f"{situation.tally}; failed: {spoken_ids(situation.failed)} ({spoken_failure(failures[0])})"
        return Halt(reason=words, failures=failures)
    if situation.worse:
        return Halt(reason=f"{situation.tally}; {_spoken_worse(situation)}")
    return Finish(reason=situation.tally)


def _wait_for_protected(situation: Situation, now: float) -> Blocked | Halt:
    """All others are done: somebody has to lift the protection of these, or the rollout has not done what it should."""
    words = f"{situation.tally}; protected from scale set actions still: {spoken_ids(situation.held_up)}"
    since, patience = situation.progress.blocked_since, situation.job.care.protected_seconds
    if since is not None and now - since >= patience:
        return Halt(reason=f"{words}, after {patience:.0f} s", failures=tuple(situation.failed.values()))
    return Blocked(reason=words, until=None if since is None else since + patience)
