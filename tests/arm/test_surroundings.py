"""What lies around a set, read from answers as Azure gives them and as it might; sibling: tests/arm/test_shapes.py."""

import json
from datetime import UTC, datetime

import pytest

from rollset.arm.autoscale import AUTOSCALE_PAGE, to_autoscale
from rollset.arm.errors import NoSuchImage, NotAllowed
from rollset.arm.image_facts import IMAGE, ImageShape, gallery_facts, managed_facts, platform_facts
from rollset.arm.locks import LOCK_PAGE, to_lock
from rollset.arm.quotas import USAGE_PAGE, to_usage
from rollset.arm.scale_sets import SCALE_SET, to_scale_set
from rollset.arm.sizes import SIZE_PAGE, to_size
from rollset.arm.surroundings import unread
from rollset.core.fleet import PurchasePlan, Repairs
from rollset.core.ids import ScaleSetId
from rollset.core.image import CustomImage, CustomKind, PlatformImage
from rollset.core.preflight.around import Autoscale, ImageEnd, Lock, LockLevel, Replication, SizeFacts, Usage
from tests.arm.scripted import Says, Script, error
from tests.arm.test_shapes import GALLERY_IMAGE, ID, MANAGED_IMAGE, reply, scale_set
from tests.support.emulated import emulated, fleet

WINDOWS = PlatformImage(publisher="P", offer="O", sku="S", version="1.0.0")
VERSION = CustomImage(kind=CustomKind.ID, resource_id=f"{GALLERY_IMAGE}/versions/1.0.0")
SUBSCRIPTION = "/subscriptions/s"
LOCKS = "providers/Microsoft.Authorization/locks"
WEB = ScaleSetId(subscription="s", resource_group="rg", name="web")


def shape(**properties):
    return IMAGE.decode(json.dumps({"properties": properties}).encode())


def at(*moment):
    return datetime(*moment, tzinfo=UTC).timestamp()


def test_a_platform_version_as_azure_answers_it():
    found = platform_facts(
        WINDOWS,
        shape(
            hyperVGeneration="V1",
            architecture="x64",
            osDiskImage={"operatingSystem": "Linux", "sizeInGb": 2},
            plan={"publisher": "fortinet", "name": "payg", "product": "fortigate"},
            imageDeprecationStatus={
                "imageState": "ScheduledForDeprecation",
                "scheduledDeprecationTime": "2024-06-14T00:00:00+00:00",
                "alternativeOption": {"type": "Plan", "value": "2022"},
            },
        ),
    )
    assert (found.generation, found.architecture, found.os_type) == ("V1", "x64", "Linux")
    assert found.plan == PurchasePlan(name="payg", publisher="fortinet", product="fortigate")
    assert found.end == ImageEnd(at=at(2024, 6, 14), instead="2022")


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ({"imageState": "Active"}, ImageEnd()),
        ({"imageState": "deprecated"}, ImageEnd(ended=True)),
        ({"imageState": None, "scheduledDeprecationTime": "soon"}, ImageEnd()),
        (None, ImageEnd()),
    ],
)
def test_how_near_its_end_a_platform_version_is(told, end):
    assert platform_facts(WINDOWS, shape(imageDeprecationStatus=told)).end == end


@pytest.mark.parametrize("empty", [ImageShape(), shape(), IMAGE.decode(b'{"properties": null}')])
def test_an_answer_that_says_nothing_accuses_no_image(empty):
    for found in (
        platform_facts(WINDOWS, empty),
        managed_facts(VERSION, empty, "westus"),
        gallery_facts(VERSION, empty, empty, "westus"),
    ):
        assert (found.generation, found.plan, found.end, found.replication) == (
            None,
            None,
            ImageEnd(),
            Replication.HERE,
        )


REGIONS = [{"name": "West US"}, {"name": "East US"}]


@pytest.mark.parametrize(
    ("location", "told", "replication"),
    [
        ("westus", {}, Replication.HERE),
        ("westus", {"provisioningState": "Updating"}, Replication.UNDER_WAY),
        ("westus", {"replicationStatus": {"summary": [{"region": "West US", "state": "Completed"}]}}, Replication.HERE),
        (
            "westus",
            {"replicationStatus": {"summary": [{"region": "westus", "state": "Replicating"}]}},
            Replication.UNDER_WAY,
        ),
        ("westus", {"replicationStatus": {"summary": [{"region": "westus", "state": "Failed"}]}}, Replication.FAILED),
        ("westus", {"replicationStatus": {"summary": [{"region": "eastus", "state": "Failed"}]}}, Replication.HERE),
        ("westus", {"replicationStatus": {"summary": None}}, Replication.HERE),
        ("northeurope", {}, Replication.NOWHERE),
    ],
)
def test_where_a_gallery_version_is(location, told, replication):
    found = gallery_facts(VERSION, shape(publishingProfile={"targetRegions": REGIONS}, **told), shape(), location)
    assert found.replication is replication
    assert found.elsewhere == (("westus", "eastus") if replication is Replication.NOWHERE else ())


