"""Emulated time: where it comes from and how long it takes the client.

Emulated time is UNIX time as the emulated Azure sees it. It is only ever asked for, never slept on, so any object
with a `now()` serves as a clock: the running emulator scales the real one, tests drive one by hand or by a virtual
event loop.
"""

import math
import time
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Tells the emulated time."""

    def now(self) -> float:
        """Emulated seconds since 1970; never goes back."""
        ...


@runtime_checkable
class ScalingClock(Protocol):
    """A clock whose emulated seconds do not take the client a second each."""

    def real_seconds(self, emulated: float) -> float:
        """How long `emulated` seconds take on the client's own clock."""
        ...


class ScaledClock:
    """Starts at the real time, or where it is told to, and runs `scale` times as fast."""

    __slots__ = ("_monotonic_start", "_start", "scale")

    def __init__(self, scale: float = 1.0, start: float | None = None) -> None:
        self.scale = scale
        self._start = time.time() if start is None else start
        self._monotonic_start = time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._monotonic_start) * self.scale

    def real_seconds(self, emulated: float) -> float:
        return emulated / self.scale


def real_seconds(clock: Clock, emulated: float) -> float:
    """How long `emulated` seconds take the client."""
    return clock.real_seconds(emulated) if isinstance(clock, ScalingClock) else emulated


def retry_after(clock: Clock, emulated: float) -> str:
    """`Retry-After` for a pause of `emulated` seconds: whole seconds of the client, at least one.

    Microsoft's Python client, for one, raises `ValueError` on a fraction, and takes 0 as "no value": it then waits 30
    s.
    """
    return str(max(1, math.ceil(real_seconds(clock, emulated))))
