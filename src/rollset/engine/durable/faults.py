"""What can go wrong with the state of rollouts.

RollsetError                 1
├── StateError               1  the state cannot be read or written
├── Elsewhere                1  a rollout that began here goes on in another process
├── UsageError               2
│   └── NoSuchRollout        2  no rollout, or more than one, has that id
└── UnsafeError              4
    ├── Held                 4  another rollout of the same scale set has not ended
    └── Busy                 4  an act, or a rollout, must not begin beside something that has not ended
"""

from __future__ import annotations

from enum import StrEnum

from rollset.core.errors import RollsetError, UnsafeError, UsageError


class StateError(RollsetError):
    """The database or directory with the state of rollouts does not do what it must."""


class Elsewhere(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A rollout that was followed here is carried on by another process."""


class NoSuchRollout(UsageError):  # noqa: N818 (reads as the fact it states)
    """An id, or the beginning of one, names no rollout, or several."""


class Holder(StrEnum):
    """What became of the process that holds a rollout."""

    ALIVE = "alive"
    DEAD = "dead"
    WAITED_FOR = "waited for"
    """No process has it: it lies in the queue of the workers."""


class Held(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """Another rollout of the scale set has not ended; `rollout` is its id."""

    def __init__(self, message: str, rollout: str, holder: Holder) -> None:
        super().__init__(message)
        self.rollout = rollout
        self.holder = holder

    def __reduce__(self) -> tuple[type[Held], tuple[str, str, Holder]]:
        return Held, (str(self), self.rollout, self.holder)


class Busy(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """Something of ours goes on on the scale set, and what was asked for must not begin beside it."""
