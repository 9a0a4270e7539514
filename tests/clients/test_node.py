"""@azure/arm-compute with @azure/identity, as a service principal, in one process of Node."""

import json
from pathlib import Path

from tests.clients.installed import FOLDER, needs_large, run
from tests.clients.running import NEW, OLD

WALK = Path(__file__).parent / "node" / "walk.mjs"
CLIENT = FOLDER / "node"

pytestmark = needs_large("node", "node_modules/@azure/arm-compute/package.json")


def test_list_change_upgrade_and_read_back(azure):
    # A module that is given as text finds its imports from the current folder.
    command = ["node", "--input-type=module", "--eval", WALK.read_text("utf-8")]
    saw = json.loads(run(command, {**azure.env("node"), "IMAGE_VERSION": NEW}, CLIENT))
    assert saw["listed"] == ["myvmss"]
    assert (saw["before"], saw["written"], saw["state"]) == (OLD, NEW, "Succeeded")
    assert saw["latest"] == ["0", "5"]
    assert saw["domains"] == [0, 1, 2, 3, 4]
    assert saw["view"] == "ProvisioningState/succeeded"
    assert saw["rolling"] == [404, "NotFound"]
    assert saw["missing"] == [404, "ResourceNotFound"]
    assert azure.version == NEW
    assert azure.running_version(NEW) == azure.latest() == {"0", "5", "20"}, "and the instance that was added"
    assert saw["listed"] == azure.sets()
    assert (azure.capacity, azure.power("9")) == (21, "PowerState/deallocated")
