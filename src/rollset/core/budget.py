"""How many instances may leave service at this moment. The safety argument of every rollout fits on this screen.

Everything that is out counts, whoever took it out: being upgraded, unhealthy, stopped, still starting, or missing from
the capacity that the set should have. An upgraded instance that still bakes serves, and holds its place all the same.

    out  = total - in_service                  (of a sick fleet that the rollout repairs: - those sick before it)
    free = allowed - out - baking              (never below nothing; the last one that serves is kept)
    in flight (ours, baking ones included) never exceeds allowed, even where what goes was out of service already and
    so costs nothing.

    total  in_service  allowed   out   baking   free
       20          20        2     0        0      2    a healthy set of 20 at 10%
       20          18        2     2        0      0    two are being upgraded: wait
       20          19        2     1        0      1    one is down for a reason of its own: one may join it
       20          19        2     1        1      0    one is down, and one upgraded a moment ago still bakes
       20          15        2     5        0      0    sicker than allowed: no healthy one may go, a sick one may
        3           3        1     0        0      1    10% of 3, rounded down, but never below one
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The sum for one set at one moment, all in instances."""

    total: int
    in_service: int
    allowed: int
    in_flight: int
    baking: int = 0
    excused: int = 0
    """Out since before the rollout, which is meant to repair them."""
    failed: int = 0
    """Of those in flight, how many have failed in this rollout: they hold their places, and nobody waits for them."""
    kept: int = 0
    """How many must serve whatever is allowed: a set that shrinks does not lose its last one to a budget of one."""

    @property
    def out(self) -> int:
        """How many are out of service for any reason that counts; a surge may put more in service than have to be."""
        return max(0, self.total - self.in_service - self.excused)

    @property
    def free(self) -> int:
        """How many that serve now may be taken out."""
        return max(0, min(self.allowed - self.out - self.baking, self.room, self.in_service - self.kept))

    @property
    def room(self) -> int:
        """How many may be sent off at all; those out of service already need nothing more than this."""
        return max(0, self.allowed - self.in_flight)

    def __str__(self) -> str:
        words = f"{self.in_service} of {self.total} in service, at most {self.allowed} out"
        words += f", {self.in_flight - self.failed} in flight"
        words += f", {self.baking} of them baking" if self.baking else ""
        words += f", {self.failed} failed" if self.failed else ""
        return words + (f", {self.excused} sick since before and not counted" if self.excused else "")
