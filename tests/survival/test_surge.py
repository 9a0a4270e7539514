"""Real processes: a surge is half done when its worker is killed, and is taken back by workers that are killed as well."""

import json

from rollset.engine.durable.place import SqliteState
from tests.support.patience import until
from tests.survival.emulation import CAPACITY, OLD
from tests.survival.scene import QUICK, ROLLOUT_SECONDS_MAX, a_scene, ready, upgrade

UNDONE = 1
"""The exit status of a rollout that was taken back."""


def deletions(scene, rollout):
    """How many deletions Azure has taken, as far as is kept."""
    return sum('"is":"Retired"' in entry.text for entry in scene.ledger.entries(rollout))


def test_a_half_done_surge_is_taken_back_whoever_is_killed_meanwhile(tmp_path):
    with a_scene(tmp_path, SqliteState(directory=tmp_path / "state"), seed=3, timing=QUICK) as scene:
        worker = scene.worker()
        ready(worker)
        told = scene.shell.run(*upgrade("web0"), "--surge", "2", "--detach", "-o", "json")
        rollout = json.loads(told)["rollout"]
        until(lambda: deletions(scene, rollout) >= 2, "the first deletions")
        worker.kill()
        waiting = scene.shell.start("wait", rollout)
        scene.shell.run("undo", rollout, "--no-wait")
        for number in (3, 4):
            worker = scene.worker()
            until(lambda least=number: deletions(scene, rollout) >= least, "a deletion on the way back")
            worker.kill()
        scene.worker()
        assert waiting.ended(ROLLOUT_SECONDS_MAX) == UNDONE, waiting.err.read_text() + waiting.out.read_text()
        instances = scene.emulation.account("web0")["instances"]
        model = scene.emulation.model("web0")
        assert [one["image"] for one in instances] == [OLD] * CAPACITY
        assert model["sku"]["capacity"] == CAPACITY, "nothing is added or deleted twice"
        assert model["properties"]["upgradePolicy"]["mode"] == "Automatic", "the mode is put back"
        made = [one for fact in scene.shell.facts(rollout) if fact["event"] == "appeared" for one in fact["instances"]]
        assert len(made) == len(set(made))
