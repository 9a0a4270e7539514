"""The plans that were shown, so that exactly one of them can be begun, or what has moved since be told."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from rollset.core.ground import Ground
from rollset.core.plan import Plan
from rollset.engine.prepare import Wish
from rollset.faces.agreed import Agreed

KEPT_MAX = 200
"""So many are remembered, the newest; of others only the hash is known, which is enough to refuse what has moved."""

SHOWN = "this page"
"""What a plan is called where it is told that the world has moved since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What is begun if the plan is still the same: the wish with its exact image, and the plan that was agreed to."""

    wish: Wish
    agreed: Agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    asked: Wish
    agreement: Agreement


@dataclass(slots=True)
class ShownPlans:
    """Those of one server."""

    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)

    def keep(self, plan: Plan, wish: Wish) -> None:
        """The plan is shown now."""
        exact = replace(wish, change=plan.job.image)
        agreed = Agreed(hash=plan.hash, ground=Ground.of(plan.fleet, plan.job), name=SHOWN)
        self._kept[plan.hash] = _Kept(asked=wish, agreement=Agreement(wish=exact, agreed=agreed))
        self._kept.move_to_end(plan.hash)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def find(self, plan_hash: str, wish: Wish) -> Agreement:
        """What was agreed to with that hash, if it was for `wish`, which is what the file says.

        Of a plan that is not remembered, or was made for another file, the hash alone is known: nothing is begun that
        whoever begins it has not sent.
        """
        kept = self._kept.get(plan_hash)
        if kept is None or kept.asked != wish:
            return Agreement(wish=wish, agreed=Agreed(hash=plan_hash))
        return kept.agreement
