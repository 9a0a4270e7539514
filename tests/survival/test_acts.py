"""Real processes: the worker of many acts is killed in the moment in which one of their requests is on its way."""

import json
from collections import Counter

import pytest

from rollset.engine.durable.acts.ledger import ActLedger, ActState
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.ready import open_database
from tests.support.patience import until
from tests.survival.emulation import CAPACITY, GROUP, NEW
from tests.survival.relay import Relay
from tests.survival.scene import QUICK, a_scene

SOME = ("--instances", "0,1")
ACTS = {
    "web0": ("restart", *SOME),
    "web1": ("redeploy", *SOME),
    "web2": ("reimage", *SOME),
    "web3": ("power-off", *SOME),
    "web4": ("deallocate", *SOME),
    "web5": ("delete", *SOME),
    "web6": ("protect", *SOME),
    "web7": ("scale", "--to", str(CAPACITY + 2)),
    "web8": ("edit", "--vm-size", "Standard_D4s_v3"),
    "web9": ("upgrade", *SOME),
    "web10": ("start", *SOME),
}
HARMFUL = ("restart", "redeploy", "reimage")
ENDED_SECONDS_MAX = 200.0
WRITES = (b"POST", b"PUT", b"PATCH")


def is_write(line: bytes) -> bool:
    return line.startswith(WRITES) and b"/providers/Microsoft.Compute/" in line


@pytest.mark.parametrize("dies_at", [1, 6])
def test_whenever_their_worker_is_killed_acts_end_and_none_does_harm_twice(tmp_path, dies_at):
    state = SqliteState(directory=tmp_path / "state")
    with a_scene(tmp_path, state, seed=dies_at, sets=len(ACTS), timing=QUICK, policy="Manual") as scene:
        scene.shell.run("act", f"{GROUP}/web9", "edit", "--image-version", NEW, "--yes")
        scene.shell.run("act", f"{GROUP}/web10", "deallocate", *SOME, "--yes")
        names = {}
        for name, words in ACTS.items():
            told = scene.shell.run("act", f"{GROUP}/{name}", *words, "--yes", "--detach", "-o", "json")
            names[name] = json.loads(told)["id"]
        relay = Relay(scene.emulation.url, lambda count: first.kill() if count == dies_at else None, is_write)
        first = scene.worker_behind(relay)
        until(lambda: not first.process.is_alive(), "the worker's death")
        scene.worker_behind(relay)
        with open_database(state, QUICK) as database:
            ledger = ActLedger(database)

            def ended() -> bool:
                return all(ledger.act(one).state is ActState.ENDED for one in names.values())

            until(ended, "the end of all acts", ENDED_SECONDS_MAX)
            rows = {name: ledger.act(one) for name, one in names.items()}
        check(rows, Counter(line.split()[1].decode().partition("?")[0].lower() for line in relay.lines), scene)
        relay.close()


def check(rows, sent, scene) -> None:
    """What was sent is read on the wire, and what was done from the emulator's own account."""
    for name, (what, *_) in ACTS.items():
        row = rows[name]
        if what not in HARMFUL:
            assert row.ending == "done", f"{what}: {row.present}"
            continue
        times = sum(count for path, count in sent.items() if path.endswith(f"/{name}/{what}"))
        assert (row.ending, times) in {("done", 1), ("uncertain", 0)}, f"{what} was sent {times} times: {row.present}"
    power = {name: [one["power"] for one in scene.emulation.account(name)["instances"][:2]] for name in ACTS}
    assert (power["web3"], power["web4"], power["web10"]) == (["stopped"] * 2, ["deallocated"] * 2, ["running"] * 2)
    assert [one["id"] for one in scene.emulation.account("web5")["instances"]][:2] == ["2", "3"]
    assert len(scene.emulation.account("web7")["instances"]) == CAPACITY + 2
    assert scene.emulation.model("web8")["sku"]["name"] == "Standard_D4s_v3"
    images = [one["image"] for one in scene.emulation.account("web9")["instances"]]
    assert [image.endswith(NEW) for image in images] == [True] * 2 + [False] * (CAPACITY - 2)