def test_the_nearer_end_of_a_gallery_version_and_its_image_counts():
    own = shape(publishingProfile={"targetRegions": REGIONS, "endOfLifeDate": "2030-01-02T00:00:00Z"})
    shared = shape(endOfLifeDate="2029-01-02T00:00:00", excludeFromLatest=True)
    above = shape(endOfLifeDate="2030-01-01T00:00:00Z", hyperVGeneration="V2", architecture="Arm64", osType="Linux")
    found = gallery_facts(VERSION, own, above, "westus")
    assert (found.end.at, found.generation, found.architecture) == (at(2030, 1, 1), "V2", "Arm64")
    assert gallery_facts(VERSION, shared, above, "westus").end.at == at(2029, 1, 2)
    assert gallery_facts(VERSION, shared, above, "westus").excluded_from_latest


def test_a_managed_image_is_where_it_is():
    image = CustomImage(kind=CustomKind.ID, resource_id=MANAGED_IMAGE)
    body = b'{"location": "East US", "properties": {"storageProfile": {"osDisk": {"osType": "Linux"}}}}'
    found = managed_facts(image, IMAGE.decode(body), "westus")
    assert (found.replication, found.elsewhere, found.os_type) == (Replication.NOWHERE, ("East US",), "Linux")
    assert managed_facts(image, IMAGE.decode(body), "eastus").replication is Replication.HERE


@pytest.mark.parametrize(
    ("above", "scope"),
    [
        (SUBSCRIPTION, "subscription"),
        (f"{SUBSCRIPTION}/resourceGroups/rg", "resource group rg"),
        (f"{SUBSCRIPTION}/resourcegroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web", "scale set web"),
    ],
)
def test_a_lock_says_what_it_was_put_on(above, scope):
    body = {"value": [{"id": f"{above}/{LOCKS}/l", "name": "l", "properties": {"level": "readonly"}}]}
    (one,) = reply(body).decode(LOCK_PAGE).value
    assert to_lock(one, WEB) == Lock(name="l", level=LockLevel.READ_ONLY, scope=scope)


@pytest.mark.parametrize("above", [f"{ID}/virtualMachines/0", f"{ID}2", f"{SUBSCRIPTION}/resourceGroups/r", ""])
def test_a_lock_of_something_else_does_not_hold_for_the_set(above):
    body = {"value": [{"id": f"{above}/{LOCKS}/l", "name": "l", "properties": {"level": "ReadOnly"}}]}
    assert [to_lock(one, WEB) for one in reply(body).decode(LOCK_PAGE).value] == [None]


def test_what_is_odd_in_lists_is_passed_over():
    locks = reply({"value": [{"properties": {"level": "NotSpecified"}}, {"properties": None}, {}]}).decode(LOCK_PAGE)
    assert [to_lock(one, WEB) for one in locks.value] == [None] * 3
    rows = [
        {"name": {"value": "cores", "localizedValue": "Total"}, "currentValue": 4, "limit": 10},
        {"name": None, "limit": 1},
        {},
    ]
    usages = reply({"value": rows}).decode(USAGE_PAGE)
    assert [to_usage(one) for one in usages.value] == [Usage(name="cores", title="Total", used=4, limit=10), None, None]


def test_a_size_says_what_it_boots():
    told = {"vCPUs": "8", "HyperVGenerations": "V1,V2", "CpuArchitectureType": "x64"}
    capabilities = [{"name": name, "value": value} for name, value in told.items()]
    rows = [
        {"resourceType": "disks", "name": "Standard_D8s_v5"},
        {"resourceType": "virtualMachines", "name": "standard_d8s_v5", "family": "f", "capabilities": capabilities},
        {"resourceType": "virtualMachines", "name": "bare"},
    ]
    disk, machine, bare = reply({"value": rows}).decode(SIZE_PAGE).value
    assert [one.means("Standard_D8s_v5") for one in (disk, machine, bare)] == [False, True, False]
    generations = frozenset({"V1", "V2"})
    assert to_size(machine) == SizeFacts(
        name="standard_d8s_v5", cores=8, family="f", generations=generations, architecture="x64"
    )
    assert to_size(bare) == SizeFacts(name="bare")


def test_autoscale_that_is_off_or_of_another_set_does_not_count():
    def setting(**properties):
        return {"name": "s", "properties": {"targetResourceUri": ID.upper(), **properties}}

    profiles = [{"capacity": {"minimum": "2", "maximum": "9"}}, {"capacity": {"minimum": 1, "maximum": "x"}}, {}]
    rows = [setting(profiles=profiles), setting(enabled=False), setting(targetResourceUri=f"{ID}2"), {"name": "bare"}]
    found = reply({"value": rows}).decode(AUTOSCALE_PAGE).value
    assert [one.scales(WEB) for one in found] == [True, False, False, False]
    assert to_autoscale(found[0]) == Autoscale(name="s", least=1, most=9)


