"""Which rollout is meant: by its id, the beginning of one, or the scale set whose latest it is."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from typing import Protocol

from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.faults import NoSuchRollout
from rollset.engine.durable.ledger import Ledger, RolloutRow, Which
from rollset.engine.durable.place import SqliteState

NEWEST_MAX = 1000
"""So many rollouts are listed by commands."""

SHOWN_MAX = 3

SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
"""Where sets of several subscriptions have the same name, that of this variable is meant."""


class Place(Protocol):
    """Where rollouts are kept; in words, what people call it."""

    def command(self, words: str) -> str:
        """What to type to have `rollset WORDS` find it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlace:
    """A dashboard that answers for its rollouts. `flagged` is whether `--server` named it, and not the environment."""

    url: str
    flagged: bool = False

    def command(self, words: str) -> str:
        return f"rollset {words} --server {shlex.quote(self.url)}" if self.flagged else f"rollset {words}"

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A rollout, and the place where commands find it; `undoes` is the one that it brings back, if it does."""

    id: str
    place: Place
    undoes: str | None = None

    def command(self, verb: str) -> str:
        """What to type to have that done with it."""
        return self.place.command(f"{verb} {self.id}")

    @property
    def undo_command(self) -> str:
        """What brings back what it changed, or goes on with that."""
        return self.place.command(f"undo {self.undoes or self.id}")


def worker_command(place: Place) -> str:
    """What starts a worker for this place, also where another environment names another one."""
    match place:
        case SqliteState():
            return replace(place, flagged=True).command("worker")
        case ServerPlace():
            return f"rollset worker (with the state of {place}, not from here)"
        case _:
            return place.command("worker")


def find_rollout(ledger: Ledger, named: str, subscription: str | None = None) -> RolloutRow:
    """The rollout that is meant; of sets with the same name that in `subscription`, or in that of the environment.

    Raises:
        NoSuchRollout: there is none, or more than one.
    """
    if "/" in named:
        here = os.environ.get(SUBSCRIPTION, "") if subscription is None else subscription
        return _latest(ledger, ScaleSetAddress.parse(named), here.lower())
    try:
        return ledger.rollout(named)
    except NoSuchRollout as error:
        if newest := ledger.rollouts(SHOWN_MAX):
            error.add_note(f"the newest: {', '.join(one.id for one in newest)}")
        raise


def _latest(ledger: Ledger, address: ScaleSetAddress, here: str) -> RolloutRow:
    of_name = ledger.rollouts(NEWEST_MAX, Which(path_end=address.path_end))
    of_name = [row for row in of_name if _subscription(row) == here] or of_name
    if len({_subscription(row) for row in of_name}) > 1:
        raise NoSuchRollout(
            f"sets of several subscriptions are named {address.resource_group}/{address.name}; write "
            f"SUBSCRIPTION/RG/NAME, or the id of the rollout ({', '.join(row.id for row in of_name[:SHOWN_MAX])})"
        )
    if not of_name:
        sets = sorted({str(address_of(row)) for row in ledger.rollouts()})
        known = f"there are rollouts of {', '.join(sets[:SHOWN_MAX])}" if sets else "there are none at all"
        raise NoSuchRollout(f"no rollout of {address.resource_group}/{address.name} is known here: {known}")
    return of_name[0]


def address_of(row: RolloutRow) -> str:
    """`RG/NAME` of the set that it rolls."""
    return short_address(row.scale_set)


def short_address(path: str) -> str:
    """`RG/NAME` of the set with that ARM path."""
    address = ScaleSetAddress.parse(path)
    return f"{address.resource_group}/{address.name}"


def _subscription(row: RolloutRow) -> str:
    return (ScaleSetAddress.parse(row.scale_set).subscription or "").lower()
