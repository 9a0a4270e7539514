"""How many failed instances a rollout puts up with, and how often it tries one again with the same image.

An instance that has failed keeps its place in the budget, for it serves nobody; the canary is never put up with, for
nothing is known to work yet.

    max_failures  chosen  failed   canary proven      what follows
    -                 20       1   yes                on_failure
    2                 20       2   yes                the rest goes on
    2                 20       3   yes                on_failure
    2                 20       1   no                 on_failure
    5%                19       1   yes                on_failure: 5% of 19, rounded down, is none
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.amount import Amount


class OnFailure(StrEnum):
    """What follows when more have failed than a rollout puts up with, after what is in flight has ended."""

    STOP = "stop"
    UNDO = "undo"
    """Bring back what this run changed."""
    CONTINUE = "continue"
    """Put up with any number: go on with the rest, as far as the budget reaches, and fail at the end."""


NOT_ONE = Amount(number=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """`max_failures` failed instances, of those chosen, do not end the rollout.

    Each is tried `retries` times again before it counts as failed.
    """

    max_failures: Amount = NOT_ONE
    retries: int = 0

    def failures_max(self, chosen: int) -> int:
        """In instances: a percentage is rounded down, perhaps to none."""
        return self.max_failures.at_most(chosen)
