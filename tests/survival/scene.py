"""A scene for rollouts that have to survive: an emulated Azure, a state, and commands in processes to be killed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.place import SqliteState, State
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.timing import DEFAULT, Timing
from tests.support.patience import until
from tests.survival.commands import Running, Shell
from tests.survival.emulation import BUDGET, CAPACITY, GROUP, NEW, Emulation
from tests.survival.relay import Relay

ROLLOUT_SECONDS_MAX = 300.0
"""A rollout takes about ten; a busy machine may take many more."""

READY = "carries out"
"""A worker's log says so when it takes work."""

QUICK = Timing(
    ping_seconds=0.2,
    judge_seconds=0.1,
    free_seconds=0.3,
    grace_seconds=1.0,
    signals_seconds=0.1,
    queue_seconds=0.1,
)
"""A worker that was killed is replaced within a second instead of ten, so that many kills take little time."""


@dataclass
class Scene:
    """What one test has."""

    emulation: Emulation
    shell: Shell
    ledger: Ledger

    def order(self, name: str = "web0") -> str:
        """Leaves a rollout of the set to the workers; its id."""
        told = self.shell.run(*upgrade(name), "--detach", "-o", "json")
        return str(json.loads(told)["rollout"])

    def worker(self) -> Running:
        return self.shell.start("worker")

    def worker_behind(self, relay: Relay) -> Running:
        """A worker whose requests go through the relay; otherwise it is as all the others."""
        return self.shell.start("worker", queue=urlsplit(self.emulation.url).netloc, ROLLSET_ENDPOINT=relay.url)

    def kept(self, rollout: str) -> int:
        """How many entries its journal has."""
        return len(self.ledger.entries(rollout))

    def answered(self) -> int:
        """How many requests to upgrade were answered, as far as is kept."""
        kept = [entry.text for row in self.ledger.rollouts() for entry in self.ledger.entries(row.id)]
        return sum('"is":"Answered"' in text for text in kept)

    def until_answered(self, requests: int) -> None:
        until(lambda: self.answered() >= requests, f"the first {requests} requests to upgrade")

    def until_ended(self, rollout: str) -> None:
        """Waits for its end, which has to be a good one."""
        waiting = self.shell.start("wait", rollout)
        assert waiting.ended(ROLLOUT_SECONDS_MAX) == 0, waiting.err.read_text() + waiting.out.read_text()

    def check(self, rollout: str, name: str = "web0") -> None:
        """Every promise about a rollout that has ended well, whatever happened to those who carried it out."""
        account, model = self.emulation.account(name), self.emulation.model(name)
        instances = {one["id"]: one for one in account["instances"]}
        for one in instances.values():
            outcomes = [upgrade["outcome"] for upgrade in one["upgrades"]]
            assert outcomes == ["succeeded"], f"{one['id']} is upgraded once, not twice, and not forgotten"
        assert {one["image"] for one in instances.values()} == {NEW}
        assert len(instances) == CAPACITY
        assert account["most_out_at_once"] <= BUDGET
        assert model["properties"]["upgradePolicy"]["mode"] == "Automatic", "the mode is put back"
        facts = self.shell.facts(rollout)
        self._check_history(facts, set(instances))
        reached = self.emulation.asked()
        assert reached["set-patch"] == 3, "the policy, the image, and the policy again; each once"
        intents = [fact for fact in facts if fact["event"] == "asked"]
        assert reached["set-action"] <= len(intents), "no request without a note of it"
        self._check_one_rollout(rollout, name)

    def _check_history(self, facts: list[dict], instances: set[str]) -> None:
        assert {fact["instance"] for fact in facts if fact["event"] == "proven"} == instances
        asked = [one for fact in facts if fact["event"] == "asked" for one in fact["instances"]]
        taken_back = [one for fact in facts if fact["event"] == "withdrawn" for one in fact["instances"]]
        assert sorted(asked) == sorted([*instances, *taken_back]), "asked for again only where nothing had begun"
        entries = [fact["entry"] for fact in facts]
        assert entries == sorted(entries)
        assert [fact["event"] for fact in facts].count("closed") == 1

    def _check_one_rollout(self, rollout: str, name: str) -> None:
        known = json.loads(self.shell.run("rollouts", "--all", "-o", "json"))["rollouts"]
        mine = [one["id"] for one in known if one["scale_set"].lower().endswith(f"/{name}")]
        assert mine == [rollout]


def upgrade(name: str) -> tuple[str, ...]:
    """The command that rolls a set onto the new image."""
    pace = ("--max-unavailable", str(BUDGET), "--switch-policy")
    return ("upgrade", f"{GROUP}/{name}", "--image-version", NEW, *pace, "--yes")


@contextmanager
def a_scene(
    directory: Path, state: State, *, seed: int, sets: int = 1, timing: Timing = DEFAULT, policy: str = "Automatic"
) -> Iterator[Scene]:
    emulation = Emulation(directory, seed=seed, sets=sets, policy=policy)
    shell = Shell(directory, {**emulation.environ, **_environ(state)}, timing)
    try:
        with open_database(state, timing) as database:
            yield Scene(emulation=emulation, shell=shell, ledger=Ledger(database))
    finally:
        shell.close()
        emulation.close()


def ready(*workers: Running) -> None:
    """Waits until they take work."""
    for worker in workers:
        until(lambda log=worker.err: READY in log.read_text(), "a worker's start")


def _environ(state: State) -> dict[str, str]:
    if isinstance(state, SqliteState):
        return {"ROLLSET_STATE": str(state.directory), "ROLLSET_DATABASE_URL": ""}
    return {"ROLLSET_DATABASE_URL": state.url}
