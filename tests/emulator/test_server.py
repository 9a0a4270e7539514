"""The emulator on real sockets: listeners, certificate, lost connections, the command and how it ends."""

import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rollset.emulator.errors import EmulatorError
from rollset.emulator.server import EmulatorServer
from tests.cli.driver import run

WAIT_SECONDS = 240


def read(url, context=None, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context, timeout=10) as answer:
        return json.loads(answer.read())


def test_both_listeners_share_one_world_and_the_certificate_is_good():
    with EmulatorServer(time_scale=60) as ready:
        context = ssl.create_default_context(cafile=ready.ca_file)
        port = ready.https.rpartition(":")[2]
        assert read(f"{ready.http}/emulator")["sets"] == ["/emulator/sets/myrg/myvmss"]
        for host in ("127.0.0.1", "localhost"):
            assert read(f"https://{host}:{port}/emulator", context)["sets"] == ["/emulator/sets/myrg/myvmss"]
        assert Path(ready.ca_file).parent.stat().st_mode & stat.S_IRWXO == 0
        roots = Path(ready.env["REQUESTS_CA_BUNDLE"]).read_text()
        assert Path(ready.ca_file).read_text().strip() in roots
        assert roots.count("BEGIN CERTIFICATE") > 50
        assert read(f"{ready.http}/metadata/endpoints?api-version=2022-09-01")["resourceManager"] == ready.https
    assert not Path(ready.ca_file).parent.exists()


def test_http_alone():
    with EmulatorServer(https_port=None) as ready:
        assert (ready.https, ready.ca_file) == (None, None)
        assert "REQUESTS_CA_BUNDLE" not in ready.env
        assert read(f"{ready.http}/emulator/health")["status"] == "ok"


def test_it_listens_on_loopback_only():
    with EmulatorServer(https_port=None) as ready:
        port = int(ready.http.rpartition(":")[2])
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
        # On Linux all of 127.0.0.0/8 is this machine: who listened everywhere would answer at 127.0.0.2.
        for address in ("127.0.0.2", *(one for one in others if not one.startswith("127."))):
            with pytest.raises(OSError), socket.create_connection((address, port), timeout=1):
                pass


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorError, match=f"port {port} on 127.0.0.1 is in use"), EmulatorServer(http_port=port):
            pass


def test_it_can_be_started_again_on_the_same_ports():
    with EmulatorServer() as ready:
        ports = [int(url.rpartition(":")[2]) for url in (ready.http, ready.https)]
        read(f"{ready.http}/emulator/health")
    with EmulatorServer(http_port=ports[0], https_port=ports[1]) as again:
        assert (again.http, again.https) == (ready.http, ready.https)


def test_a_lost_reply_closes_the_connection_without_a_byte():
    with EmulatorServer(https_port=None) as ready:
        token = read(f"{ready.http}/msi/token")["access_token"]
        fault = json.dumps({"kind": "lost-reply", "path_contains": "locations"}).encode()
        urllib.request.urlopen(f"{ready.http}/emulator/faults", data=fault, timeout=10).close()
        path = f"/subscriptions/{ready.subscription_id}/locations?api-version=2022-12-01"
        connection = http.client.HTTPConnection(ready.http.removeprefix("http://"), timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()
        assert len(read(f"{ready.http}{path}", Authorization=f"Bearer {token}")["value"]) > 3


def test_many_at_once_leave_a_whole_world():
    with EmulatorServer(https_port=None, time_scale=60, throttle=False) as ready:
        token = read(f"{ready.http}/msi/token")["access_token"]
        path = (
            f"{ready.http}/subscriptions/{ready.subscription_id}/resourceGroups/myrg/providers/Microsoft.Compute"
            "/virtualMachineScaleSets/myvmss?api-version=2024-07-01"
        )

        def patch(number):
            body = json.dumps({"tags": {"writer": str(number)}}).encode()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            request = urllib.request.Request(path, data=body, headers=headers, method="PATCH")
            with urllib.request.urlopen(request, timeout=10) as answer:
                written = json.loads(answer.read())
            return written["tags"]["writer"] == str(number), int(written["etag"].strip('"'))

        with ThreadPoolExecutor(8) as pool:
            written = list(pool.map(patch, range(40)))
        assert all(own for own, _ in written)
        assert sorted(etag for _, etag in written) == list(range(2, 42))


def command(*arguments):
    program = "from rollset.cli.emulator import emulator; emulator()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_command_is_ready_serves_and_ends_cleanly(tmp_path, number, status):
    ready_file = tmp_path / "ready.json"
    running = command("--port", "0", "--time-scale", "60", "--ready-file", str(ready_file))
    try:
        first = running.stderr.readline()
        ready = json.loads(ready_file.read_text())
        assert ready["http"] in first
        assert set(ready) == {"http", "https", "ca_file", "tenant_id", "subscription_id", "env"}
        assert ready["env"]["ROLLSET_ENDPOINT"] == ready["http"]
        assert read(f"{ready['http']}/emulator/health")["status"] == "ok"
        running.send_signal(number)
        out, err = running.communicate(timeout=WAIT_SECONDS)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, out) == (status, "")
    assert "Traceback" not in err
    assert not ready_file.exists()
    assert not Path(ready["ca_file"]).parent.exists()


def refused(*arguments):
    running = command(*arguments)
    out, err = running.communicate(timeout=WAIT_SECONDS)
    assert out == ""
    assert "Traceback" not in err
    return running.returncode, err


def test_the_command_refuses_a_bad_fleet_in_one_sentence(tmp_path):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("scale_sets: [{resource_group: g, name: n, capacity: x}]")
    status, said = refused("--fleet", str(fleet))
    assert status == 2
    assert said.strip() == f"rollset emulator: {fleet}: scale_sets[0].capacity: expected a whole number, got 'x'"


def test_the_command_names_the_file_also_where_only_the_fleet_as_a_whole_is_wrong(tmp_path):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("scale_sets: [{resource_group: g, name: a/b}]")
    status, said = refused("--fleet", str(fleet))
    assert status == 2
    assert said.startswith(f"rollset emulator: {fleet}: scale_sets[0].name: expected ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--time-scale", "nan"), ("--time-scale", "inf"), ("--time-scale", "-nan"), ("--ready-file", ""), ("--fleet", "")],
)
def test_the_command_refuses_values_that_mean_nothing(option, value):
    # By way of `rollset`: click keeps what a command's help option was called when it was first run.
    ran = run("emulator", "--port", "0", option, value)
    assert ran.status == 2
    assert f"Invalid value for '{option}'" in ran.err


def test_the_command_refuses_a_missing_fleet_and_a_taken_port(tmp_path):
    assert refused("--fleet", str(tmp_path / "none"))[0] == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, said = refused("--port", str(taken.getsockname()[1]))
    assert status == 1
    assert "is in use" in said


def test_a_ready_file_that_cannot_be_written(tmp_path):
    status, said = refused("--port", "0", "--ready-file", str(tmp_path / "none" / "ready.json"))
    assert status == 1
    assert "cannot be written" in said
