"""The way back of a rollout that has ended: what would go back to what, and the rollout that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.errors import UsageError
from rollset.core.fleet import Fleet
from rollset.core.ids import natural, together
from rollset.core.model.change import Says
from rollset.core.selection import spoken_ids
from rollset.core.undo import Undo, legs
from rollset.engine.durable.claims import Claim, Wanted
from rollset.engine.events import Ending
from rollset.engine.order import Order, WayBack
from rollset.engine.state import State
from rollset.faces.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class WayHome:
    """What was found: the rollout to undo as it ended, the set as it is now, and who would go back to what."""

    state: State
    fleet: Fleet
    undo: Undo

    @property
    def count(self) -> int:
        """How many instances would go back."""
        return sum(len(leg.instances) for leg in self.undo.legs)

    def lines(self) -> Iterator[str]:
        """A line for each image that instances go back to, the model, and those that stay."""
        for leg in self.undo.legs:
            yield f"back to {leg.image}: {spoken_ids(leg.instances)}"
        if self.undo.model is not None:
            yield f"the model: back to {Says(image=self.undo.model, change=self.undo.change)}"
        if self.undo.lost:
            yield f"stays: {' and '.join(self.undo.lost)}, which nobody can bring back: write it by hand"
        if left := stays(self.undo):
            yield left

    def wanted(self, by: str) -> Wanted:
        """The claim on the set."""
        image = str(self.undo.legs[-1].image if self.undo.legs else self.undo.model)
        path = self.fleet.scale_set.id.path
        return Wanted(scale_set=path, image=image, started_by=by, undoes=self.state.order.id)

    def order(self, claimed: Claim) -> Order:
        """What is to be carried out for that claim."""
        former = self.state.order
        return Order(
            id=claimed.id,
            by=claimed.wanted.started_by,
            begun_at=claimed.begun_at,
            fleet=former.fleet,
            job=former.job,
            switch_policy=former.switch_policy,
            way_back=WayBack(rollout=former.id, touched=tuple(sorted(self.state.touched, key=natural))),
        )


async def find_way_home(azure: Azure, account: Account) -> WayHome:
    """Looks at the set, and finds who of a rollout that has ended would go back to what.

    Raises:
        UsageError: there is nothing to bring back.
    """
    state = _undoable(account)
    known = state.order.fleet.scale_set
    scale_set = await azure.scale_set(known.id, known.paths)
    fleet = Fleet(scale_set=scale_set, instances=await azure.instances(scale_set))
    undo = legs(state.order.fleet, state.touched, fleet, state.order.job.model)
    if undo.is_done(scale_set):
        raise UsageError(f"{account.id} left nothing to bring back: {stays(undo) or 'no instance is changed'}")
    return WayHome(state=state, fleet=fleet, undo=undo)


def stays(undo: Undo) -> str:
    """Those that stay as they are, under the reason."""
    reasons = together((one.instance, one.why) for one in undo.left)
    return "; ".join(
        f"{spoken_ids(sorted(ids, key=natural))} {'stays' if len(ids) == 1 else 'stay'}: {why}"
        for why, ids in reasons.items()
    )


def _undoable(account: Account) -> State:
    """The state of a rollout that has changed something.

    Raises:
        UsageError: it has not.
    """
    state = account.state
    if state is None or not state.touched:
        raise UsageError(f"{account.id} has upgraded no instance: there is nothing to bring back")
    if state.order.way_back is not None:
        rest = "" if account.row.ending == Ending.UNDONE else f"to go on with that: {account.named.undo_command}; "
        raise UsageError(
            f"{account.id} is itself an undo, of {state.order.way_back.rollout}; {rest}to go forward again: "
            "rollset upgrade"
        )
    if state.result is not None and state.result.ending is Ending.UNDONE:
        raise UsageError(f"{account.id} has brought back what it changed already")
    return state
