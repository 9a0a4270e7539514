"""A fleet given away and taken in: another emulator then answers the same."""

import pytest

from rollset.emulator.fleet import parse_fleet
from rollset.emulator.fleetexport import fleet_of, fleet_text
from tests.emulator.local import Client

NEW = "4.0.20160229"
GALLERY = (
    "/subscriptions/{subscription}/resourceGroups/shop/providers/Microsoft.Compute/galleries/g/images/web/versions"
)
SHOP = f"""
images: [{{urn: "A:B:C", os: Linux, versions: ["1.0.0", "1.1.0"]}}]
custom_images:
  - {{id: "{GALLERY}/1.0.0", os: Linux, regions: [westus2, westus]}}
  - {{id: "{GALLERY}/2.0.0", os: Linux, exclude_from_latest: true}}
scale_sets:
  - {{resource_group: myrg, name: myvmss, capacity: 6, zones: ["1", "2"], location: westus2, tags: {{a: "1.0"}},
      instances: {{1: {{power: stopped}}, 2: {{protected: true}}, 3: {{health: unhealthy}}, 4: {{image_version: 4.0.20160126}}}},
      image: "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160229", upgrade_seconds: {{median: 60}}}}
  - {{resource_group: shop, name: custom, os: Linux, capacity: 2, health: extension, image: {{id: "{GALLERY}/1.0.0"}}}}
  - {{resource_group: shop, name: blob, capacity: 1, health: none, image: {{uri: "https://x.example/web.vhd"}}}}
faults: [{{kind: hangs, set: shop/custom, instances: ["1"]}}]
"""
SEEN = (
    "latestModelApplied",
    "provisioningState",
    "storageProfile",
    "protectionPolicy",
    "instanceView",
    "hardwareProfile",
)


def facts(azure, name, group):
    """What a client sees of a set's instances, but for ids that are drawn and times."""

    def still(value):
        if isinstance(value, dict):
            hidden = ("time", "placementGroupId", "name", "id", "osDisk", "disks")
            return {key: still(inner) for key, inner in value.items() if key not in hidden}
        return [still(one) for one in value] if isinstance(value, list) else value

    listed = azure.get(f"{azure.set_path(name, group)}/virtualMachines", __expand="instanceView").body["value"]
    return {
        one["instanceId"]: (one.get("zones"), still({key: one["properties"].get(key) for key in SEEN}))
        for one in listed
    }


def test_what_is_given_away_and_taken_in_is_the_same_fleet(azure_with):
    first = azure_with(SHOP, seed=1)
    first.later(30)
    text = fleet_text(fleet_of(first.world))
    assert first.world.subscription_id not in text
    second = azure_with(text, seed=2)
    second.later(30)
    for name, group in (("myvmss", "myrg"), ("custom", "shop"), ("blob", "shop")):
        assert facts(second, name, group) == facts(first, name, group)
        before, after = (one.get(one.set_path(name, group)).body for one in (first, second))
        for body in (before, after):
            for member in ("uniqueId", "timeCreated"):
                del body["properties"][member]
            del body["properties"]["virtualMachineProfile"]["timeCreated"]
        assert after == before
    assert second.get("/emulator/faults").body == first.get("/emulator/faults").body
    assert fleet_of(second.world) == fleet_of(first.world)


def test_a_fleet_in_the_middle_of_things(azure):
    azure.set_version("latest")
    azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=["2"])
    azure.delete(f"{azure.set_path()}/virtualMachines/5")
    azure.follow(azure.upgrade("0", "1", "2"))
    azure.post(f"{azure.set_path()}/virtualMachines/7/deallocate")
    azure.later(60)
    again = Client(parse_fleet(fleet_text(fleet_of(azure.world))))
    assert [one["instanceId"] for one in again.instances()] == [one["instanceId"] for one in azure.instances()]
    views = {one["instanceId"]: one["properties"] for one in again.instances(__expand="instanceView")}
    assert {key for key, one in views.items() if one["latestModelApplied"]} == {"0", "1"}
    assert views["2"]["instanceView"]["statuses"][0]["code"] == "ProvisioningState/failed/OSProvisioningTimedOut"
    assert views["7"]["instanceView"]["statuses"][1]["code"] == "PowerState/deallocated"
    assert views["3"]["storageProfile"]["imageReference"]["exactVersion"] == "4.0.20160126"
    scaled = again.follow(again.patch(again.set_path(), {"sku": {"capacity": 20}}))
    assert scaled["status"] == "Succeeded"
    assert {one["instanceId"] for one in again.instances()} >= {"19", "20"}


def test_over_the_wire(azure):
    exported = azure.world
    text = fleet_text(fleet_of(exported)).replace("name: myvmss", "name: twin")
    taken = azure.post("/emulator/import", raw=text.encode())
    assert (taken.status, taken.body) == (200, {"sets": ["myrg/twin"], "instances": 20})
    assert len(azure.instances("twin")) == len(azure.instances()) == 20
    assert azure.get("/emulator/sets/myrg/twin").body["capacity"] == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scale_sets: [{resource_group: a, name: b}, {resource_group: myrg, name: myvmss}]", "there twice"),
        ("scale_sets: [{resource_group: a, name: b}]\nfaults: [{kind: hangs, set: a/c}]", "no scale set 'a/c'"),
        ("scale_sets: [{resource_group: a, name: b, image: 'No:Such:Image:1'}]", "not available"),
        ("scale_sets: [{resource_group: a, name: b, capacity: 2, numbers: [3, 3]}]", "numbers: expected as many ids"),
        ("scale_sets: {}", "expected a list"),
        ("[", "not YAML"),
    ],
)
def test_a_fleet_that_cannot_stand_changes_nothing(azure, text, said):
    before = fleet_text(fleet_of(azure.world))
    refused = azure.post("/emulator/import", raw=text.encode())
    assert refused.status == 400
    assert said in refused.body["error"]["message"]
    assert fleet_text(fleet_of(azure.world)) == before
    assert azure.get(azure.group("a")).status == 404
