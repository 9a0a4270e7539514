"""Every kind of reply against the models of azure-mgmt-compute: no unknown enum value, no required member missing."""

import pytest
from azure.mgmt.compute import models

from tests.emulator.sdkmodels import misfits

FLEET = """
location: westus
custom_images:
  - id: /subscriptions/{subscription}/resourceGroups/shop/providers/Microsoft.Compute/images/golden
    os: Linux
scale_sets:
  - {resource_group: shop, name: web, capacity: 6, zones: ["1", "2", "3"], os: Linux, health: extension, upgrade_policy: Rolling,
     instances: {0: {protected: true}, 1: {power: deallocated}, 2: {health: unhealthy}}}
  - {resource_group: shop, name: old, capacity: 2, health: none, image: {uri: "https://shop.example/web.vhd"}}
"""
WEB = "shop/providers/Microsoft.Compute/virtualMachineScaleSets/web"
NEWEST = "2026-04-01"
URN = "publishers/Canonical/artifacttypes/vmimage/offers/0001-com-ubuntu-server-jammy/skus/22_04-lts-gen2/versions"


@pytest.fixture
def shop(azure_with, set_document):
    """A world with something of everything, in the middle of a rolling upgrade."""
    azure = azure_with(FLEET)
    flexible = set_document(2, orchestrationMode="Flexible", platformFaultDomainCount=2)
    for name, document in (("flex", flexible), ("fresh", set_document(3, overprovision=True))):
        assert azure.put(azure.set_path(name, "shop"), document).status == 201
    gallery = f"{azure.group('shop')}/providers/Microsoft.Compute/galleries/g"
    community = {"permissions": "Community", "communityGalleryInfo": {"publicNamePrefix": "pub"}}
    identifier = {"publisher": "p", "offer": "o", "sku": "s"}
    azure.put(gallery, {"location": "westus", "properties": {"sharingProfile": community}})
    azure.put(
        f"{gallery}/images/i",
        {"location": "westus", "properties": {"osType": "Linux", "osState": "Generalized", "identifier": identifier}},
    )
    azure.put(f"{gallery}/images/i/versions/1.0.0", {"location": "westus", "properties": {}})
    azure.later(400)
    azure.put(f"{gallery}/images/i/versions/1.0.1", {"location": "westus", "properties": {}})
    extension = {"publisher": "P", "type": "T", "typeHandlerVersion": "1.0"}
    azure.put(f"{azure.set_path('old', 'shop')}/virtualMachines/0/extensions/own", {"properties": extension})
    changed = {
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {"version": "22.04.202407220"}}}}
    }
    azure.patch(azure.set_path("web", "shop"), changed)
    azure.later(20)
    return azure


def public_name(azure):
    gallery = azure.get(f"{azure.group('shop')}/providers/Microsoft.Compute/galleries/g").properties
    return gallery["sharingProfile"]["communityGalleryInfo"]["publicNames"][0]


