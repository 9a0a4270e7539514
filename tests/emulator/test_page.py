"""The page docs/emulator.md is true: its walk works, its example signs in, and it names every fault and every own path.

The example of a fleet file is in test_fleet.py.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rollset.emulator.api.routes import OWN_ROUTES
from rollset.emulator.faults import AnyFault
from rollset.emulator.graph.functions import AGGREGATES, SCALARS
from rollset.emulator.graph.query import OPERATORS
from rollset.emulator.server import EmulatorServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emulator.md").read_text("utf-8")
# The walk waits for emulated minutes; here a second has 6,000 of their seconds, so a shorter pause does.
QUICK = "set -euo pipefail\nsleep() { command sleep 0.05; }\n"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(*command, env):
    usual = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return subprocess.run(command, cwd=ROOT, env=usual | env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="the walk needs bash and curl")
def test_the_walk_with_curl_works_as_it_says():
    with EmulatorServer(time_scale=6000) as ready:
        ran = run("bash", "-c", QUICK + "".join(blocks("sh")), env=ready.env)
    assert (ran.returncode, ran.stderr) == (0, "")
    *visits, account = ran.stdout.strip().splitlines()[-7:]
    assert '"code":"ProvisioningState/failed/OSProvisioningTimedOut"' in ran.stdout
    assert {json.loads(one)["scale_set"] for one in visits} == {"web"}
    for counted in ('"out_now":1', '"most_out_at_once":2', '"served":6', '"failed":0'):
        assert counted in account
        assert counted in PAGE


def test_the_example_of_azure_identity_signs_in(tmp_path):
    [example] = [one for one in blocks("python") if "DefaultAzureCredential" in one]
    ready_file = tmp_path / "ready.json"
    with EmulatorServer() as ready:
        ready_file.write_text(json.dumps(ready.document()))
        ran = run(sys.executable, "-c", example.replace("/tmp/emulator.json", str(ready_file)), env={})
    assert (ran.returncode, ran.stdout) == (0, "['myvmss']\n"), ran.stderr


def test_every_example_of_a_fault_is_one(azure):
    examples = [json.loads(one) for one in re.findall(r"`(\{\"kind\".*?\})`", PAGE)]
    assert len(examples) >= 8
    assert [azure.post("/emulator/faults", one).status for one in examples] == [201] * len(examples)


def test_the_table_of_operations_is_that_of_the_routes():
    checked = run(sys.executable, "scripts/emulator_operations.py", "--check", env={})
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_page_names_what_resource_graph_knows():
    known = [name for name in (*OPERATORS, *SCALARS, *AGGREGATES) if name not in ("filter", "not")]
    assert [name for name in known if f"`{name}" not in PAGE] == []


def test_every_kind_of_fault_and_every_own_path_stands_on_the_page():
    kinds = [one.__struct_config__.tag for one in AnyFault.__args__]
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []
    paths = [
        route.template.replace("{group}/{name}", "RG/NAME").replace("{fault}", "ID").replace("{instance}", "ID")
        for route in OWN_ROUTES
    ]
    assert [path for path in paths if path not in PAGE] == []
