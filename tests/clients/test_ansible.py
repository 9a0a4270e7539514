"""Ansible's azure.azcollection, which knows no other address than Azure's own: the emulator is its proxy."""

import json
from pathlib import Path

from tests.clients.installed import FOLDER, needs_large, run
from tests.clients.running import NEW, OLD

BIN = FOLDER / "ansible" / "bin"
PLAYBOOK = Path(__file__).parent / "ansible" / "playbook.yml"

pytestmark = needs_large("ansible", "bin/ansible-playbook")


def test_a_playbook_changes_the_image_and_upgrades_two_instances(azure, tmp_path):
    saw = tmp_path / "saw.json"
    said = {"image_version": NEW, "saw": str(saw), "ansible_python_interpreter": str(BIN / "python")}
    env = {**azure.env("ansible"), "ANSIBLE_LOCALHOST_WARNING": "false", "LC_ALL": "C.UTF-8"}
    model = azure.get()
    run([BIN / "ansible-playbook", PLAYBOOK, "--extra-vars", json.dumps(said)], env, tmp_path)
    read = json.loads(saw.read_text("utf-8"))
    (before,) = read["before"]
    assert (before["id"], before["image"]["version"], before["capacity"]) == (model["id"], OLD, azure.capacity)
    assert read["changed"] is True
    assert {one["instance_id"] for one in read["instances"] if one["latest_model"]} == {"0", "5"}
    assert azure.version == NEW
    assert azure.capacity == 20
    assert azure.running_version(NEW) == azure.latest() == {"0", "5"}
