"""Undoes a rollout that has ended, with a rollout of its own: what it touched goes back, and the model too."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from rollset.cli.asking import ask
from rollset.cli.beginning import Starter, queue_name
from rollset.cli.face import face_for
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure
from rollset.engine.durable.database import Database
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Presence, who
from rollset.engine.events import Outcome
from rollset.faces.account import Account
from rollset.faces.undoing import WayHome, find_way_home
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
    face = face_for(undoing.console)
    with Presence(database) as presence:
        async with open_azure(undoing.connection, face.paused) as azure:
            way = await find_way_home(azure, account)
            _print(way, undoing.console)
            if not undoing.yes:
                ask(undoing.console)
            undoing.console.print()
            starter = Starter(azure=azure, presence=presence, endpoint=queue_name(undoing.connection), face=face)
            rolled = await starter.begin(way.wanted(who()), way.order, detach=not undoing.wait)
    ledger = Ledger(database)
    assert rolled.rollout is not None, "who claims has an id"
    return Undone(account=Account(ledger, ledger.rollout(rolled.rollout.id)), outcome=rolled.outcome)


def _print(way: WayHome, console: Console) -> None:
    console.print(Text(facts(way.fleet.scale_set), style="bold"))
    for line in way.lines():
        console.print(line, soft_wrap=True)
    console.print()
    console.print(Text(f"{plural(way.count, 'instance')} to bring back", style="bold"))
