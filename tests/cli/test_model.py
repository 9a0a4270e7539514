"""VM size and other members of the model by flags and by files: what is planned, done, refused and printed."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from rollset.emulator.server import Ready
from rollset.faces.rolloutfile.faulty import FaultyFile
from rollset.faces.rolloutfile.reading import form_of
from tests.cli.driver import NEW, OLD, account, emulated, images, run, writes

SMALL, LARGE = "Standard_D2s_v3", "Standard_D4s_v3"
LICENCE = "virtualMachineProfile.licenseType"
SECRET = "aHVudGVyMg=="

FILE = f"""\
scale_set: myrg/web
image: {{version: {NEW}}}
model:
  vm_size: {LARGE}
  set:
    {LICENCE}: Windows_Server
    virtualMachineProfile.securityProfile:
      encryptionAtHost: true
    tags.release: 010
"""
FLAGS = (
    *("myrg/web", "--image-version", NEW, "--vm-size", LARGE, "--set", f"{LICENCE}=Windows_Server"),
    *("--set", 'properties.virtualMachineProfile.securityProfile={"encryptionAtHost": true}'),
    *("--set", "tags.release=010"),
)


def test_a_size_alone_is_rolled_and_brought_back(small: Ready, tmp_path: Path):
    place = ("--state", str(tmp_path / "state.db"))
    planned = run("plan", "myrg/web", "--vm-size", LARGE, "-o", "json", ready=small).document
    assert planned["changes"] == [{"path": "sku.name", "before": SMALL, "after": LARGE}]
    assert planned["upgrades"] == 5
    ran = run("upgrade", "myrg/web", "--vm-size", LARGE, "--yes", "-o", "json", *place, ready=small)
    assert ran.status == 0, ran.err
    assert ran.document["changes"] == planned["changes"]
    assert set(images(small).values()) == {OLD}
    assert run("show", "myrg/web", "-o", "json", ready=small).document["vm_size"] == LARGE
    assert account(small)["most_out_at_once"] == 1
    (listed,) = run("rollouts", "--all", "-o", "json", *place, ready=small).document["rollouts"]
    assert listed["changes"] == planned["changes"]
    assert f"sku.name {LARGE}" in " ".join(run("rollouts", "--all", *place, ready=small).out.split())
    told = run("events", "myrg/web", *place, ready=small)
    assert f"sku.name {SMALL} -> {LARGE}" in told.out
    undone = run("undo", "myrg/web", "--yes", *place, ready=small)
    assert f"sku.name {SMALL}" in undone.out + undone.err
    assert run("show", "myrg/web", "-o", "json", ready=small).document["vm_size"] == SMALL


def test_a_file_says_what_the_flags_say(small: Ready, tmp_path: Path):
    name = tmp_path / "rollout.yaml"
    name.write_text(FILE)
    by_flags = run("plan", *FLAGS, "-o", "json", ready=small)
    by_file = run("plan", "-f", str(name), "-o", "json", ready=small)
    assert by_file.status == by_flags.status == 0, by_file.err + by_flags.err
    assert by_file.document == by_flags.document
    assert by_file.document["changes"][0]["path"] == "sku.name"
    written = run("plan", *FLAGS, "-o", "yaml", ready=small)
    assert form_of("written", written.out).wish_flags.model.change() == form_of("f", FILE).wish_flags.model.change()


def test_a_flag_overrides_what_the_file_sets_at_the_same_path_and_leaves_the_rest(small: Ready, tmp_path: Path):
    name = tmp_path / "rollout.yaml"
    name.write_text(FILE)
    ran = run(
        "plan", "-f", str(name), "--vm-size", "Standard_D8s_v3", "--set", "tags.release=11", "-o", "json", ready=small
    )
    after = {one["path"]: one["after"] for one in ran.document["changes"]}
    assert (after["sku.name"], after["tags.release"], after[LICENCE]) == ("Standard_D8s_v3", "11", "Windows_Server")


@pytest.mark.parametrize(
    ("model", "path", "words"),
    [
        ("{vm_size: big}", "model.vm_size", "VM size"),
        ("{size: big}", "model.size", "no such key"),
        ("{set: {sku.capacity: 3}}", "model.set.sku.capacity", "az vmss scale"),
        ("{set: {nosuch: 3}}", "model.set.nosuch", "no member"),
        ("{set: {overprovision: maybe}}", "model.set", "true or false"),
        ("{set: {zones: [1]}}", "model.set.zones", "where new instances are made"),
        ("{set: x}", "model.set", "write keys under it"),
        ("{set: {tags.a: [1]}}", "model.set", "no list"),
        ('{set: {"virtualMachineProfile.storageProfile.dataDisks": [{caching: None}]}}', "model.set", "have their lun"),
        ("{set: {tags.a: }}", "model.set", "no value"),
    ],
)
def test_each_fault_of_a_file_has_its_path(model, path, words):
    with pytest.raises(FaultyFile) as caught:
        form_of("rollout.yaml", f"scale_set: a/b\nmodel: {model}\n")
    assert [str(one).partition(": ")[0] for one in caught.value.faults] == [path]
    assert words in caught.value.faults[0].why


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--set", "sku.capacity=9"), "az vmss scale"),
        (("--set", "virtualMachineProfile.osProfile.adminPassword=hunter2"), "no secret belongs there"),
        (("--vm-size", LARGE, "--set", "sku.name=Standard_D8s_v3"), "set twice"),
        ((), "or what else to change"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(small: Ready, argv, words):
    ran = run("upgrade", "myrg/web", *argv, "--yes", ready=small)
    assert ran.status == 2
    assert words in ran.err
    assert "hunter2" not in ran.err
    assert writes(small) == []


def test_a_size_that_the_region_does_not_offer_stops_it_before_anything_is_written(small: Ready):
    ran = run("upgrade", "myrg/web", "--vm-size", "Standard_Q9_v9", "--yes", ready=small)
    assert ran.status == 4
    assert "size-not-offered" in ran.err
    assert writes(small) == []


def test_a_size_for_which_the_quota_does_not_suffice_stops_it_too():
    with emulated() as ready:
        body = json.dumps({"location": "westus", "name": "standardDSv3Family", "limit": 12}).encode()
        with urlopen(Request(f"{ready.http}/emulator/quotas", data=body, headers={"Content-Type": "application/json"})):
            pass
        ran = run("upgrade", "myrg/web", "--vm-size", LARGE, "--yes", ready=ready)
        assert ran.status == 4
        assert "no-quota-for-size" in ran.err
        assert writes(ready) == ["POST /emulator/quotas"]


def test_a_secret_is_printed_nowhere(small: Ready):
    secret = ("myrg/web", "--set", f"virtualMachineProfile.userData={SECRET}")
    said = [run("plan", *secret, "-o", form, ready=small) for form in ("table", "yaml")]
    assert [ran.status for ran in said] == [0, 0], said
    assert all(SECRET not in ran.out + ran.err for ran in said)
    assert "sha256:" in said[0].out
