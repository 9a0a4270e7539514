"""ARM JSON made into core types: the members that matter, one table each, and what happens when they are odd or absent."""

import json

import msgspec
import pytest

from rollset.arm.errors import Unreadable
from rollset.arm.image_shapes import StorageProfile, model_image, running_image
from rollset.arm.image_versions import (
    GALLERY_PAGE,
    GalleryVersion,
    image_path,
    platform_path,
    to_gallery_version,
    to_platform_versions,
    versions_path,
)
from rollset.arm.instances import INSTANCE, to_instance
from rollset.arm.model_members import model_patch, read_members
from rollset.arm.reply import Reply
from rollset.arm.scale_sets import SCALE_SET, to_provisioning, to_scale_set
from rollset.core.errors import UsageError
from rollset.core.fleet import (
    AzureError,
    Health,
    HealthSource,
    Orchestration,
    Place,
    Power,
    Provisioning,
    Setting,
    UpgradeMode,
)
from rollset.core.image import CustomImage, CustomKind, PlatformImage, UnmanagedImage

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web"
GALLERY_IMAGE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i"
MANAGED_IMAGE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/i"


def reply(body):
    return Reply(attempted="testing", status=200, headers={}, body=json.dumps(body).encode())


def scale_set(properties=None, **top):
    answer = reply({"id": ID, "location": "westus", "properties": properties, **top})
    return to_scale_set(answer.decode(SCALE_SET), answer)


def instance(properties=None, **top):
    answer = reply({"instanceId": "3", "properties": properties, **top})
    return to_instance(answer.decode(INSTANCE), answer)


def viewed(**view):
    return instance({"instanceView": view})


def with_statuses(state, *codes):
    statuses = [{"code": code, "message": f"about {code}"} for code in codes]
    return instance({"provisioningState": state, "instanceView": {"statuses": statuses}})


# Images


def storage(**members):
    return msgspec.convert(members, StorageProfile)


REFERENCE = {"publisher": "P", "offer": "O", "sku": "S"}


@pytest.mark.parametrize(
    ("profile", "model", "running"),
    [
        (
            storage(imageReference={**REFERENCE, "version": "latest", "exactVersion": "1.2.3"}),
            PlatformImage(publisher="P", offer="O", sku="S", version="latest"),
            PlatformImage(publisher="P", offer="O", sku="S", version="1.2.3"),
        ),
        (
            storage(imageReference={**REFERENCE, "version": "1.2.2"}),
            PlatformImage(publisher="P", offer="O", sku="S", version="1.2.2"),
            PlatformImage(publisher="P", offer="O", sku="S", version="1.2.2"),
        ),
        (
            storage(imageReference={"id": GALLERY_IMAGE, "exactVersion": "1.0.0"}),
            CustomImage(kind=CustomKind.ID, resource_id=GALLERY_IMAGE),
            CustomImage(kind=CustomKind.ID, resource_id=GALLERY_IMAGE, exact_version="1.0.0"),
        ),
        (
            storage(imageReference={"sharedGalleryImageId": "/SharedGalleries/u/Images/i", "exactVersion": "1.0.0"}),
            CustomImage(kind=CustomKind.SHARED_GALLERY, resource_id="/SharedGalleries/u/Images/i"),
            CustomImage(
                kind=CustomKind.SHARED_GALLERY, resource_id="/SharedGalleries/u/Images/i", exact_version="1.0.0"
            ),
        ),
        (
            storage(imageReference={"communityGalleryImageId": "/CommunityGalleries/u/Images/i/Versions/1.0.0"}),
            *[
                CustomImage(
                    kind=CustomKind.COMMUNITY_GALLERY, resource_id="/CommunityGalleries/u/Images/i/Versions/1.0.0"
                )
            ]
            * 2,
        ),
        (
            storage(osDisk={"osType": "Windows", "image": {"uri": "https://a.blob.example/x.vhd?sig=secret"}}),
            *[UnmanagedImage(uri="https://a.blob.example/x.vhd")] * 2,
        ),
        (storage(imageReference={}, osDisk={"osType": "Linux"}), None, None),
        (storage(imageReference=None), None, None),
        (None, None, None),
    ],
    ids=["latest", "pinned", "gallery", "shared", "community", "blob", "empty", "null", "absent"],
)
def test_a_model_keeps_its_wish_and_an_instance_tells_what_it_runs(profile, model, running):
    assert model_image(profile) == model
    assert running_image(profile) == running


