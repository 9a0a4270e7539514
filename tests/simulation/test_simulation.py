"""Whole rollouts in which everything is drawn from a seed: Azure's moods, others, operators, and crashes at any point.

A seed that fails is in the test's name: `make simulate SEEDS=17:18` plays it again, alone.
"""

import os

import pytest

from tests.simulation.play import play

FIRST, _, AFTER_LAST = os.environ.get("ROLLSET_SEEDS", "0:60").partition(":")
SEEDS = range(int(FIRST), int(AFTER_LAST))


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_happens_the_promises_hold(seed):
    report = await play(seed)
    assert report.objections == []
