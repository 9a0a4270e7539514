"""What can go wrong, as one tree. Each class knows the exit status that the command line ends with.

RollsetError                 1  something failed
├── UsageError               2  wrong usage or bad input
│   ├── Misnamed             2  a name that is none of those there are
│   └── NotAllowedByAzure    2  a change that Azure refuses; found before anything is written
├── UnsafeError              4  refused as unsafe
└── arm.errors.ArmError      1  Azure answered with an error, or not at all (its own branch: see there)
"""

from __future__ import annotations

from typing import ClassVar


class RollsetError(Exception):
    """Any fault that rollset explains in one sentence: what was tried, on what, what came back, what to do."""

    exit_status: ClassVar[int] = 1


class UsageError(RollsetError):
    """The words of the command, or a value in them, cannot be used."""

    exit_status: ClassVar[int] = 2


class Misnamed(UsageError):  # noqa: N818 (reads as the fact it states)
    """A value names nothing that there is. `key` is where such values stand in a rollout file, or begins like that."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message, key)
        self.key = key

    def __str__(self) -> str:
        return str(self.args[0])


class NotAllowedByAzure(UsageError):  # noqa: N818 (reads as the fact it states)
    """Azure does not allow this change on an existing scale set."""


class UnsafeError(RollsetError):
    """It could be done, but not without risk to the service; the message names the ways out."""

    exit_status: ClassVar[int] = 4
