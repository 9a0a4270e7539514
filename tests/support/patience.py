"""Waiting, in real time, for what other processes do: how long it takes is up to the machine, so the bound is wide."""

import time
from collections.abc import Callable

SECONDS_MAX = 300.0
LOOK_SECONDS = 0.02


def until(true: Callable[[], object], what: str, seconds: float = SECONDS_MAX) -> None:
    """Looks again and again until it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds:.0f} s"
        time.sleep(LOOK_SECONDS)
