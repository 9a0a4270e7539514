"""Hooks: what is called before and after a rollout, a batch and an instance. A batch is what one request asks for.

A hook that fails, or is late, parks its instances: they are never sent again in this run, and hold their places in the
budget, for nobody knows whether they serve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rollset.core.outside.calls import Call

DEADLINE_SECONDS = 300.0


class Moment(StrEnum):
    """When a hook is called."""

    BEFORE_ROLLOUT = "before-rollout"
    """Before anything is written."""
    BEFORE_BATCH = "before-batch"
    BEFORE_INSTANCE = "before-instance"
    """When the instance holds a place in the budget, before Azure is asked: for example to drain it."""
    AFTER_INSTANCE = "after-instance"
    """On the image, healthy, every gate passed; before its place is given to the next."""
    AFTER_BATCH = "after-batch"
    """When all instances of a batch are back."""
    AFTER_ROLLOUT = "after-rollout"
    """However it ended."""


BEFORE = (Moment.BEFORE_BATCH, Moment.BEFORE_INSTANCE)
"""Between the choice of instances and the request for them."""

AROUND = (*BEFORE, Moment.AFTER_INSTANCE)
"""While an instance holds its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One call; `name` is how it is told apart in words."""

    moment: Moment
    name: str
    call: Call
    deadline_seconds: float = DEADLINE_SECONDS


def hooks_at(hooks: Iterable[Hook], moment: Moment) -> tuple[Hook, ...]:
    """Those of one moment, in the order in which they were given: they are called one after another."""
    return tuple(one for one in hooks if one.moment is moment)
