"""Undoes a rollout that has ended, with a rollout of its own: what it touched goes back, and the model too."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from rollset.cli.asking import ask
from rollset.cli.beginning import Starter, queue_name
from rollset.cli.face import face_for
from rollset.cli.office import Office, Undoing, Undone
from rollset.cli.session import open_azure
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence, who
from rollset.faces.account import Account
from rollset.faces.undoing import find_way_home
from rollset.faces.words import facts, plural


async def undo_ended(undoing: Undoing, office: Office, database: Database, account: Account) -> Undone:
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
            show_way(facts(way.fleet.scale_set), way.lines(), way.count, undoing)
            endpoint = queue_name(undoing.connection)
            starter = Starter(azure=azure, presence=presence, endpoint=endpoint, face=face, office=office)
            rolled = await starter.begin(way.wanted(who()), way.order, detach=not undoing.wait)
    assert rolled.rollout is not None, "who claims has an id"
    return Undone(account=await office.account(rolled.rollout.id), outcome=rolled.outcome)


def show_way(scale_set: str, lines: Iterable[str], count: int, undoing: Undoing) -> None:
    """Tells who would go back to what, and asks unless nobody wants to be asked.

    Raises:
        UnsafeError: there is no terminal to ask on.
        Declined: the answer was no.
    """
    console = undoing.console
    console.print(Text(scale_set, style="bold"))
    for line in lines:
        console.print(line, soft_wrap=True)
    console.print()
    console.print(Text(f"{plural(count, 'instance')} to bring back", style="bold"))
    if not undoing.yes:
        ask(console)
    console.print()
