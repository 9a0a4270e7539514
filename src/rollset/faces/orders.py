"""An order for a rollout: held against how it stands, then left for it to be taken in, wherever it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rollset.core.control import Control, Signal, Verb
from rollset.core.errors import UnsafeError, UsageError
from rollset.core.pace import Engine
from rollset.engine.durable.ledger import Ledger
from rollset.faces.account import Account, spoken_ago
from rollset.faces.exactly import short_hash
from rollset.faces.telling import clock_time

CARRIED_ON = (Verb.RESUME, Verb.STOP, Verb.UNDO)
"""Orders that take a rollout over whose process is gone."""

TO_THE_END = (Verb.STOP, Verb.UNDO)
"""Orders that are carried out only when the rollout has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be ordered. `plan_hash` binds an approval to one plan, or the beginning of its hash."""

    verb: Verb
    checkpoint: int | None = None
    plan_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """An order that makes sense now. `already` is why it would change nothing, where it would not."""

    verb: Verb
    checkpoint: int | None
    already: str

    def leave(self, ledger: Ledger, rollout: str, by: str) -> Signal | None:
        """Leaves it for the rollout; what holds already is not ordered again.

        Raises:
            UsageError: it has ended meanwhile.
        """
        return None if self.already else ledger.signal(rollout, self.verb, by, self.checkpoint)


def check_order(account: Account, wanted: Wanted) -> Meant:
    """The order as it is meant for this rollout.

    Raises:
        UsageError: it makes no sense for it.
        UnsafeError: another plan is approved than it carries out.
    """
    _check_possible(account, wanted.verb)
    _check_plan(account, wanted.plan_hash)
    checkpoint = _find_checkpoint(account, wanted.checkpoint) if wanted.verb is Verb.APPROVE else None
    return Meant(verb=wanted.verb, checkpoint=checkpoint, already=_already(account.ordered, wanted.verb, checkpoint))


def _check_possible(account: Account, verb: Verb) -> None:
    if account.ended:
        ended = spoken_ago(time.time() - (account.row.ended_at or 0.0))
        raise UsageError(f"{account.id} has ended ({account.row.ending}, {ended}): nothing to {verb}")
    if account.state is None:
        raise UsageError(
            f"{account.id} was claimed by {account.row.started_by} and has not begun: nothing to {verb}; the next "
            "rollout of that set takes its place once that process is gone"
        )
    if verb is Verb.UNDO and (back := account.state.order.way_back) is not None:
        stop = account.named.command("stop")
        raise UsageError(f"{account.id} is itself an undo, of {back.rollout}: {stop} ends it")
    if verb is Verb.PAUSE and account.state.job.engine is Engine.AZURE:
        stop, same = account.named.command("stop"), "the command that began it"
        raise UsageError(
            f"{account.id} is carried out by Azure's own rolling upgrade, which cannot be paused: {stop} ends it "
            f"after the batch that is out, and {same} goes on from there"
        )


def _check_plan(account: Account, meant: str | None) -> None:
    if meant is None or account.state is None:
        return
    is_there = account.state.order.plan_hash
    if not is_there.startswith(meant):
        raise UnsafeError(
            f"{account.id} carries out plan {short_hash(is_there)}, and {short_hash(meant)} was approved: nothing "
            f"was ordered; look at it with: {account.named.command('status')}"
        )


def _find_checkpoint(account: Account, named: int | None) -> int:
    known = () if account.state is None else account.state.order.job.pace.checkpoints
    if named is not None and named > len(known):
        there = f"it has {len(known)}" if known else "it has none"
        raise UsageError(f"{account.id} has no checkpoint {named}: {there}")
    waits_at = named or account.checkpoint
    if waits_at is None:
        words = ", ".join(f"{number} at {one}" for number, one in enumerate(known, start=1))
        raise UsageError(
            f"{account.id} waits at no checkpoint now"
            + (f"; name one (--checkpoint) to approve it beforehand ({words})" if known else ", and has none")
        )
    return waits_at


def _already(control: Control, verb: Verb, checkpoint: int | None) -> str:
    """Why the order would change nothing, where it would not.

    Raises:
        UsageError: it cannot have an effect any more.
    """
    stopped, undo, paused = control.stopped, control.undo, control.paused
    if stopped is not None and verb is Verb.STOP:
        return f"is being stopped already, by {stopped.by} since {clock_time(stopped.at)}"
    if stopped is not None and verb is not Verb.UNDO:
        at = clock_time(stopped.at)
        raise UsageError(f"a stop was ordered by {stopped.by} at {at}: after that only an undo has an effect")
    if undo is not None and verb is Verb.UNDO:
        return f"is being undone already, by {undo.by} since {clock_time(undo.at)}"
    if paused is not None and verb is Verb.PAUSE:
        return f"is paused already, by {paused.by} since {clock_time(paused.at)}"
    if paused is None and verb is Verb.RESUME:
        return "is not paused: it goes on as it is"
    if checkpoint is not None and (one := control.approved.get(checkpoint)) is not None:
        return f"checkpoint {checkpoint} was approved already, by {one.by} at {clock_time(one.at)}"
    return ""
