"""Every wait and bound of the durable engine. Tests shorten them; nobody else should have to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """With these, a rollout whose machine dies goes on elsewhere within 30 s: 15 to be sure, then 3 + 3 + 3 + 1."""

    ping_seconds: float = 5.0
    """Between two signs of life on the session that holds this process's lock."""
    lost_seconds: float = 15.0
    """After so long without a sign of life PostgreSQL ends the session, and with it the lock."""
    check_seconds_max: float = 5.0
    """Whoever is not told in this time that a rollout is still his does not act on it: his view has grown old."""
    judge_seconds: float = 3.0
    """Between two looks for rollouts whose process has died."""
    free_seconds: float = 3.0
    """A lock in PostgreSQL must have been free for so long before its owner counts as dead."""
    grace_seconds: float = 20.0
    """After a restart of PostgreSQL, or after having lost it, nobody is called dead for so long: all come back."""
    stray_seconds: float = 30.0
    """What DBOS has given to this process and did not begin to run for so long is put back into its queue."""
    signals_seconds: float = 1.0
    """Between two looks for new signals, and two writes of how rollouts stand: one for all rollouts of a process."""
    queue_seconds: float = 1.0
    """Between two looks for new work."""
    patience_seconds: float = 120.0
    """How long a running rollout waits for its database to come back; a command does not wait at all."""
    leave_seconds_max: float = 20.0
    """How long a worker that was told to end may take to hand its rollouts back."""
    rollouts_max: int = 1000
    """How many rollouts one worker takes at the same time."""
    acts_max: int = 100
    """The same of acts."""

    def __post_init__(self) -> None:
        assert 2 * self.ping_seconds <= self.lost_seconds, (
            "a living process misses one sign of life, and keeps its lock"
        )


DEFAULT = Timing()
