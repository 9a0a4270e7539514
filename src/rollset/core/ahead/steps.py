"""The way ahead in steps: what `decide` would do from here on if every upgrade took equally long.

In the batch pace these are exactly the batches; in the window pace, the order of leaving and how many are out at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rollset.core.checkpoints import Threshold
from rollset.core.fleet import Instance
from rollset.core.ids import InstanceId
from rollset.core.pace import Batches
from rollset.core.situation import Situation
from rollset.core.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Instances that may leave together; `domain` is `None` where Azure names none, or where they are of several."""

    domain: str | None
    instances: tuple[InstanceId, ...]
    why: str
    canary: bool = False
    serving: bool = True
    """Whether they are in service until then, and so take from the budget."""
    then: Threshold | None = None
    """The checkpoint that is reached with these."""


def places(situation: Situation, *, serving: bool) -> int:
    """How many may be out at once because of this run: who is out already has the whole budget.

    Who serves shares it with whoever is out and stays so; the plan reads as if one could go all the same.
    """
    if situation.job.surge is not None:
        return situation.job.surge.add.of(situation.budget.total)
    return situation.budget.allowed - (len(situation.stuck) + situation.missing if serving else 0)


def steps(situation: Situation, ahead: Collection[Threshold]) -> Iterator[Step]:
    """All steps for those that are candidates now; none goes beyond a threshold that lies `ahead`."""
    style, budget = situation.job.pace.style, situation.budget
    going, done, canaries_left = situation.going, situation.done, situation.canaries_left
    by_instances = {threshold.instances: threshold for threshold in ahead}
    for stands, group in _alike(situation):
        waiting, serving = group, stands is Standing.PENDING
        while waiting:
            limit = max(1, places(situation, serving=serving))
            if isinstance(style, Batches):
                limit = min(limit, style.size_after(done, budget.total))
            limit = min(limit, canaries_left) if canaries_left else limit
            limit = min([limit, *(one - going for one in by_instances if one > going)])
            together, waiting = waiting[:limit], waiting[limit:]
            going, done = going + len(together), done + len(together)
            then = by_instances.get(going)
            yield Step(
                domain=_common_domain(situation, together),
                instances=tuple(one.id for one in together),
                why=_why(situation, together, canary=bool(canaries_left), stands=stands, then=then),
                canary=bool(canaries_left),
                serving=serving,
                then=then,
            )
            canaries_left = max(0, canaries_left - len(together))


def _alike(situation: Situation) -> Iterator[tuple[Standing, list[Instance]]]:
    """Candidates in the order of going, with where they stand; those of one kind and domain together.

    Of those that are replaced, as many are left out as new ones are there for.
    """
    pace, replaced = situation.job.pace, situation.job.surge is not None
    line = groupby(
        situation.candidates[max(0, situation.surplus) :],
        key=lambda one: (
            None if pace.across_domains or replaced else pace.line.domain(one),
            situation.standings[one.id],
        ),
    )
    for (_, stands), group in line:
        yield stands, list(group)


def _common_domain(situation: Situation, together: Sequence[Instance]) -> str | None:
    domains = {situation.job.pace.line.domain(one) for one in together}
    return domains.pop() if len(domains) == 1 else None


def _why(
    situation: Situation, together: Sequence[Instance], *, canary: bool, stands: Standing, then: Threshold | None
) -> str:
    words = ["canary: alone, until it is on the image and healthy"] if canary else []
    match stands:
        case Standing.FIRST:
            words.append("out of service already, so first and free of charge")
        case Standing.LAST:
            words.append("stopped: after all others, and left so")
    if situation.job.surge is not None:
        words.append(f"replaced by {len(together)} new")
    words = words or [f"{len(together)} within the budget"]
    return "; ".join([*words, f"then {then}"] if then else words)
