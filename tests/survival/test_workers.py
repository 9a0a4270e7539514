"""Real processes on a real PostgreSQL: workers that die for good, a server that restarts, and a zombie that comes back.

Nothing is shortened here: the waits are those that users get.
"""

import time
from dataclasses import replace

from rollset.engine.durable.timing import DEFAULT
from tests.support.patience import until
from tests.survival.relay import Relay
from tests.survival.scene import a_scene, ready

TAKEN_OVER_SECONDS_MAX = 150.0
"""Thirty by its settings (see below); a machine that gives the tests no time to run may need longer."""
DOWN_SECONDS = 3.0


def test_by_its_settings_a_dead_worker_is_missed_for_less_than_half_a_minute():
    """Silent death of a machine: the session is given up, judged, and seen to be free; then the queue is looked at."""
    waits = (DEFAULT.lost_seconds, DEFAULT.judge_seconds, DEFAULT.free_seconds, DEFAULT.judge_seconds)
    assert sum(waits) + DEFAULT.queue_seconds < 30.0


def test_of_two_workers_one_dies_for_good_and_the_other_goes_on_within_half_a_minute(on_postgres, tmp_path):
    with a_scene(tmp_path, on_postgres, seed=1) as scene:
        first = scene.worker()
        ready(first)
        rollout = scene.order()
        scene.until_answered(2)
        second = scene.worker()
        ready(second)
        first.kill()
        had = scene.kept(rollout)
        until(lambda: scene.kept(rollout) > had, "to be taken over", TAKEN_OVER_SECONDS_MAX)
        scene.until_ended(rollout)
        scene.check(rollout)


def test_a_restart_of_postgresql_in_the_middle_breaks_no_promise(postgres, on_postgres, tmp_path):
    with a_scene(tmp_path, on_postgres, seed=2) as scene:
        ready(scene.worker(), scene.worker())
        rollout = scene.order()
        scene.until_answered(2)
        postgres.stop()
        time.sleep(DOWN_SECONDS)
        postgres.start()
        scene.until_ended(rollout)
        scene.check(rollout)


def test_a_worker_that_was_frozen_does_nothing_more_when_it_wakes(on_postgres, tmp_path):
    """It freezes in the moment in which its request is on the way: the intent is noted, the answer is not."""
    timing = replace(
        DEFAULT,
        ping_seconds=1.0,
        lost_seconds=4.0,
        grace_seconds=5.0,
        free_seconds=1.0,
        judge_seconds=1.0,
        check_seconds_max=3.0,
    )
    with a_scene(tmp_path, on_postgres, seed=3, timing=timing) as scene:
        rollout = scene.order()
        relay = Relay(scene.emulation.url, on_ask=lambda count: zombie.freeze() if count == 2 else None)
        zombie = scene.worker_behind(relay)
        until(lambda: relay.asks == 2, "the second request")
        had = scene.kept(rollout)
        scene.worker()
        until(lambda: scene.kept(rollout) > had, "to be taken over")
        zombie.wake()
        scene.until_ended(rollout)
        scene.check(rollout)
        assert relay.asks == 2, "the zombie asks for nothing more"
        assert zombie.process.is_alive()
        relay.close()
