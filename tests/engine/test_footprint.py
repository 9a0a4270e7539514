"""Looks write nothing: what a rollout keeps grows with what happens to it, not with how often it looks."""

import asyncio

from rollset.core.ahead.forecast import Tempo
from rollset.engine.rollout import Rollout
from tests.engine.stage import NEW, TWO, a_stage


async def rolled(looks_seconds: float) -> tuple[int, int, int]:
    """Looks, entries and bytes of the same rollout."""
    async with a_stage(capacity=4) as stage:
        plan = await stage.plan(max_unavailable=TWO, bake_seconds=120.0)
        tempo = Tempo(seconds_min=looks_seconds, seconds_max=looks_seconds)
        rollout = Rollout(stage.azure.client, plan, lambda _: None, tempo)
        await rollout.run()
        assert stage.counts == {NEW: 4}
        kept = rollout.journal.kept
        return stage.azure.client.requests, len(kept), sum(map(len, kept))


async def test_ten_times_the_looks_make_no_larger_journal():
    looks, entries, size = await rolled(60.0)
    more_looks, same_entries, same_size = await rolled(6.0)
    assert more_looks > 5 * looks
    assert same_entries <= entries * 1.1
    assert same_size <= size * 1.1


async def test_a_long_bake_adds_no_more_than_a_short_one():
    assert await held(4 * 3600.0) == await held(1800.0)


async def held(seconds: float) -> int:
    """Entries of a rollout that bakes for so long at its end."""
    async with a_stage(capacity=3) as stage:
        plan = await stage.plan(bake_end_seconds=seconds)
        rollout = Rollout(stage.azure.client, plan, lambda _: None)
        async with asyncio.timeout(seconds * 2 + 24 * 3600.0):
            await rollout.run()
        return len(rollout.journal.kept)
