"""The commands below `rollset emulator`, against one that runs; and one emulator as the Azure of another."""

import json
import os
import shlex
import subprocess

import pytest
import yaml

from rollset.cli.emulator_shape import Images, set_entry
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.server import EmulatorServer
from tests.cli.driver import NEW, OLD, SMALL, URN, run

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def small():
    with EmulatorServer(fleet=parse_fleet(SMALL), time_scale=600, throttle=False) as ready:
        yield ready


def emulator(ready, *words):
    return run("emulator", *words, "--emulator", ready.http)


def test_faults_come_and_go(small):
    added = emulator(small, "fault", "add", "upgrade-fails", "set=myrg/web", "instances=1,3", "code=VMStartTimedOut")
    assert (added.status, added.err) == (0, "")
    number = added.out.split()[0]
    assert added.out == f"{number}  upgrade-fails  set=myrg/web instances=1,3 code=VMStartTimedOut\n"
    stormy = emulator(small, "fault", "add", "storm", "share=0.5", "statuses=429,503", "lasts=600", "path_contains=x")
    listed = json.loads(emulator(small, "fault", "list", "-o", "json").out)
    assert [one["kind"] for one in listed] == ["upgrade-fails", "storm"]
    assert (listed[1]["statuses"], listed[1]["share"]) == ([429, 503], 0.5)
    assert emulator(small, "fault", "remove", number).status == 0
    assert emulator(small, "fault", "list").out == stormy.out
    assert emulator(small, "fault", "clear").status == 0
    assert emulator(small, "fault", "list").err == "No fault is in force.\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("fault", "add", "earthquake"), 1, "earthquake"),
        (("fault", "add", "hangs", "set=myrg/none"), 1, "refused (400): set: there is no scale set 'myrg/none'"),
        (("fault", "add", "hangs", "web"), 2, "expected MEMBER=VALUE"),
        (("fault", "remove", "99"), 1, "refused (404)"),
        (("publish", "A:B:C"), 2, "expected PUBLISHER:OFFER:SKU:VERSION"),
        (("import",), 2, "name a FILE, or say --from azure"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(small, words, status, said):
    ran = emulator(small, *words)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_no_emulator_is_told_in_a_sentence():
    ran = run("emulator", "fault", "list", "--emulator", "http://127.0.0.1:9")
    assert ran.status == 1
    assert "no emulator answers at http://127.0.0.1:9" in ran.err
    assert run("emulator", "fault", "list", "--emulator", "nowhere").status == 2


@pytest.mark.parametrize("client", ["azurerm", "python", "az", "node", "ansible"])
def test_the_environment_is_good_for_eval(small, client):
    ran = emulator(small, "env", "--for", client)
    assert ran.status == 0
    names = [line.removeprefix("export ").partition("=")[0] for line in ran.out.splitlines()]
    shell = subprocess.run(
        ["sh", "-euc", f"{ran.out}\nenv"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    seen = dict(line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line)
    assert seen["AZURE_SUBSCRIPTION_ID"] == small.subscription_id
    assert set(names) <= set(seen)
    addresses = [
        value for name, value in seen.items() if name.endswith(("_ENDPOINT", "_HOST", "_URL")) and "127.0" in value
    ]
    assert addresses
    assert all(value.startswith((small.http, small.https)) for value in addresses)
    everything = emulator(small, "env").out
    assert shlex.split(everything.splitlines()[0])[1] == f"ROLLSET_ENDPOINT={small.http}"


def test_a_fleet_goes_out_and_comes_in(small, tmp_path):
    file = tmp_path / "fleet.yaml"
    assert emulator(small, "export", str(file)).status == 0
    with EmulatorServer(fleet=parse_fleet("scale_sets: []"), https_port=None) as empty:
        taken = emulator(empty, "import", str(file))
        assert (taken.status, taken.out) == (0, "1 set with 5 instances came in.\n")
        again = emulator(empty, "import", str(file))
        assert (again.status, again.out) == (1, "")
        assert "is there twice" in again.err
        listed = run("list", "--output", "json", ready=empty).document
        assert [one["name"] for one in listed["scale_sets"]] == ["web"]


AZURE = f"""
custom_images:
  - {{id: "/subscriptions/{{subscription}}/resourceGroups/img/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0", os: Linux}}
scale_sets:
  - {{resource_group: myrg, name: web, capacity: 7, image: "{URN}:{NEW}", tags: {{owner: somebody}}, zones: ["1", "3"], location: westus2,
      instances: {{1: {{image_version: {OLD}}}, 2: {{protected: true}}, 3: {{power: deallocated}}}}}}
  - {{resource_group: shop, name: gallery, os: Linux, capacity: 2, health: extension, upgrade_policy: Rolling,
      image: {{id: "/subscriptions/{{subscription}}/resourceGroups/img/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0"}}}}
  - {{resource_group: other, name: left, capacity: 1}}
"""


def test_the_shape_of_one_azure_stands_in_another(tmp_path):
    with (
        EmulatorServer(fleet=parse_fleet(AZURE), https_port=None, seed=1) as azure,
        EmulatorServer(fleet=parse_fleet("scale_sets: []"), https_port=None, seed=2) as rehearsal,
    ):
        where = ("--from", "azure", "--endpoint", azure.http, "--resource-group", "MyRg", "--resource-group", "shop")
        ran = run("emulator", "import", *where, "--emulator", rehearsal.http, ready=azure)
        assert (ran.status, ran.out) == (0, "2 sets with 9 instances came in.\n")
        for name in ("myrg/web", "shop/gallery"):
            before, after = (run("show", name, "-o", "json", ready=one).document for one in (azure, rehearsal))
            for seen in (before, after):
                for one in seen["instances"]:
                    one.pop("placement_group", None)
            assert after["instances"] == before["instances"]
        written = run("emulator", "import", *where, "--to-file", "-", "--emulator", rehearsal.http, ready=azure).out
        assert "somebody" not in written
        assert azure.subscription_id not in written
        tagged = run("emulator", "import", *where, "--tags", "--to-file", "-", ready=azure).out
        assert "owner: somebody" in tagged
        plans = [run("plan", "myrg/web", "--image-version", NEW, ready=one) for one in (azure, rehearsal)]
        assert plans[0].status == plans[1].status
        assert plans[0].err == plans[1].err


def test_nothing_secret_comes_along():
    secrets = {
        "adminPassword": "TELL-1",
        "customData": "TELL-2",
        "linuxConfiguration": {"ssh": {"publicKeys": [{"path": "/x", "keyData": "TELL-3"}]}},
        "secrets": [{"sourceVault": {"id": "TELL-4"}}],
        "adminUsername": "TELL-5",
    }
    script = {"publisher": "P", "type": "CustomScript", "typeHandlerVersion": "1.0"}
    script |= {"settings": {"commandToExecute": "TELL-6"}, "protectedSettings": {"a": "TELL-7"}}
    health = {"publisher": "M", "type": "ApplicationHealthLinux", "typeHandlerVersion": "1.0", "settings": {"port": 80}}
    document = {
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web",
        "name": "web",
        "location": "westus",
        "sku": {"name": "Standard_D2s_v3", "capacity": 0},
        "tags": {"a": "TELL-8"},
        "identity": {"type": "SystemAssigned", "principalId": "TELL-9"},
        "properties": {
            "upgradePolicy": {"mode": "Manual"},
            "unheardOf": {"a": "TELL-10"},
            "virtualMachineProfile": {
                "userData": "TELL-11",
                "osProfile": secrets,
                "storageProfile": {"osDisk": {"image": {"uri": "https://x.example/web.vhd?sig=TELL-12"}}},
                "extensionProfile": {
                    "extensions": [{"name": "script", "properties": script}, {"name": "health", "properties": health}]
                },
            },
        },
    }
    entry = set_entry(document, [], Images(), tags=False)
    text = yaml.safe_dump(entry)
    assert "TELL" not in text
    assert SUBSCRIPTION not in text
    profile = entry["model"]["properties"]["virtualMachineProfile"]
    assert profile["extensionProfile"]["extensions"][1]["properties"]["settings"] == {"port": 80}
    assert profile["storageProfile"]["osDisk"]["image"]["uri"] == "https://x.example/web.vhd"