@pytest.mark.parametrize(
    ("image", "written"),
    [
        (
            PlatformImage(publisher="P", offer="O", sku="S", version="1"),
            {"imageReference": {"publisher": "P", "offer": "O", "sku": "S", "version": "1"}},
        ),
        (CustomImage(kind=CustomKind.ID, resource_id=MANAGED_IMAGE), {"imageReference": {"id": MANAGED_IMAGE}}),
        (
            CustomImage(kind=CustomKind.SHARED_GALLERY, resource_id="/SharedGalleries/u/Images/i"),
            {"imageReference": {"sharedGalleryImageId": "/SharedGalleries/u/Images/i"}},
        ),
        (
            CustomImage(kind=CustomKind.COMMUNITY_GALLERY, resource_id="/CommunityGalleries/u/Images/i"),
            {"imageReference": {"communityGalleryImageId": "/CommunityGalleries/u/Images/i"}},
        ),
        (UnmanagedImage(uri="https://a/x.vhd"), {"osDisk": {"image": {"uri": "https://a/x.vhd"}}}),
    ],
)
def test_a_patch_holds_the_image_and_nothing_else(image, written):
    patch = json.loads(model_patch(scale_set(), image, ()))
    assert patch == {"properties": {"virtualMachineProfile": {"storageProfile": written}}}


def test_a_patch_holds_members_beside_the_image_and_every_tag_that_stays():
    seen = scale_set(tags={"team": "web", "Owner": "ann", "old": "1"})
    disk = "virtualMachineProfile.storageProfile.osDisk.caching"
    settings = [
        Setting(path="sku.name", value='"Standard_D4s_v5"'),
        Setting(path=disk, value='"None"'),
        Setting(path="tags.owner", value='"bob"'),
        Setting(path="tags.old"),
    ]
    assert json.loads(model_patch(seen, UnmanagedImage(uri="https://a/x.vhd"), settings)) == {
        "properties": {
            "virtualMachineProfile": {
                "storageProfile": {"osDisk": {"image": {"uri": "https://a/x.vhd"}, "caching": "None"}}
            }
        },
        "sku": {"name": "Standard_D4s_v5"},
        "tags": {"team": "web", "owner": "bob"},
    }


def test_members_are_read_by_their_paths_in_whatever_case_azure_writes_them():
    answer = reply({"properties": {"VirtualMachineProfile": {"licensetype": "x", "billingProfile": {"maxPrice": 0.5}}}})
    paths = ["virtualMachineProfile.licenseType", "virtualMachineProfile.billingProfile.maxPrice", "overprovision"]
    assert [one.value for one in read_members(answer, paths)] == ['"x"', "0.5", None]


# Scale sets


def test_a_set_that_says_nothing_but_its_id_is_read_with_azures_defaults():
    seen = scale_set()
    assert seen.id.path == ID
    assert (seen.capacity, seen.vm_size, seen.image, seen.etag, seen.zones, seen.tags) == (0, "", None, None, (), {})
    assert seen.orchestration is Orchestration.UNIFORM
    assert seen.upgrade_mode is UpgradeMode.MANUAL
    assert seen.provisioning is Provisioning.UNKNOWN
    assert seen.health_source is HealthSource.NONE
    assert seen.single_placement_group
    assert not seen.has_plan
    assert not seen.automatic_os_upgrade


