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
    return situation.budget.allowed - (len(situation.stuck) + situation.missing if serving else 0)


def steps(situation: Situation, ahead: Collection[Threshold]) -> Iterator[Step]:
    """All steps for those that are candidates now; none goes beyond a threshold that lies `ahead`."""
    pace, going, canaries_left = situation.job.pace, situation.going, situation.canaries_left
    batch = pace.style.size.of(situation.budget.total) if isinstance(pace.style, Batches) else situation.budget.allowed
    by_instances = {threshold.instances: threshold for threshold in ahead}
    for serving, group in _alike(situation):
        waiting, size = group, min(batch, max(1, places(situation, serving=serving)))
        while waiting:
            limit = min(size, canaries_left) if canaries_left else size
            limit = min([limit, *(one - going for one in by_instances if one > going)])
            together, waiting = waiting[:limit], waiting[limit:]
            going += len(together)
            then = by_instances.get(going)
            yield Step(
                domain=_common_domain(situation, together),
                instances=tuple(one.id for one in together),
                why=_why(together, canary=bool(canaries_left), serving=serving, then=then),
                canary=bool(canaries_left),
                serving=serving,
                then=then,
            )
            canaries_left = max(0, canaries_left - len(together))


def _alike(situation: Situation) -> Iterator[tuple[bool, list[Instance]]]:
    """Candidates in the order of going, with whether they serve; those of one kind and domain together."""
    pace = situation.job.pace
    line = groupby(
        situation.candidates,
        key=lambda one: (
            None if pace.across_domains else pace.order.domain(one),
            situation.standings[one.id] is Standing.PENDING,
        ),
    )
    for (_, serving), group in line:
        yield serving, list(group)


def _common_domain(situation: Situation, together: Sequence[Instance]) -> str | None:
    domains = {situation.job.pace.order.domain(one) for one in together}
    return domains.pop() if len(domains) == 1 else None


def _why(together: Sequence[Instance], *, canary: bool, serving: bool, then: Threshold | None) -> str:
    words = ["canary: alone, until it is on the image and healthy"] if canary else []
    if not serving:
        words.append("out of service already, so first and free of charge")
    words = words or [f"{len(together)} within the budget"]
    return "; ".join([*words, f"then {then}"] if then else words)
