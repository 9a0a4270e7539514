"""Gates and hooks from the command line and from a file, against real servers, real programs and the emulator."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, OLD, URN, emulated, fault, images, run, writes

TO_NEW = ("myrg/web", "--image-version", NEW, "--yes")
ON_LOOPBACK = (
    f"scale_sets: [{{resource_group: myrg, name: web, capacity: 4, image: '{URN}:{OLD}', subnet: 127.7.0.0/24}}]"
)
"""Instance 0 is 127.7.0.4, and so on: this machine, under another address for each."""

APPEND = "import sys; open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + '\\n')"
FAST = ("successes: 2", "interval: 1s", "timeout: 30s")


@contextmanager
def guests(sick: set[str]) -> Iterator[int]:
    """Answers on every address of this machine as the instance would that has it; `sick` ones with 503."""

    class Guest(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = str(int(self.connection.getsockname()[0].rpartition(".")[2]) - 4)
            self.send_response(503 if number in sick or f"/{number}/" not in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("0.0.0.0", 0), Guest) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def a_file(tmp_path: Path, policy: str) -> str:
    path = tmp_path / "rollout.yaml"
    path.write_text(f"scale_set: myrg/web\nimage: {{version: {NEW}}}\npolicy:\n{policy}")
    return str(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_each_instance_is_probed_at_its_own_address_and_drained_by_a_real_program(tmp_path: Path):
    log = tmp_path / "log"
    with guests(set()) as port, emulated(ON_LOOPBACK) as ready:
        policy = (
            f"  gates: [{{http: 'http://{{ip}}:{port}/{{id}}/healthz', {', '.join(FAST)}}}]\n"
            "  hooks:\n"
            f"    - {{when: before-instance, command: [{sys.executable}, -c, {json.dumps(APPEND)}, {log}, drain, '{{id}}']}}\n"
            f"    - {{when: after-instance, command: [{sys.executable}, -c, {json.dumps(APPEND)}, {log}, undrain, '{{name}}']}}\n"
        )
        ran = run("upgrade", "-f", a_file(tmp_path, policy), "--yes", "-o", "json", ready=ready)
        assert ran.status == 0, ran.err
        assert set(images(ready).values()) == {NEW}
    lines = log.read_text().splitlines()
    assert lines == [f"{word} {name}" for n in range(4) for word, name in (("drain", n), ("undrain", f"web_{n}"))]
    assert "says yes to 0 and lets it through: HTTP 200" in ran.err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_one_whose_probe_says_no_stops_the_rollout_and_is_named(tmp_path: Path):
    with guests({"1"}) as port, emulated(ON_LOOPBACK) as ready:
        policy = (
            f"  health_deadline: 3s\n  gates: [{{name: web, http: 'http://{{ip}}:{port}/{{id}}/healthz', {FAST[1]}}}]\n"
        )
        ran = run("upgrade", "-f", a_file(tmp_path, policy), "--yes", "-o", "json", ready=ready)
        assert ran.status == 1
        assert list(images(ready).values()).count(NEW) == 2
    (failure,) = ran.document["failures"]
    assert failure["instance"] == "1"
    assert "gate web (GET http://{ip}:" in failure["message"]
    assert failure["message"].endswith("HTTP 503")


def test_the_emulators_own_guest_can_be_asked(small: Ready):
    gate = f"{small.http}/emulator/guests/myrg/web/{{id}}"
    ran = run("upgrade", *TO_NEW, "--instances", "0", "--gate", gate, "--gate", "azure:power", ready=small)
    assert ran.status == 0, ran.err
    assert images(small) == {"0": NEW, **dict.fromkeys("1234", OLD)}


def test_a_failing_hook_parks_its_instance_and_the_rest_goes_on(small: Ready):
    refusing = f"{sys.executable} -c \"import sys; sys.exit('no route' if sys.argv[1] == '2' else 0)\" {{id}}"
    ran = run("upgrade", *TO_NEW, "--max-unavailable", "2", "--hook", f"before-instance={refusing}", ready=small)
    assert ran.status == 1
    assert images(small) == {**dict.fromkeys("0134", NEW), "2": OLD}
    assert "exit status 1: no route" in ran.out
    assert "note: 2 parked, and perhaps out of service until somebody looks" in " ".join(ran.out.split())
    events = run("events", "myrg/web", "-o", "json", ready=small)
    parked = [json.loads(line) for line in events.out.splitlines() if '"parked"' in line]
    assert [one["instances"] for one in parked] == [["2"]]


def test_the_fault_of_an_instance_is_seen_by_a_gate_that_azure_does_not_ask(tmp_path: Path):
    """No health source judges it here; the gate does."""
    with emulated(
        f"scale_sets: [{{resource_group: myrg, name: web, capacity: 3, health: none, image: '{URN}:{OLD}'}}]"
    ) as ready:
        fault(ready, kind="boots-unhealthy", set="myrg/web", instances=["0"])
        gate = f"{{http: '{ready.http}/emulator/guests/myrg/web/{{id}}', successes: 1}}"
        policy = f"policy: {{health_deadline: 1s, gates: [{gate}]}}"
        path = tmp_path / "rollout.yaml"
        path.write_text(f"scale_set: myrg/web\nimage: {{version: {NEW}}}\n{policy}\n")
        ran = run("upgrade", "-f", str(path), "--yes", "-o", "json", ready=ready)
        assert ran.status == 1
        assert list(images(ready).values()).count(OLD) == 2
        assert [one["code"] for one in ran.document["failures"]] == ["HealthDeadline"]


def test_the_plan_names_gates_and_hooks_and_calls_nobody(small: Ready, tmp_path: Path):
    touch = tmp_path / "touched"
    hook = f"before-rollout={sys.executable} -c \"open('{touch}', 'w')\""
    ran = run("plan", *TO_NEW[:-1], "--gate", "tcp://{ip}:22", "--hook", hook, ready=small)
    words = " ".join(ran.out.split())
    assert "gate tcp://{ip}:22: an upgraded instance counts as healthy when it has said yes 2 times in a row" in words
    assert "hook before-rollout:" in words
    assert not touch.exists()
    assert writes(small) == []


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--gate", "{ip}:22"), "cannot read '{ip}:22' as a gate"),
        (("--gate", "tcp://{ip}"), "cannot read '{ip}' as a host and a port"),
        (("--gate", "azure:mood"), "'mood' is neither health nor power"),
        (("--gate", "command: './check.sh"), "a quote has no end"),
        (("--gate", "azure:health", "--gate", "azure:health"), "2 gates are called azure:health"),
        (("--hook", "before-instances=true"), "when is one of before-rollout, before-batch, before-instance"),
        (("--hook", "before-instance="), "a command needs at least one word"),
        (
            ("--hook", "before-instance=./drain.sh {nope}"),
            "{nope} is nothing that is known there; known are {fault_domain}, ",
        ),
        (
            ("--hook", "before-batch=./drain.sh {id}"),
            "{id} is nothing that is known there; known are {image}, {instances}, ",
        ),
        (("--gate", "http://{ip}:8080/{instances}"), "{instances} is nothing that is known there"),
        (("--hook", "before-instance=true", "--no-wait"), "gates and hooks cannot go with --no-wait"),
    ],
)
def test_what_cannot_be_asked_or_called_is_refused_before_anything_is_written(
    small: Ready, flags: tuple[str, ...], said: str
):
    ran = run("upgrade", *TO_NEW, *flags, ready=small)
    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert writes(small) == []
    assert "Traceback" not in ran.err
