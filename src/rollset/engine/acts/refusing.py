"""What an answer that is no success means for an act: nobody knows, not now, look again, or no."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rollset.arm.errors import (
    ArmError,
    ChangedMeanwhile,
    Conflict,
    NoSuchCall,
    NotFound,
    NotSignedIn,
    Refused,
    Throttled,
)
from rollset.core.fleet import AzureError
from rollset.engine.acts.facts import Refusal

TRIES_MAX = 8
"""What answers cost in all before Azure is not asked any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """Azure has certainly not begun, and may be asked again after so many seconds; `cost` is of `TRIES_MAX`."""

    seconds: float
    cost: int


_ANSWERS: tuple[tuple[type[ArmError], NotNow | None], ...] = (
    (NoSuchCall, None),
    (Throttled, NotNow(seconds=10.0, cost=1)),
    (NotSignedIn, NotNow(seconds=10.0, cost=1)),
    (ChangedMeanwhile, NotNow(seconds=0.0, cost=1)),
    # Busy with something else, perhaps. An operator waits for the answer, so it is not tried for long.
    (Conflict, NotNow(seconds=5.0, cost=3)),
    # Of several ids one may have gone meanwhile, and then Azure refuses them all.
    (Refused, NotNow(seconds=0.0, cost=4)),
    (NotFound, NotNow(seconds=0.0, cost=4)),
)
"""The first that fits."""


def not_now(error: ArmError) -> NotNow | None:
    """Whether the same may be asked again, on a fresh look; none where the answer is a no."""
    if isinstance(error, Conflict) and error.lasts:
        return None
    wait = next((one for kind, one in _ANSWERS if isinstance(error, kind)), None)
    return None if wait is None else replace(wait, seconds=max(wait.seconds, error.retry_after or 0.0))


def refusal_of(error: ArmError) -> Refusal:
    """Azure's no, in its words."""
    said = AzureError(code=error.code or type(error).__name__, message=error.azure_message)
    return Refusal(words=str(error), error=said, request_id=error.request_id)