def test_a_whole_set_is_read():
    seen = scale_set(
        {
            "upgradePolicy": {"mode": "rolling", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
            "orchestrationMode": "Flexible",
            "singlePlacementGroup": False,
            "provisioningState": "UPDATING",
            "uniqueId": "u",
            "virtualMachineProfile": {"storageProfile": {"osDisk": {"osType": "Linux"}}},
        },
        location="West US 2",
        etag='"3"',
        sku={"name": "D2", "capacity": "12"},
        zones=["1", "2"],
        plan={"name": "p", "product": "x"},
        tags={"a": "b", "c": None},
    )
    assert (seen.location, seen.etag, seen.vm_size, seen.capacity) == ("westus2", '"3"', "D2", 12)
    assert (seen.upgrade_mode, seen.orchestration) == (UpgradeMode.ROLLING, Orchestration.FLEXIBLE)
    assert (seen.provisioning, seen.unique_id, seen.zones) == (Provisioning.UPDATING, "u", ("1", "2"))
    assert (seen.os_type, seen.has_plan, seen.automatic_os_upgrade) == ("Linux", True, True)
    assert not seen.single_placement_group
    assert seen.tags == {"a": "b", "c": ""}


EXTENSION = {"properties": {"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthWindows"}}
PROBE = {"healthProbe": {"id": "/subscriptions/s/.../probes/p"}}


@pytest.mark.parametrize(
    ("extensions", "network", "source"),
    [
        (None, None, HealthSource.NONE),
        ([], {}, HealthSource.NONE),
        ([{"properties": {"publisher": "Microsoft.Compute", "type": "VMAccessAgent"}}], {}, HealthSource.NONE),
        ([{"properties": None}, EXTENSION], {}, HealthSource.EXTENSION),
        (
            [{"properties": {"publisher": "microsoft.managedservices", "type": "applicationhealthlinux"}}],
            None,
            HealthSource.EXTENSION,
        ),
        ([], PROBE, HealthSource.PROBE),
        ([], {"healthProbe": {}}, HealthSource.NONE),
        ([EXTENSION], PROBE, HealthSource.EXTENSION),
    ],
)
def test_the_health_source_is_the_extension_or_else_the_probe(extensions, network, source):
    profile = {"extensionProfile": {"extensions": extensions}, "networkProfile": network}
    assert scale_set({"virtualMachineProfile": profile}).health_source is source


@pytest.mark.parametrize(
    ("mode", "read"),
    [
        (None, UpgradeMode.MANUAL),
        ("Manual", UpgradeMode.MANUAL),
        ("automatic", UpgradeMode.AUTOMATIC),
        ("Rolling", UpgradeMode.ROLLING),
        ("Quantum", UpgradeMode.AUTOMATIC),
    ],
)
def test_a_mode_that_is_unknown_is_taken_for_the_one_with_which_nothing_starts(mode, read):
    assert scale_set({"upgradePolicy": {"mode": mode}}).upgrade_mode is read


@pytest.mark.parametrize(
    ("state", "read"),
    [
        ("Succeeded", Provisioning.SUCCEEDED),
        ("updating", Provisioning.UPDATING),
        ("FAILED", Provisioning.FAILED),
        ("Hibernating", Provisioning.UNKNOWN),
        (0, Provisioning.UNKNOWN),
        (None, Provisioning.UNKNOWN),
    ],
)
def test_provisioning_states_come_in_any_case_and_sometimes_as_a_zero(state, read):
    assert to_provisioning(state) is read


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "input data was truncated"),
        (b"<html>", "malformed"),
        (b"[]", "expected `object`"),
        (b'{"id": 7}', r"at `\$\.id`"),
        (b'{"properties": {"upgradePolicy": {"mode": []}}}', r"at `\$\.properties\.upgradePolicy\.mode`"),
        (b'{"id": "/subscriptions/s"}', "not the id of a scale set"),
        (b"{}", "not the id of a scale set"),
        (json.dumps({"id": ID, "sku": {"capacity": "many"}}).encode(), "no number"),
        (b'{"id": "\xff"}', "invalid start byte|utf-8"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_holds_the_path(body, words):
    answer = Reply(attempted="reading scale set rg/web", status=200, headers={"x-ms-request-id": "r"}, body=body)
    with pytest.raises(Unreadable, match=f"(?i)reading scale set rg/web: cannot read.*({words})"):
        to_scale_set(answer.decode(SCALE_SET), answer)


# Instances


def test_an_instance_without_a_view_is_read():
    seen = instance({"latestModelApplied": True, "provisioningState": "Creating"})
    assert (seen.id, seen.place, seen.image, seen.health) == ("3", Place(), None, None)
    assert (seen.provisioning, seen.power) == (Provisioning.CREATING, Power.UNKNOWN)
    assert seen.latest_model_applied
    assert not seen.protected


def test_an_instance_without_an_id_cannot_be_read():
    answer = reply({"properties": {}})
    with pytest.raises(Unreadable, match="instanceId"):
        to_instance(answer.decode(INSTANCE), answer)


@pytest.mark.parametrize(
    ("top", "view", "place"),
    [
        ({}, {"platformUpdateDomain": 4, "platformFaultDomain": 0}, Place(update_domain=4, fault_domain=0)),
        ({}, {"platformUpdateDomain": "4", "platformFaultDomain": ""}, Place(update_domain=4)),
        ({}, {"platformUpdateDomain": "9" * 5000, "platformFaultDomain": 10**400}, Place()),
        ({}, {"platformUpdateDomain": -1, "platformFaultDomain": "²"}, Place()),
        ({"zones": ["2"]}, {"placementGroupId": "pg"}, Place(zone="2", placement_group="pg")),
        ({"zones": []}, {"platformUpdateDomain": None}, Place()),
    ],
)
def test_a_place_is_as_much_as_azure_tells(top, view, place):
    assert instance({"instanceView": view}, **top).place == place


@pytest.mark.parametrize(
    ("code", "health"),
    [
        ("HealthState/healthy", Health.HEALTHY),
        ("HealthState/Unhealthy", Health.UNHEALTHY),
        ("healthstate/INITIALIZING", Health.INITIALIZING),
        ("HealthState/unknown", Health.UNKNOWN),
        ("HealthState/dizzy", Health.UNKNOWN),
        ("", None),
        (None, None),
    ],
)
def test_health_comes_in_any_case(code, health):
    assert viewed(vmHealth={"status": {"code": code}}).health is health


def test_no_health_is_no_verdict():
    assert viewed().health is None
    assert viewed(vmHealth=None).health is None
    assert viewed(vmHealth={}).health is None


@pytest.mark.parametrize(
    ("state", "codes", "provisioning", "power"),
    [
        ("Succeeded", ["ProvisioningState/updating", "PowerState/running"], Provisioning.SUCCEEDED, Power.RUNNING),
        (0, ["ProvisioningState/updating", "PowerState/Running"], Provisioning.UPDATING, Power.RUNNING),
        (None, ["powerstate/DEALLOCATED"], Provisioning.UNKNOWN, Power.DEALLOCATED),
        ("Succeeded", ["PowerState/floating", None, "", "OSState/Generalized"], Provisioning.SUCCEEDED, Power.UNKNOWN),
        (None, ["ProvisioningState/creating/OSProvisioningInProgress"], Provisioning.CREATING, Power.UNKNOWN),
    ],
)
def test_states_come_from_the_instance_and_else_from_its_view(state, codes, provisioning, power):
    seen = with_statuses(state, *codes)
    assert (seen.provisioning, seen.power, seen.error) == (provisioning, power, None)


@pytest.mark.parametrize(
    ("state", "code", "error"),
    [
        ("Failed", "ProvisioningState/failed/OSProvisioningTimedOut", "OSProvisioningTimedOut"),
        ("Failed", "provisioningstate/Failed", "Failed"),
        (None, "ProvisioningState/failed/X/Y", "X/Y"),
        ("Updating", "ProvisioningState/failed/OSProvisioningTimedOut", None),
        ("Failed", "ProvisioningState/updating", None),
    ],
)
def test_a_failed_instance_tells_why_and_one_that_goes_on_does_not(state, code, error):
    seen = with_statuses(state, code)
    assert seen.error == (AzureError(code=error, message=f"about {code}") if error else None)


def extension(name, *codes):
    return {"name": name, "statuses": [{"code": code} for code in codes]}


@pytest.mark.parametrize(
    ("view", "failed"),
    [
        pytest.param({}, None, id="none is told of"),
        pytest.param({"extensions": []}, None, id="there is none"),
        pytest.param({"extensions": [extension("a", "ProvisioningState/succeeded")]}, (), id="none has failed"),
        pytest.param({"extensions": [extension("a", "ProvisioningState/failed/51")]}, ("a",), id="with an exit code"),
        pytest.param({"extensions": [extension("a", "provisioningstate/Failed")]}, ("a",), id="in any case"),
        pytest.param({"extensions": [extension("a", "ProvisioningState/transitioning")]}, (), id="not ended yet"),
        pytest.param({"extensions": [extension("a"), {"name": "b", "statuses": None}]}, (), id="without a status"),
        pytest.param(
            {
                "extensions": [
                    extension("a", "x/y", "ProvisioningState/failed"),
                    extension("b", "ProvisioningState/failed"),
                ]
            },
            ("a", "b"),
            id="several",
        ),
    ],
)
def test_extensions_that_have_failed_are_named(view, failed):
    assert viewed(**view).failed_extensions == failed


@pytest.mark.parametrize(
    ("policy", "protected"),
    [
        (None, False),
        ({}, False),
        ({"protectFromScaleIn": True}, False),
        ({"protectFromScaleIn": True, "protectFromScaleSetActions": True}, True),
    ],
)
def test_only_protection_from_actions_of_the_set_protects(policy, protected):
    assert instance({"protectionPolicy": policy}).protected is protected


# Versions of images


def test_platform_versions_are_ordered_by_their_numbers():
    answer = reply([{"name": "4.0.9"}, {"name": "4.0.20160229"}, {"name": "4.0.20160126"}, {}])
    assert to_platform_versions(answer) == ("4.0.9", "4.0.20160126", "4.0.20160229")


def gallery_version(properties):
    answer = reply({"value": [{"name": "1.0.0", "properties": properties}]})
    (shape,) = answer.decode(GALLERY_PAGE).value
    return to_gallery_version(shape, "westus", answer)


def own(**profile):
    return {"publishingProfile": {"publishedDate": "2024-01-01", "endOfLifeDate": "2025-01-01", **profile}}


WEST, EAST = {"name": "West US"}, {"name": "East US"}


@pytest.mark.parametrize(
    ("properties", "replicated", "excluded"),
    [
        (own(targetRegions=[EAST, WEST]), True, False),
        (own(targetRegions=[EAST]), False, False),
        (own(targetRegions=None), False, False),
        (own(targetRegions=[{"name": "westus", "excludeFromLatest": True}]), True, True),
        (own(targetRegions=[{**EAST, "excludeFromLatest": True}, WEST]), True, False),
        (own(targetRegions=[WEST], excludeFromLatest=True), True, True),
        ({**own(targetRegions=[WEST]), "provisioningState": "Creating"}, False, False),
        ({"publishedDate": "2024-01-01", "endOfLifeDate": "2025-01-01"}, True, False),
        ({"publishedDate": "2024-01-01", "endOfLifeDate": "2025-01-01", "excludeFromLatest": True}, True, True),
    ],
)
def test_a_gallery_version_is_seen_from_a_region(properties, replicated, excluded):
    assert gallery_version(properties) == GalleryVersion(
        version="1.0.0",
        published="2024-01-01",
        replicated=replicated,
        excluded_from_latest=excluded,
        end_of_life="2025-01-01",
    )


@pytest.mark.parametrize(
    ("kind", "resource_id", "image", "versions"),
    [
        (CustomKind.ID, MANAGED_IMAGE, MANAGED_IMAGE, None),
        (CustomKind.ID, GALLERY_IMAGE, GALLERY_IMAGE, f"{GALLERY_IMAGE}/versions"),
        (
            CustomKind.ID,
            f"{GALLERY_IMAGE}/versions/1.0.0",
            f"{GALLERY_IMAGE}/versions/1.0.0",
            f"{GALLERY_IMAGE}/versions",
        ),
        (
            CustomKind.SHARED_GALLERY,
            "/SharedGalleries/u/Images/i/Versions/1.0.0",
            "{here}/sharedGalleries/u/images/i/versions/1.0.0",
            "{here}/sharedGalleries/u/images/i/versions",
        ),
        (
            CustomKind.COMMUNITY_GALLERY,
            "/CommunityGalleries/u/Images/i",
            "{here}/communityGalleries/u/images/i",
            "{here}/communityGalleries/u/images/i/versions",
        ),
    ],
)
def test_an_image_is_asked_for_where_it_is(kind, resource_id, image, versions):
    here = "/subscriptions/s/providers/Microsoft.Compute/locations/westus"
    found = CustomImage(kind=kind, resource_id=resource_id)
    assert image_path("s", "westus", found) == image.format(here=here)
    if versions is None:
        with pytest.raises(UsageError, match="no versions"):
            versions_path("s", "westus", found)
    else:
        assert versions_path("s", "westus", found) == versions.format(here=here)


def test_a_shared_gallery_without_an_image_is_a_usage_error():
    with pytest.raises(UsageError, match="names no image"):
        image_path("s", "westus", CustomImage(kind=CustomKind.SHARED_GALLERY, resource_id="/SharedGalleries/u"))


def test_words_of_a_urn_cannot_leave_their_place_in_the_path():
    assert platform_path("s", "westus", "a/b", "c?d", "e f").endswith(
        "/publishers/a%2Fb/artifacttypes/vmimage/offers/c%3Fd/skus/e%20f/versions"
    )
