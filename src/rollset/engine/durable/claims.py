"""One rollout per scale set at a time, whoever starts it and from wherever: the database's unique index decides.

A claim is a row of `rollouts` that has not ended. It lasts until its rollout ends, however often that changes hands. A
claim without a workflow, of a process that has died, was never acted on: nothing was asked of Azure. Whoever comes next
removes it from the way, so no dead holder keeps a scale set.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rollset.engine.durable.acts.underway import acts_underway
from rollset.engine.durable.faults import Busy, Held, Holder, StateError
from rollset.engine.durable.names import new_name
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.runs import LOST, NEVER_BEGUN, OVER, Run, find_run, process_of
from rollset.engine.durable.shelf import alone
from rollset.engine.durable.tables import executors, rollouts

ATTEMPTS_MAX = 8
"""A name that is taken, a claim that is void, one that ended just now: each costs an attempt, none happens often."""

VOID_STATUS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A rollout to be claimed. `scale_set` is the ARM path as Azure writes it, `image` is in the user's words."""

    scale_set: str
    image: str
    started_by: str
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A scale set that is ours to roll; to be begun, or given up."""

    id: str
    begun_at: float
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holding:
    """The rollout that has the scale set, with its process and its workflow, as far as they are there."""

    rollout: str
    image: str
    started_by: str
    begun_at: float
    executor: str | None
    where: str | None
    run: Run | None


def claim(presence: Presence, wanted: Wanted) -> Claim:
    """Claims the scale set for a new rollout.

    Raises:
        Held: another rollout of it has not ended.
        Busy: an act that changes what there is has not ended.
    """
    for _ in range(ATTEMPTS_MAX):
        begun_at = time.time()
        name = new_name(wanted.scale_set.rsplit("/", 1)[-1], begun_at)
        if _insert(presence, wanted, name, begun_at):
            return Claim(id=name, begun_at=begun_at, wanted=wanted)
        holding = _find_holding(presence, rollouts.c.scale_set == wanted.scale_set.lower())
        if holding is None:
            continue  # The name was taken, or the other rollout has ended just now.
        if not _remove_void(presence, holding):
            raise _say(presence, holding)
    raise StateError(f"{wanted.scale_set} was claimed and freed {ATTEMPTS_MAX} times meanwhile; try again")


def give_up(presence: Presence, claimed: Claim) -> None:
    """Frees the scale set; nothing was done to it."""
    presence.database.run(f"giving up {claimed.id}", lambda one: one.execute(_end(claimed.id, NEVER_BEGUN)))


def find_held(presence: Presence, scale_set: str) -> Held | None:
    """Whether the scale set is free for a rollout, without claiming it; what is held, and by whom, if not."""
    holding = _find_holding(presence, rollouts.c.scale_set == scale_set.lower())
    return None if holding is None or _is_void(presence, holding) else _say(presence, holding)


def holder_of(presence: Presence, run: Run | None, claimed_by: str | None) -> Holder:
    """Whether a process stands behind a rollout that has not ended."""
    executor = claimed_by if run is None else process_of(run)
    if executor is None:
        return Holder.DEAD if run is None else Holder.WAITED_FOR
    return Holder.DEAD if presence.hold.is_dead(executor) else Holder.ALIVE


def held(presence: Presence, rollout: str) -> Held:
    """The refusal to touch a rollout that another process has, or may have again by now."""
    holding = _find_holding(presence, rollouts.c.id == rollout)
    if holding is None:
        how = presence.database.state.command(f"status {rollout}")
        return Held(f"the rollout {rollout} has just ended; {how} shows how", rollout, Holder.ALIVE)
    return _say(presence, holding)


def _say(presence: Presence, holding: _Holding) -> Held:
    """Who holds the scale set since when, and the way on."""
    holder = holder_of(presence, holding.run, holding.executor)
    since = datetime.fromtimestamp(holding.begun_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = f", in {holding.where}" if holding.where else ""
    known = f"is being rolled onto {holding.image} since {since} by {holding.started_by}{where} ({holding.rollout})"
    state = presence.database.state
    watch, resume = state.command(f"watch {holding.rollout}"), state.command(f"resume {holding.rollout}")
    way_on = {
        Holder.ALIVE: f"follow it with: {watch}",
        Holder.WAITED_FOR: f"it waits for a worker; follow it with: {watch}",
        Holder.DEAD: f"that process is gone; the command that started it continues it, and so does: {resume}",
    }[holder]
    return Held(f"the scale set {known}; {way_on}", holding.rollout, holder)


def _insert(presence: Presence, wanted: Wanted, name: str, begun_at: float) -> bool:
    row = {
        "id": name,
        "scale_set": wanted.scale_set.lower(),
        "written": wanted.scale_set,
        "image": wanted.image,
        "started_by": wanted.started_by,
        "begun_at": begun_at,
        "undoes": wanted.undoes,
        "executor": presence.executor,
    }

    def insert(connection: sa.Connection) -> None:
        # Acts begin one after another with this, so that of a rollout and an act only one begins.
        alone(connection)
        for one in acts_underway(connection, wanted.scale_set):
            if one.exclusive:
                raise Busy(f"{one.words} has not ended, and no rollout of the scale set begins beside it; wait for it")
        connection.execute(rollouts.insert().values(**row))

    try:
        presence.database.run(f"claiming {wanted.scale_set}", insert)
    except StateError as error:
        if isinstance(error.__cause__, IntegrityError):
            return False
        raise
    return True


def _find_holding(presence: Presence, which: sa.ColumnElement[bool]) -> _Holding | None:
    def read(connection: sa.Connection) -> _Holding | None:
        row = connection.execute(
            sa.select(rollouts, executors.c.host, executors.c.pid, executors.c.kind)
            .outerjoin(executors, executors.c.id == rollouts.c.executor)
            .where(which, rollouts.c.ended_at.is_(None))
        ).one_or_none()
        if row is None:
            return None
        return _Holding(
            rollout=row.id,
            image=row.image,
            started_by=row.started_by,
            begun_at=row.begun_at,
            executor=row.executor,
            where=f"process {row.pid} on {row.host}" if row.pid else None,
            run=find_run(connection, row.id),
        )

    return presence.database.run("asking who holds a scale set", read)


def _is_void(presence: Presence, holding: _Holding) -> bool:
    if holding.run is not None:
        return holding.run.status in OVER
    return holding.executor is None or presence.hold.is_dead(holding.executor)


def _remove_void(presence: Presence, holding: _Holding) -> bool:
    if not _is_void(presence, holding):
        return False
    ending = NEVER_BEGUN if holding.run is None else LOST
    presence.database.run(f"removing {holding.rollout}", lambda one: one.execute(_end(holding.rollout, ending)))
    return True


def _end(rollout: str, ending: str) -> sa.Update:
    """Safe to repeat, and without effect on a rollout that has ended."""
    return (
        rollouts.update()
        .where(rollouts.c.id == rollout, rollouts.c.ended_at.is_(None))
        .values(ended_at=time.time(), ending=ending, exit_status=VOID_STATUS)
    )
