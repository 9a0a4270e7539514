"""Real processes: `rollset upgrade` in the foreground is killed, and the same command goes on."""

import random

from rollset.engine.durable.place import SqliteState
from tests.survival.scene import QUICK, ROLLOUT_SECONDS_MAX, a_scene, upgrade

KILLS = 5
LIFE_SECONDS_MAX = 3.0


def test_the_same_command_continues_a_rollout_whose_process_was_killed(tmp_path):
    chance = random.Random(7)
    with a_scene(tmp_path, SqliteState(directory=tmp_path / "state"), seed=7, timing=QUICK) as scene:
        killed = 0
        for number in range(1, KILLS + 1):
            command = scene.shell.start(*upgrade("web0"))
            scene.until_answered(number)
            if command.ended(chance.uniform(0.0, LIFE_SECONDS_MAX)) is not None:
                break
            command.kill()
            killed += 1
        last = scene.shell.start(*upgrade("web0"))
        assert last.ended(ROLLOUT_SECONDS_MAX) == 0, last.err.read_text()
        assert killed >= 2, "a rollout takes longer than that"
        (row,) = scene.ledger.rollouts()
        scene.check(row.id)
