"""Real processes: workers are killed at random instants, thirty on each database, and every promise holds all the same.

`make survive KILLS=300` kills more of them.
"""

import os

import pytest

from tests.survival.kills import kill_often
from tests.survival.scene import QUICK, a_scene

KILLS = int(os.environ.get("ROLLSET_KILLS", "30"))
KILLS_EACH = 10
SEEDS = range(-(-KILLS // KILLS_EACH))


@pytest.mark.parametrize("seed", SEEDS)
def test_however_often_its_worker_is_killed_a_rollout_keeps_every_promise(state, tmp_path, seed):
    with a_scene(tmp_path, state, seed=seed, sets=4, timing=QUICK) as scene:
        kill_often(scene, kills=KILLS_EACH, seed=seed)