GROUP = "{group}/providers/Microsoft.Compute"
SETS = f"{GROUP}/virtualMachineScaleSets"
REPLIES = [
    ("{compute}/virtualMachineScaleSets", models.VirtualMachineScaleSet),
    (f"{SETS}/web", models.VirtualMachineScaleSet),
    (f"{SETS}/flex", models.VirtualMachineScaleSet),
    (f"{SETS}/web/instanceView", models.VirtualMachineScaleSetInstanceView),
    (f"{SETS}/fresh/instanceView", models.VirtualMachineScaleSetInstanceView),
    (f"{SETS}/web/skus", models.VirtualMachineScaleSetSku),
    (f"{SETS}/web/extensions", models.VirtualMachineScaleSetExtension),
    (f"{SETS}/web/osUpgradeHistory", models.UpgradeOperationHistoricalStatusInfo),
    (f"{SETS}/web/rollingUpgrades/latest", models.RollingUpgradeStatusInfo),
    (f"{SETS}/web/virtualMachines", models.VirtualMachineScaleSetVM),
    (f"{SETS}/web/virtualMachines?$expand=instanceView", models.VirtualMachineScaleSetVM),
    (f"{SETS}/web/virtualMachines?$expand=instanceView&$select=instanceView", models.VirtualMachineScaleSetVM),
    (f"{SETS}/old/virtualMachines?$expand=instanceView", models.VirtualMachineScaleSetVM),
    (f"{SETS}/flex/virtualMachines", models.VirtualMachineScaleSetVM),
    (f"{SETS}/web/virtualMachines/1/instanceView", models.VirtualMachineScaleSetVMInstanceView),
    (f"{SETS}/old/virtualMachines/0/extensions", models.VirtualMachineScaleSetVMExtension),
    ("{compute}/virtualMachines", models.VirtualMachine),
    ("{compute}/virtualMachines?statusOnly=true", models.VirtualMachine),
    ("{compute}/locations/westus/publishers", models.VirtualMachineImageResource),
    ("{compute}/locations/westus/" + URN, models.VirtualMachineImageResource),
    ("{compute}/locations/westus/" + URN + "/latest", models.VirtualMachineImage),
    ("{compute}/images", models.Image),
    ("{compute}/galleries", models.Gallery),
    (f"{GROUP}/galleries/g/images", models.GalleryImage),
    (f"{GROUP}/galleries/g/images/i/versions", models.GalleryImageVersion),
    (f"{GROUP}/galleries/g/images/i/versions/1.0.0?$expand=ReplicationStatus", models.GalleryImageVersion),
    (f"{GROUP}/galleries/g/images/i/versions/1.0.1?$expand=ReplicationStatus", models.GalleryImageVersion),
    ("{compute}/locations/westus/communityGalleries/{public}", models.CommunityGallery),
    ("{compute}/locations/westus/communityGalleries/{public}/images", models.CommunityGalleryImage),
    ("{compute}/locations/westus/communityGalleries/{public}/images/i/versions", models.CommunityGalleryImageVersion),
    ("{compute}/locations/westus/usages", models.Usage),
    ("{compute}/locations/westus/vmSizes", models.VirtualMachineSize),
    ("{compute}/skus?$filter=location eq 'westus'", models.ResourceSku),
]


# Recorded answers to `$select=instanceView` have no location either.
AS_AZURE = [(f"{SETS}/web/virtualMachines?$expand=instanceView&$select=instanceView", ".location: is missing")]


@pytest.mark.parametrize("api", [NEWEST, "2024-07-01"])
def test_every_kind_of_reply_fits_its_model(shop, api):
    found = {}
    for path, model in REPLIES:
        filled = path.format(compute=shop.compute, group=shop.group("shop"), public=public_name(shop))
        body = shop.get(filled.replace(" ", "%20"), api=api).body
        listed = body if isinstance(body, list) else body.get("value", [body])
        assert listed or "osUpgradeHistory" in path, body
        found |= {(path, fault): None for one in listed for fault in misfits(model, one)}
    assert [fault for fault in found if fault not in AS_AZURE] == []


def test_the_answers_to_writes_fit_too(shop, set_document):
    answers = [
        (shop.put(shop.set_path("web2", "shop"), set_document(1), api=NEWEST), models.VirtualMachineScaleSet),
        (shop.patch(shop.set_path("old", "shop"), {"tags": {"a": "b"}}, api=NEWEST), models.VirtualMachineScaleSet),
        (
            shop.put(f"{shop.set_path('old', 'shop')}/virtualMachines/0", {"tags": {}}, api=NEWEST),
            models.VirtualMachineScaleSetVM,
        ),
        (
            shop.post(f"{shop.set_path('old', 'shop')}/virtualMachines/0/attachDetachDataDisks", {}, api=NEWEST),
            models.StorageProfile,
        ),
    ]
    for answer, model in answers:
        assert answer.status in (200, 201), answer.body
        assert list(misfits(model, answer.body)) == []


def test_what_the_check_finds():
    wrong = {"location": "w", "Sku": {}, "properties": {"orchestrationMode": "Both", "platformFaultDomainCount": "5"}}
    assert sorted(misfits(models.VirtualMachineScaleSet, wrong)) == [
        ".Sku: is spelled sku",
        ".properties.orchestrationMode: 'Both' is no OrchestrationMode",
        ".properties.platformFaultDomainCount: '5' is no int",
    ]
    assert list(misfits(models.Usage, {"unit": "Count"})) == [
        ".currentValue: is missing",
        ".limit: is missing",
        ".name: is missing",
    ]
