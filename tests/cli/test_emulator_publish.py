"""`rollset emulator publish` against an emulator in a process of its own; what followed is read over the wire.

How automatic OS upgrades go on from there: `tests/emulator/test_osupgrade.py`.
"""

import json
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from tests.cli.driver import NEW, OLD, URN, run
from tests.support.patience import until

NEXT = "4.0.20160401"
PUBLISHER, OFFER, SKU = URN.split(":")
FLEET = f"""
scale_sets:
  - {{resource_group: myrg, name: stays, capacity: 2, image: "{URN}:{OLD}"}}
  - resource_group: myrg
    name: follows
    capacity: 3
    model:
      sku: {{name: Standard_D2s_v3}}
      properties:
        upgradePolicy: {{mode: Manual, automaticOSUpgradePolicy: {{enableAutomaticOSUpgrade: true}}}}
        virtualMachineProfile:
          networkProfile: {{healthProbe: {{id: /subscriptions/any/loadBalancers/lb/probes/web}}}}
          storageProfile: {{imageReference: {{publisher: {PUBLISHER}, offer: {OFFER}, sku: {SKU}, version: latest}}}}
"""
PROGRAM = "from rollset.cli.main import main; main()"
TIME_SCALE = "20000"
"""The three hours within which Azure begins pass in half a second."""


class Azure:
    """The running emulator, asked by plain requests."""

    def __init__(self, url, subscription):
        self.url = url
        self.compute = f"/subscriptions/{subscription}/providers/Microsoft.Compute"

    def publish(self, *words):
        return run("emulator", "publish", *words, "--emulator", self.url)

    def get(self, path, **headers):
        with urlopen(Request(f"{self.url}{path}", headers=headers)) as answer:
            return json.loads(answer.read())

    def versions(self, urn=URN, location="westus"):
        """What a client of Azure finds on offer."""
        publisher, offer, sku = urn.split(":")
        token = self.get("/metadata/identity/oauth2/token?resource=x", Metadata="true")["access_token"]
        place = f"{self.compute}/locations/{location}/publishers/{publisher}/artifacttypes/vmimage/offers/{offer}"
        found = self.get(f"{place}/skus/{sku}/versions?api-version=2024-07-01", Authorization=f"Bearer {token}")
        return [one["name"] for one in found]

    def images(self, name):
        return {one["image"] for one in self.get(f"/emulator/sets/myrg/{name}")["instances"]}


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulator")
    (folder / "fleet.yaml").write_text(FLEET)
    ready = folder / "ready.json"
    words = ["--port", "0", "--fleet", folder / "fleet.yaml", "--ready-file", ready, "--time-scale", TIME_SCALE]
    command = [sys.executable, "-c", PROGRAM, "emulator", *map(str, words)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stderr.readline()
            assert ready.exists(), said
            told = json.loads(ready.read_text())
            yield Azure(told["http"], told["subscription_id"])
        finally:
            process.kill()


def test_a_set_with_automatic_upgrades_follows_and_no_other(azure):
    assert azure.images("follows") == {NEW}
    ran = azure.publish(f"{URN}:{NEXT}")
    on_offer, begins = ran.out.splitlines()
    assert (ran.status, ran.err, on_offer) == (0, "", f"{URN}:{NEXT} is on offer.")
    assert begins.startswith("Azure begins to upgrade myrg/follows by itself at 2")
    assert azure.versions()[-1] == NEXT
    until(lambda: azure.images("follows") == {NEXT}, "to follow")
    assert azure.images("stays") == {OLD}


def test_an_image_that_nobody_knew_comes_with_its_publisher_and_says_so(azure):
    ran = azure.publish("acme:shop:web:1.0.0")
    assert (ran.status, ran.out) == (0, "acme:shop:web:1.0.0 is on offer.\n")
    assert ran.err == "acme:shop:web is new: nothing of it was on offer before.\n"
    assert azure.versions("acme:shop:web") == ["1.0.0"]
    again = azure.publish("ACME:shop:web:1.0.1")
    assert (again.status, again.err) == (0, "")
    assert azure.versions("acme:shop:web") == ["1.0.0", "1.0.1"]


def test_a_version_comes_out_where_it_is_told_to(azure):
    assert azure.publish("acme:there:web:1.0.0", "--location", "East US", "--location", "westeurope").status == 0
    places = ("eastus", "westeurope", "westus")
    assert [azure.versions("acme:there:web", one) for one in places] == [["1.0.0"], ["1.0.0"], []]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "Missing argument 'PUBLISHER:OFFER:SKU:VERSION'"),
        (("a:b:c",), 2, "expected PUBLISHER:OFFER:SKU:VERSION, got 'a:b:c'"),
        (("a:b::1.0.0",), 2, "expected PUBLISHER:OFFER:SKU:VERSION, got 'a:b::1.0.0'"),
        ((f"{URN}:latest",), 1, "expected a version such as 4.0.20160229, got 'latest'"),
        (("a/../b:b:c:1.0.0",), 1, "expected PUBLISHER:OFFER:SKU:VERSION, got 'a/../b:b:c:1.0.0'"),
        ((f"{URN}:9.0.0", "--location", ""), 1, "locations: expected names of regions"),
    ],
)
def test_a_bad_form_is_told_in_a_sentence_and_changes_nothing(azure, words, status, said):
    before = azure.versions()
    ran = azure.publish(*words)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert azure.versions() == before


def test_no_emulator_is_told_in_a_sentence():
    ran = run("emulator", "publish", f"{URN}:{NEXT}", "--emulator", "http://127.0.0.1:9")
    assert (ran.status, ran.out) == (1, "")
    assert "no emulator answers at http://127.0.0.1:9" in ran.err
    assert ran.err.endswith("start one with: rollset emulator\n")
