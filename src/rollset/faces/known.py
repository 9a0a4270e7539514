"""Which rollout is meant: by its id, the beginning of one, or the scale set whose latest it is."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.faults import NoSuchRollout
from rollset.engine.durable.ledger import Ledger, RolloutRow, Which
from rollset.engine.durable.place import SqliteState, State

NEWEST_MAX = 1000
"""So many rollouts are listed by commands."""

SHOWN_MAX = 3

SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
"""Where sets of several subscriptions have the same name, that of this variable is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A rollout, and the place where commands find it."""

    id: str
    place: State

    def command(self, verb: str) -> str:
        """What to type to have that done with it."""
        return self.place.command(f"{verb} {self.id}")


def worker_command(state: State) -> str:
    """What starts a worker for this state, also where another environment names another one."""
    return (replace(state, flagged=True) if isinstance(state, SqliteState) else state).command("worker")


def find_rollout(ledger: Ledger, named: str) -> RolloutRow:
    """The rollout that is meant.

    Raises:
        NoSuchRollout: there is none, or more than one.
    """
    if "/" in named:
        return _latest(ledger, ScaleSetAddress.parse(named))
    try:
        return ledger.rollout(named)
    except NoSuchRollout as error:
        if newest := ledger.rollouts(SHOWN_MAX):
            error.add_note(f"the newest: {', '.join(one.id for one in newest)}")
        raise


def _latest(ledger: Ledger, address: ScaleSetAddress) -> RolloutRow:
    of_name = ledger.rollouts(NEWEST_MAX, Which(path_end=address.path_end))
    here = os.environ.get(SUBSCRIPTION, "").lower()
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
    address = ScaleSetAddress.parse(row.scale_set)
    return f"{address.resource_group}/{address.name}"


def _subscription(row: RolloutRow) -> str:
    return (ScaleSetAddress.parse(row.scale_set).subscription or "").lower()
