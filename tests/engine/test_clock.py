"""Unit: the clock of a rollout, where the time of day jumps."""

import asyncio

from rollset.engine import clock


async def test_it_follows_the_time_of_day_ahead_and_never_goes_back(monkeypatch):
    loop = asyncio.get_running_loop()
    day = {"ahead": 1_000_000.0}
    monkeypatch.setattr(clock.time, "time", lambda: day["ahead"] + loop.time())
    now = clock.epoch_clock()
    began = now()
    await asyncio.sleep(60.0)
    assert now() == began + 60.0
    day["ahead"] += 7200.0  # The machine was suspended.
    assert now() == began + 7260.0
    day["ahead"] -= 3600.0  # Somebody set the clock back.
    await asyncio.sleep(60.0)
    assert now() == began + 7320.0