@pytest.mark.parametrize(
    ("policy", "repairs"),
    [
        (
            {"enabled": True, "gracePeriod": "PT30M", "repairAction": "Restart"},
            Repairs(grace_seconds=1800, action="Restart"),
        ),
        ({"enabled": True, "gracePeriod": "later"}, Repairs(grace_seconds=600, action="Replace")),
        ({"enabled": False, "gracePeriod": "PT30M"}, None),
        (None, None),
    ],
)
def test_repairs_count_where_they_are_on(policy, repairs):
    assert scale_set({"automaticRepairsPolicy": policy}).repairs == repairs


@pytest.mark.parametrize(
    ("settings", "grace"),
    [
        ({"gracePeriod": 600, "intervalInSeconds": 5}, 600.0),
        ({"gracePeriod": "600"}, 600.0),
        ({"intervalInSeconds": 10, "numberOfProbes": 6}, 60.0),
        ({"intervalInSeconds": "often", "numberOfProbes": True}, 5.0),
        ("nothing", 5.0),
        (None, 5.0),
    ],
)
def test_how_long_the_health_extension_may_hesitate(settings, grace):
    extension = {"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux", "settings": settings}
    machine = {"extensionProfile": {"extensions": [{"name": "other"}, {"properties": extension}]}}
    found = scale_set({"virtualMachineProfile": machine})
    assert (found.health_grace_seconds, found.two_health_sources) == (grace, False)
    both = {**machine, "networkProfile": {"healthProbe": {"id": "/probe"}}}
    assert scale_set({"virtualMachineProfile": both}).two_health_sources


def test_the_plan_of_a_set():
    plan = {"name": "n", "publisher": "p", "product": "o"}
    assert scale_set(plan=plan).plan == PurchasePlan(name="n", publisher="p", product="o")
    assert scale_set(plan={"name": None}).plan is None


async def test_the_version_counts_where_the_image_above_it_may_not_be_read():
    version = {"properties": {"publishingProfile": {"targetRegions": REGIONS}, "provisioningState": "Succeeded"}}
    answer = reply({"id": ID, "location": "westus", "properties": {}})
    web = to_scale_set(answer.decode(SCALE_SET), answer)
    script = Script(Says(200, version), error(403, "AuthorizationFailed"))
    async with script.azure as azure:
        found = await azure.around.custom_image(web, VERSION)
    assert (found.replication, found.unread.forbidden) == (Replication.HERE, True)


def test_what_could_not_be_read_keeps_azures_words():
    said = (
        "The client 'x' does not have authorization to perform action 'Microsoft.Authorization/locks/read' over scope."
    )
    found = unread("the locks", NotAllowed("reading the locks", 403, "AuthorizationFailed", said))
    assert found.forbidden
    assert found.why.startswith("Azure answered 403 AuthorizationFailed: The client")
    assert "a role that allows Microsoft.Authorization/locks/read" in found.remedy


async def test_a_shared_gallery_is_asked_in_our_own_region_and_not_about_regions():
    shared = CustomImage(
        kind=CustomKind.COMMUNITY_GALLERY, resource_id="/CommunityGalleries/pub/Images/i/Versions/1.0.0"
    )
    answer = reply({"id": ID, "location": "westus", "properties": {}})
    web = to_scale_set(answer.decode(SCALE_SET), answer)
    script = Script(Says(200, {"properties": {"endOfLifeDate": "2030-01-01T00:00:00Z"}}))
    async with script.azure as azure:
        found = await azure.around.custom_image(web, shared)
    assert found.end.at == at(2030, 1, 1)
    above = "/subscriptions/s/providers/Microsoft.Compute/locations/westus/communityGalleries/pub/images/i"
    assert sorted(one["path"] for one in script.asked) == [above, f"{above}/versions/1.0.0"]
    assert not any("expand" in one["query"] for one in script.asked)


async def test_everything_around_a_set_of_the_emulator():
    async with emulated(fleet("web", size="Standard_D2ps_v5", capacity=3)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        around = azure.client.around
        assert await around.locks(web) == ()
        assert await around.autoscale(web) == ()
        (size,) = await around.sizes(web, [web.vm_size])
        assert (size.cores, size.generations, size.architecture) == (2, frozenset({"V2"}), "Arm64")
        family = {one.name: one.used for one in await around.usages(web)}[size.family]
        assert family == 6
        found = await around.platform_image(web, web.image)
        assert (found.generation, found.os_type, found.end) == ("V1", "Windows", ImageEnd())
        with pytest.raises(NoSuchImage):
            await around.platform_image(web, PlatformImage(publisher="a", offer="b", sku="c", version="1.0.0"))
        plan = PurchasePlan(name="n", publisher="p", product="o")
        assert await around.terms_accepted(web, plan) is False
