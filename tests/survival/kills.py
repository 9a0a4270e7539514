"""Rollouts whose worker is killed again and again, at instants drawn from a seed."""

import random

from tests.survival.scene import Scene, ready

KILL_SECONDS_MAX = 1.5
"""So long may a worker live once it is ready: some die before they have begun, some in the middle of a batch."""

EARLY = 0.2
"""So many of them die while they still start."""

SETS_MAX = 4
"""No campaign on one emulator needs more rollouts."""


def kill_often(scene: Scene, *, kills: int, seed: int) -> None:
    """Rolls set after set until so many workers were killed in the middle; each rollout has to keep every promise."""
    chance = random.Random(seed)
    done = 0
    for number in range(SETS_MAX):
        scene.emulation.forget_requests()
        name = f"web{number}"
        rollout = scene.order(name)
        waiting = scene.shell.start("wait", rollout)
        while done < kills:
            worker = scene.worker()
            if chance.random() > EARLY:
                ready(worker)
            if waiting.ended(chance.uniform(0.0, KILL_SECONDS_MAX)) is not None:
                worker.kill()
                break
            worker.kill()
            done += 1
        if waiting.process.exitcode is None:
            worker = scene.worker()
            scene.until_ended(rollout)
            worker.kill()
        scene.check(rollout, name)
        if done >= kills:
            return
    raise AssertionError(f"{done} of {kills} kills in {SETS_MAX} rollouts")
