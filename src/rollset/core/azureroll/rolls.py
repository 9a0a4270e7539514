"""Azure's own rolling upgrade, as `rollingUpgrades/latest` tells it, and what a rollout remembers of starting it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.fleet import AzureError


class RollState(StrEnum):
    """How the latest run stands."""

    NONE = "none"
    """There never was one, or it is forgotten."""
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAULTED = "faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The latest run. `began_at` is in seconds since the epoch, by Azure's clock; the counts are Azure's own."""

    state: RollState = RollState.NONE
    began_at: float | None = None
    in_progress: int = 0
    pending: int = 0
    error: AzureError | None = None

    @property
    def running(self) -> bool:
        return self.state is RollState.RUNNING

    def __str__(self) -> str:
        if self.running:
            return f"Azure's rolling upgrade has {self.in_progress} in progress and {self.pending} pending"
        return f"Azure's rolling upgrade is {self.state}" + (f" ({self.error})" if self.error else "")


NO_ROLL = Roll()


@dataclass(frozen=True, slots=True, kw_only=True)
class RollStart:
    """The last time when this rollout told Azure to begin, counted from 1.

    `last_began_at` is when the run before it had begun, by Azure's clock.
    """

    at: float
    number: int
    policy: RollingPolicy
    last_began_at: float | None = None
    answered: bool = False
    refused: bool = False
    """Whether Azure said no, so that nothing has begun because of it."""
    broke_off: bool = False
    """Whether the run ended between the intent and the request, as far as anybody knows: Azure had no chance."""
    begun: bool = False
    """Whether Azure said yes; where its answer is lost, neither is known."""
