"""Images near their end, of other generations and architectures, and such as are bought: what answers tell of them."""

import pytest

from rollset.emulator.fleet import parse_fleet
from rollset.emulator.fleetexport import fleet_of
from rollset.emulator.world import World

URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"
VERSIONS = "publishers/{}/artifacttypes/vmimage/offers/{}/skus/{}/versions"
TERMS = (
    "providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/contoso/offers/shop/plans/standard"
)

FLEET = """
images:
  - urn: contoso:shop:standard
    versions: [1.0.0, 1.1.0]
    generation: V2
    architecture: Arm64
    plan: {name: standard, publisher: contoso, product: shop}
    deprecated: {1.0.0: {state: ScheduledForDeprecation, at: "2030-01-01T00:00:00+00:00", instead: premium}}
custom_images:
  - id: /subscriptions/{subscription}/resourceGroups/shop/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0
    end_of_life: "2030-01-01T00:00:00+00:00"
    generation: V2
    architecture: Arm64
    plan: {name: standard, publisher: contoso, product: shop}
"""


def versions(azure, urn=URN):
    publisher, offer, sku = urn.split(":")
    return f"{azure.compute}/locations/westus/{VERSIONS.format(publisher, offer, sku)}"


def test_a_version_that_is_deprecated_says_so_until_it_is_not(azure):
    image = f"{URN}:4.0.20160126"
    soon = {"image": image, "state": "ScheduledForDeprecation", "at": "2030-01-01T00:00:00+00:00", "instead": "2016"}
    assert azure.post("/emulator/deprecate", soon).status == 200
    status = azure.get(f"{versions(azure)}/4.0.20160126").properties["imageDeprecationStatus"]
    assert status == {
        "imageState": "ScheduledForDeprecation",
        "scheduledDeprecationTime": "2030-01-01T00:00:00+00:00",
        "alternativeOption": {"type": "Plan", "value": "2016"},
    }
    listed = azure.get(versions(azure), __expand="properties/imageDeprecationStatus").body
    states = {one["name"]: one["properties"]["imageDeprecationStatus"]["imageState"] for one in listed}
    assert (states["4.0.20160126"], states["4.0.20160229"]) == ("ScheduledForDeprecation", "Active")
    assert azure.post("/emulator/deprecate", {"image": image, "state": "Active"}).status == 200
    assert azure.get(f"{versions(azure)}/4.0.20160126").properties["imageDeprecationStatus"] == {"imageState": "Active"}


@pytest.mark.parametrize("change", [{"image": "a:b"}, {"image": f"{URN}:9.9.9"}, {"state": "Gone"}, {"x": 1}])
def test_what_cannot_be_announced(azure, change):
    body = {"image": f"{URN}:4.0.20160126", "state": "Deprecated", **change}
    assert azure.post("/emulator/deprecate", body).status == 400


def test_terms_wait_to_be_accepted(azure):
    path = f"{azure.subscription}/{TERMS}/agreements/current"
    assert azure.get(path).properties["accepted"] is False
    assert azure.put(path, {"properties": {"accepted": True}}).properties["accepted"] is True
    assert azure.get(path).properties["accepted"] is True
    assert azure.put(path, {"properties": {}}).code == "InvalidParameter"


def test_a_fleet_file_tells_all_of_it_and_so_does_its_export():
    fleet = parse_fleet(FLEET)
    exported = fleet_of(World(fleet=fleet))
    assert exported.images == fleet.images
    assert exported.custom_images[0].plan == fleet.custom_images[0].plan
    assert exported.custom_images[0].end_of_life == fleet.custom_images[0].end_of_life
    assert (exported.custom_images[0].generation, exported.custom_images[0].architecture) == ("V2", "Arm64")


def test_sizes_say_what_they_boot(azure):
    listed = azure.get(f"{azure.compute}/skus", __filter="location eq 'westus'", api="2021-07-01").body["value"]
    told = {one["name"]: {each["name"]: each["value"] for each in one["capabilities"]} for one in listed}
    boots = {
        name: (told[name]["HyperVGenerations"], told[name]["CpuArchitectureType"])
        for name in ("Standard_A1_v2", "Standard_D2s_v5", "Standard_D2ps_v5", "Standard_DC2s_v2")
    }
    assert boots == {
        "Standard_A1_v2": ("V1", "x64"),
        "Standard_D2s_v5": ("V1,V2", "x64"),
        "Standard_D2ps_v5": ("V2", "Arm64"),
        "Standard_DC2s_v2": ("V2", "x64"),
    }
