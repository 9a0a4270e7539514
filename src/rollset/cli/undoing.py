"""Undoes a rollout that has ended, with a rollout of its own: what it touched goes back, and the model too."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from rollset.arm.azure import Azure
from rollset.cli.asking import ask
from rollset.cli.beginning import Starter, queue_name
from rollset.cli.face import face_for
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure
from rollset.core.errors import UsageError
from rollset.core.fleet import Fleet
from rollset.core.ids import natural, together
from rollset.core.modelchange import Says
from rollset.core.selection import spoken_ids
from rollset.core.undo import Undo, legs
from rollset.engine.durable.claims import Claim, Wanted
from rollset.engine.durable.database import Database
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence, who
from rollset.engine.events import Ending, Outcome
from rollset.engine.order import Order, WayBack
from rollset.engine.state import State
from rollset.faces.account import Account
from rollset.faces.words import facts, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """How the user wants it done, and where he looks."""

    yes: bool
    wait: bool
    connection: ConnectionFlags
    console: Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The rollout that undoes, and how it ended if it was waited for."""

    account: Account
    outcome: Outcome | None


async def undo_ended(undoing: Undoing, database: Database, account: Account) -> Undone:
    """Shows what would go back, asks, and brings it back.

    Raises:
        UsageError: there is nothing to bring back.
        Held: another rollout of the set has not ended.
        Declined: the answer was no.
    """
    state = _undoable(account)
    face = face_for(undoing.console)
    with Presence(database) as presence:
        async with open_azure(undoing.connection, face.paused) as azure:
            fleet, way = await _look(azure, state)
            if way.is_done(fleet.scale_set):
                raise UsageError(f"{account.id} left nothing to bring back: {_stays(way) or 'no instance is changed'}")
            _print(way, fleet, undoing.console)
            if not undoing.yes:
                ask(undoing.console)
            undoing.console.print()
            starter = Starter(azure=azure, presence=presence, endpoint=queue_name(undoing.connection), face=face)
            by, path = who(), fleet.scale_set.id.path
            image = str(way.legs[-1].image if way.legs else way.model)
            wanted = Wanted(scale_set=path, image=image, started_by=by, undoes=account.id)
            rolled = await starter.begin(wanted, lambda claimed: _order(state, claimed, by), detach=not undoing.wait)
    ledger = Ledger(database)
    assert rolled.rollout is not None, "who claims has an id"
    return Undone(account=Account(ledger, ledger.rollout(rolled.rollout.id)), outcome=rolled.outcome)


def _undoable(account: Account) -> State:
    """The state of a rollout that has changed something.

    Raises:
        UsageError: it has not.
    """
    state = account.state
    if state is None or not state.touched:
        raise UsageError(f"{account.id} has upgraded no instance: there is nothing to bring back")
    if state.order.way_back is not None:
        raise UsageError(
            f"{account.id} is itself an undo, of {state.order.way_back.rollout}; to go forward again: rollset upgrade"
        )
    if state.result is not None and state.result.ending is Ending.UNDONE:
        raise UsageError(f"{account.id} has brought back what it changed already")
    return state


async def _look(azure: Azure, state: State) -> tuple[Fleet, Undo]:
    known = state.order.fleet.scale_set
    scale_set = await azure.scale_set(known.id, known.paths)
    fleet = Fleet(scale_set=scale_set, instances=await azure.instances(scale_set))
    return fleet, legs(state.order.fleet, state.touched, fleet, state.order.job.model)


def _print(way: Undo, fleet: Fleet, console: Console) -> None:
    console.print(Text(facts(fleet.scale_set), style="bold"))
    for leg in way.legs:
        console.print(f"back to {leg.image}: {spoken_ids(leg.instances)}", soft_wrap=True)
    if way.model is not None:
        console.print(f"the model: back to {Says(image=way.model, change=way.change)}", soft_wrap=True)
    if way.lost:
        console.print(f"stays: {' and '.join(way.lost)}, which nobody can bring back: write it by hand", soft_wrap=True)
    if left := _stays(way):
        console.print(left, soft_wrap=True)
    console.print()
    count = sum(len(leg.instances) for leg in way.legs)
    console.print(Text(f"{plural(count, 'instance')} to bring back", style="bold"))


def _stays(way: Undo) -> str:
    """Those that stay as they are, under the reason."""
    reasons = together((one.instance, one.why) for one in way.left)
    return "; ".join(f"{spoken_ids(sorted(ids, key=natural))} stays: {why}" for why, ids in reasons.items())


def _order(state: State, claimed: Claim, by: str) -> Order:
    former = state.order
    return Order(
        id=claimed.id,
        by=by,
        begun_at=claimed.begun_at,
        fleet=former.fleet,
        job=former.job,
        switch_policy=former.switch_policy,
        way_back=WayBack(rollout=former.id, touched=tuple(sorted(state.touched, key=natural))),
    )
