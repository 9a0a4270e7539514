"""Whole rollouts with everything drawn from one seed: the fleet, the pace, Azure's moods, other people, and Ctrl-C.

After each, by the emulator's own account: the budget was kept and nobody was upgraded twice (`Stage.check_safety`), what
is protected was left alone, a rollout that says "done" is, and a policy that was switched is back. A seed that fails is
in the test's name; more of them: `ROLLSET_SEEDS=0:1000 .venv/bin/python -m pytest tests/engine/test_luck.py`.
"""

import asyncio
import os
from random import Random

import pytest

from rollset.core.amount import Amount
from rollset.core.errors import RollsetError
from rollset.core.order import Order
from rollset.core.pace import Batches, Window
from rollset.engine.events import Ending
from tests.engine.stage import NEW, OLD, a_stage

FIRST, _, AFTER_LAST = os.environ.get("ROLLSET_SEEDS", "0:8").partition(":")
SEEDS = range(int(FIRST), int(AFTER_LAST))

ODD_ONES = (
    (0.03, {"protected": True}),
    (0.05, {"power": "deallocated"}),
    (0.08, {"health": "unhealthy"}),
    (0.12, {"image_version": NEW}),
)


def drawn_instances(luck, capacity):
    """Most are as usual; a few are protected, parked, sick or done already."""
    drawn = {}
    for number in range(capacity):
        chance = luck.random()
        odd = next((state for share, state in ODD_ONES if chance < share), None)
        if odd is not None:
            drawn[str(number)] = odd
    return drawn


def drawn_fault(luck, capacity):
    """One thing that goes wrong."""
    one = {"set": "rg/web", "instances": [str(luck.randrange(capacity))]}
    sets = "virtualMachineScaleSets"
    return luck.choice(
        [
            {
                "kind": "http",
                "status": luck.choice([408, 429, 500, 502, 503, 504]),
                "times": luck.randint(1, 12),
                "skip": luck.randint(0, 60),
                "retry_after": luck.choice([None, 5, 60]),
            },
            {
                "kind": "lost-reply",
                "method": luck.choice(["GET", "PATCH", "POST"]),
                "path_contains": sets,
                "times": luck.randint(1, 4),
                "skip": luck.randint(0, 20),
            },
            {"kind": "expire-operations", "which": "new"},
            {"kind": "upgrade-fails", "times": 1, **one},
            {"kind": "boots-unhealthy", **one},
            {"kind": "hangs", **one},
        ]
    )


def drawn_pace(luck):
    batches = Batches(size=Amount(number=luck.randint(1, 10)), pause_seconds=luck.choice([0.0, 60.0]))
    return {
        "max_unavailable": luck.choice(
            [Amount(number=10, percent=True), Amount(number=luck.randint(1, 6)), Amount(number=50, percent=True)]
        ),
        "style": luck.choice([Window(), Window(), batches]),
        "canary": luck.randint(1, 3),
        "across_domains": luck.random() < 0.3,
        "order": luck.choice(list(Order)),
    }


async def others_meddle(luck, stage, capacity):
    """Instances fall sick and recover for reasons of their own."""
    while True:
        await asyncio.sleep(luck.expovariate(1 / 900))
        kind = luck.choice(["unhealthy-now", "recover", "recover"])
        await stage.azure.fault(kind=kind, set="rg/web", instances=[str(luck.randrange(capacity))])


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_happens_the_promises_hold(seed):
    luck = Random(seed)
    capacity = luck.choice([3, 5, 10, 20, 37, 120])
    instances = drawn_instances(luck, capacity)
    health = luck.choice(["load-balancer", "extension", "none"])
    mode = "Manual" if health == "none" else luck.choice(["Manual", "Manual", "Automatic", "Rolling"])
    members = {"instances": instances, "upgrade_policy": mode, "health": health}
    async with a_stage(capacity=capacity, seed=seed, single_placement_group=capacity <= 100, **members) as stage:
        for _ in range(luck.randint(0, 3)):
            fault = drawn_fault(luck, capacity)
            await stage.azure.fault(**{name: value for name, value in fault.items() if value is not None})
        meddling = asyncio.create_task(others_meddle(luck, stage, capacity)) if luck.random() < 0.3 else None
        interrupt_after = luck.uniform(0.0, 3000.0) if luck.random() < 0.3 else None
        try:
            outcome = await roll_with_luck(stage, drawn_pace(luck), interrupt_after)
        except RollsetError:
            # Azure was out of reach before anything began: then nothing has.
            assert stage.asked_at == []
            return
        finally:
            if meddling is not None:
                meddling.cancel()
        check_promises(stage, outcome, mode, instances)


async def roll_with_luck(stage, pace, interrupt_after):
    plan = await stage.plan(switch_policy=True, **pace)
    running = asyncio.create_task(stage.run(plan))
    if interrupt_after is not None:
        await asyncio.wait([running], timeout=interrupt_after)
        running.cancel()
    return await running


def check_promises(stage, outcome, mode, instances):
    assert all(stage.images[one] == OLD for one, state in instances.items() if state.get("protected"))
    if outcome.ending is Ending.DONE:
        skipped = {one.instance for one in outcome.plan.skipped}
        assert {one for one, version in stage.images.items() if version == OLD} <= skipped
    if not any("could not be put back" in remark for remark in outcome.remarks):
        assert stage.scale_set.mode == mode
