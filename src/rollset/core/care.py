"""What a rollout does with instances that somebody has set aside: protected ones, and stopped ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Protected(StrEnum):
    """What becomes of an outdated instance with `protectFromScaleSetActions`."""

    SKIP = "skip"
    """Left on its image, and listed."""
    WAIT = "wait"
    """When all others are done, wait until somebody lifts the protection; after a deadline the rollout fails."""
    FORCE = "force"
    """Lift the protection for the time of its upgrade, and put it back."""


class Stopped(StrEnum):
    """What becomes of an outdated instance that is stopped or deallocated."""

    SKIP = "skip"
    """Left on its image, and listed."""
    UPGRADE = "upgrade"
    """Upgraded after all others, and left stopped. Nobody can tell yet whether it will boot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """`protected_seconds` is how long is waited for protections to be lifted, from when nothing else is left to do."""

    protected: Protected = Protected.SKIP
    protected_seconds: float = 3600.0
    stopped: Stopped = Stopped.SKIP
