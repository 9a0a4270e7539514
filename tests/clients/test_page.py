"""What docs/emulator.md tells users of each client works in a shell as it stands there."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.clients.installed import FOLDER, ROOT, needs, needs_large, run
from tests.clients.running import NEW

PAGE = (ROOT / "docs" / "emulator.md").read_text("utf-8")
FENCED = re.compile(r"```bash\n(eval \"\$\(rollset emulator env --for (\w+)\)\"\n.*?)```", re.DOTALL)
BLOCKS = {client: block for block, client in FENCED.findall(PAGE)}
OURS = Path(sys.executable).parent


@pytest.fixture
def shell(azure, tmp_path):
    """Runs a client's block where its programs and `rollset` are on the PATH; answers what it printed."""

    def run_block(client: str, folder: Path = tmp_path) -> str:
        path = os.pathsep.join([str(FOLDER / client / "bin"), str(OURS), os.environ["PATH"]])
        env = {"PATH": path, "LC_ALL": "C.UTF-8", "ROLLSET_ENDPOINT": azure.ready.http}
        return run(["bash", "-euo", "pipefail", "-c", BLOCKS[client]], env, folder)

    return run_block


def test_python(shell):
    assert shell("python") == "['myvmss']\n"


@needs("azurerm", "bin/python")
def test_azurerm(shell):
    assert shell("azurerm") == "['myvmss']\n"


@needs_large("node", "node_modules/@azure/arm-compute/package.json")
def test_node(shell):
    assert shell("node", FOLDER / "node") == "myvmss\n"


@needs_large("ansible", "bin/ansible")
def test_ansible(azure, shell):
    assert f'"id": "{azure.get()["id"]}"' in shell("ansible")


@needs_large("az", "bin/az")
def test_az(azure, shell):
    shell("az")
    assert azure.version == NEW
    assert azure.running_version(NEW) == {"0", "5"}
