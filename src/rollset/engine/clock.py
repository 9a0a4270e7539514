"""The clock of a rollout: seconds since the epoch, which another process can go on with, and which never go back.

It follows the time of day ahead, for a machine that was suspended must not take an open window for granted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def epoch_clock() -> Callable[[], float]:
    """The time of day; where that goes back, what the running event loop has counted since."""
    loop = asyncio.get_running_loop()
    began = time.time() - loop.time()

    def now() -> float:
        nonlocal began
        began = max(began, time.time() - loop.time())
        return began + loop.time()

    return now
