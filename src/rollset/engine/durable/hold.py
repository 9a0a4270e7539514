"""How a process is known to live: it holds a lock that its end lets go of, however it ends. There are no heartbeats.

A process that died holds nothing. One that is frozen, cut off, or on a machine that died loses a lock in PostgreSQL
after `Timing.lost_seconds`. A file's lock it keeps as long as its machine knows it; there is no other machine then.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Hold(Protocol):
    """The lock of this process under its id, and what can be told of the locks of others."""

    @property
    def executor(self) -> str:
        """The id of this process."""
        ...

    def take(self) -> None:
        """Takes the lock, and keeps it as far as that is possible.

        Raises:
            StateError: the place for locks cannot be used.
        """
        ...

    def let_go(self) -> None: ...

    @property
    def holds(self) -> bool:
        """Whether the lock was held when that was last known."""
        ...

    def owns(self, rollout: str, token: str) -> bool:
        """Whether at this moment this process holds its lock *and* runs that rollout under that token.

        The token is DBOS's: each time a workflow begins to run somewhere it gets a new one. So a process that lost its
        lock and has it again may go on with what nobody has taken over meanwhile: while the lock was lost the token
        would have changed, and while it is held nobody takes anything over.
        """
        ...

    def is_dead(self, executor: str) -> bool:
        """Whether nobody holds the lock of that process, nor is about to take it again. In doubt, no."""
        ...

    def instead_of(self, executor: str) -> AbstractContextManager[bool]:
        """Holds the lock of a dead process for a moment, so that nobody else buries it and it cannot come back.

        Gives whether that succeeded.
        """
        ...
