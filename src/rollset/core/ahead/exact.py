"""A plan in numbers, before anything has happened: how long, how many requests, and what the way back would go to."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.ahead.charges import Charge, charges
from rollset.core.ahead.estimate import Estimate, estimate
from rollset.core.plan import Plan
from rollset.core.undo import Reference, reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """`lasts` is `None` where others hold the whole budget, so that nobody can tell."""

    lasts: Estimate | None
    charges: tuple[Charge, ...]
    back: Reference


def exact(plan: Plan, now: float) -> Exact:
    """The numbers of the plan, if it begins `now`. None of its upgrades is measured: what one takes is guessed."""
    lasts = estimate(plan.situation, now)
    return Exact(
        lasts=lasts,
        charges=charges(plan, 0.0 if lasts is None else lasts.p50),
        back=reference(plan.fleet, frozenset(plan.upgrades)),
    )
