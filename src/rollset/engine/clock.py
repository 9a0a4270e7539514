"""The clock of a rollout: seconds since the epoch, which another process can go on with, and which never go back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def epoch_clock() -> Callable[[], float]:
    """The time of day now, and from here on what the running event loop counts: setting the clock moves nothing."""
    loop = asyncio.get_running_loop()
    began = time.time() - loop.time()
    return lambda: began + loop.time()
