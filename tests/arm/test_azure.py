"""The client against the emulator, in virtual time: what it reads, what it writes, and how it follows an operation."""

import pytest

from rollset.arm.errors import (
    ChangedMeanwhile,
    Conflict,
    NoSuchGroup,
    NoSuchImage,
    NoSuchScaleSet,
    NoSuchSubscription,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    ServerFault,
    StrayLink,
    Throttled,
)
from rollset.arm.operations import Failed, Lost, Operation, Running, Succeeded, read_provisioning
from rollset.core.fleet import Health, HealthSource, Orchestration, Power, Provisioning, UpgradeMode
from rollset.core.ids import InstanceId, ScaleSetId, natural
from rollset.core.image import CustomImage, CustomKind, PlatformImage
from tests.arm.scripted import Says, Script, error
from tests.support.emulated import emulated, fleet
from tests.support.virtual import virtual_loop

WINDOWS = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2012-R2-Datacenter"}
OLD = PlatformImage(**WINDOWS, version="4.0.20160126")
NEW = PlatformImage(**WINDOWS, version="4.0.20160229")
WEB = ScaleSetId(subscription="s", resource_group="rg", name="web")


def ids(*numbers):
    return [InstanceId(str(number)) for number in numbers]


# Reading


async def test_the_articles_set_is_read():
    async with emulated() as azure:
        seen = await azure.client.scale_set(azure.id("MYVMSS", "MyRg"))
    assert (seen.id, seen.id.short) == (azure.id("myvmss", "myrg"), "myrg/myvmss")
    assert (seen.location, seen.capacity, seen.image) == ("westus", 20, OLD)
    assert (seen.upgrade_mode, seen.orchestration) == (UpgradeMode.MANUAL, Orchestration.UNIFORM)
    assert (seen.provisioning, seen.health_source) == (Provisioning.SUCCEEDED, HealthSource.PROBE)
    assert seen.os_type == "Windows"
    assert seen.etag
    assert seen.unique_id


async def test_its_instances_are_seen_with_place_image_and_health():
    async with emulated() as azure:
        seen = await azure.client.instances(await azure.client.scale_set(azure.id("myvmss", "myrg")))
        assert azure.client.requests == azure.transport.sent == 2
    assert [instance.id for instance in seen] == sorted((instance.id for instance in seen), key=natural)
    assert len(seen) == 20
    assert {instance.place.update_domain for instance in seen} == {0, 1, 2, 3, 4}
    assert {instance.place.fault_domain for instance in seen} == {0, 1, 2, 3, 4}
    for instance in seen:
        assert (instance.image, instance.latest_model_applied, instance.protected) == (OLD, True, False)
        assert (instance.provisioning, instance.power, instance.health, instance.error) == (
            Provisioning.SUCCEEDED,
            Power.RUNNING,
            Health.HEALTHY,
            None,
        )


async def test_a_large_set_is_seen_over_all_its_pages():
    async with emulated(fleet("web", capacity=300, single_placement_group=False)) as azure:
        seen = await azure.client.instances(await azure.client.scale_set(azure.id("web")))
        assert azure.client.requests == 1 + 3
    assert len({instance.id for instance in seen}) == 300
    assert len({instance.place.placement_group for instance in seen}) == 3


async def test_zones_protection_power_and_a_missing_health_source_are_seen():
    standing = {"0": {"protected": True}, "1": {"power": "deallocated"}}
    async with emulated(fleet("web", capacity=3, zones=["1", "2"], health="none", instances=standing)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        seen = {instance.id: instance for instance in await azure.client.instances(web)}
    assert web.zones == ("1", "2")
    assert web.health_source is HealthSource.NONE
    assert {instance.place.zone for instance in seen.values()} == {"1", "2"}
    assert {instance.health for instance in seen.values()} == {None}
    assert seen["0"].protected
    assert seen["1"].power is Power.DEALLOCATED


async def test_one_instance_is_seen_as_in_the_list():
    async with emulated() as azure:
        myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        everyone = await azure.client.instances(myvmss)
        assert await azure.client.instance(myvmss, everyone[7].id) == everyone[7]


async def test_an_instance_that_is_gone_is_none():
    async with emulated() as azure:
        myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        assert await azure.client.instance(myvmss, InstanceId("999")) is None


async def test_all_sets_of_a_subscription_are_listed():
    async with emulated(fleet("web", "api", "jobs", capacity=1)) as azure:
        seen = await azure.client.scale_sets(azure.subscription)
    assert {one.id for one in seen} == {azure.id("web"), azure.id("api"), azure.id("jobs")}


@pytest.mark.parametrize(
    ("subscription", "group", "name", "cls"),
    [
        (None, "rg", "nope", NoSuchScaleSet),
        (None, "nope", "web", NoSuchGroup),
        ("00000000-0000-4000-8000-00000000dead", "rg", "web", NoSuchSubscription),
        ("not-a-guid", "rg", "web", NoSuchSubscription),
    ],
)
async def test_what_is_not_there_is_named(subscription, group, name, cls):
    async with emulated(fleet("web", capacity=1)) as azure:
        wanted = ScaleSetId(subscription=subscription or azure.subscription, resource_group=group, name=name)
        with pytest.raises(cls, match=f"^reading scale set {group}/{name}: Azure answered 40") as caught:
            await azure.client.scale_set(wanted)
    assert isinstance(caught.value, NotFound)
    assert caught.value.exit_status == 2
    assert caught.value.request_id


async def test_the_list_of_an_unknown_subscription_is_no_empty_list():
    async with emulated() as azure:
        with pytest.raises(NoSuchSubscription):
            await azure.client.scale_sets("00000000-0000-4000-8000-00000000dead")


async def test_a_missing_right_and_a_bad_token_are_told():
    async with emulated(fleet("web", capacity=1)) as azure:
        await azure.fault(kind="forbid")
        with pytest.raises(NotAllowed, match="403 AuthorizationFailed") as caught:
            await azure.client.scale_set(azure.id("web"))
        assert caught.value.action == "Microsoft.Compute/virtualMachineScaleSets/read"
        await azure.fault(kind="http", status=401, times=1)
    async with emulated(fleet("web", capacity=1)) as azure:
        await azure.fault(kind="http", status=401)
        with pytest.raises(NotSignedIn):
            await azure.client.scale_set(azure.id("web"))


async def test_throttling_and_faults_are_waited_out_and_told():
    async with emulated(fleet("web", capacity=1)) as azure:
        await azure.fault(kind="http", status=429, retry_after=17, times=1)
        await azure.fault(kind="http", status=503, times=2)
        await azure.client.scale_set(azure.id("web"))
        assert azure.client.requests == 4
        assert azure.pauses[0].seconds == 17
        assert [pause.reason for pause in azure.pauses] == [
            "Azure asks for fewer requests (429)",
            "Azure answered 503",
            "Azure answered 503",
        ]


@pytest.mark.parametrize(("status", "cls"), [(429, Throttled), (500, ServerFault), (504, ServerFault)])
async def test_a_lasting_fault_is_told_in_the_end(status, cls):
    async with emulated(fleet("web", capacity=1)) as azure:
        await azure.fault(kind="http", status=status)
        with pytest.raises(cls):
            await azure.client.scale_set(azure.id("web"))


async def test_looking_often_is_slowed_down_before_azure_would_refuse():
    """A look at 1,000 instances takes nine requests out of a bucket of 30 that gains ten a minute."""
    async with emulated(fleet("web", capacity=1000, single_placement_group=False)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        begun = virtual_loop().time()
        for _ in range(6):
            assert len(await azure.client.instances(web)) == 1000
        taken = virtual_loop().time() - begun
    assert azure.client.requests == 1 + 6 * 9
    assert 30 + taken * 10 / 60 >= 6 * 9
    assert taken < 240


# Writing


async def test_an_image_is_written_and_nothing_else():
    async with emulated() as azure:
        before = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        operation = await azure.client.write_model(before, NEW)
        assert await azure.client.finish(operation) == Succeeded()
        after = await azure.client.scale_set(before.id)
        seen = await azure.client.instances(after)
    assert after.image == NEW
    assert after.etag != before.etag
    assert (after.capacity, after.upgrade_mode, after.health_source) == (20, UpgradeMode.MANUAL, HealthSource.PROBE)
    assert {(instance.image, instance.latest_model_applied) for instance in seen} == {(OLD, False)}


async def test_a_write_on_an_old_etag_changes_nothing():
    async with emulated() as azure:
        before = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        await azure.client.write_model(before, NEW)
        with pytest.raises(
            ChangedMeanwhile, match="setting the image of myrg/myvmss to MicrosoftWindowsServer:"
        ) as caught:
            await azure.client.write_model(before, OLD)
        assert caught.value.status == 412
        assert (await azure.client.scale_set(before.id)).image == NEW


async def test_a_write_whose_answer_was_lost_is_found_out_by_its_repeat():
    async with emulated() as azure:
        before = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        await azure.fault(kind="lost-reply", method="PATCH")
        with pytest.raises(ChangedMeanwhile):
            await azure.client.write_model(before, NEW)
        assert (await azure.client.scale_set(before.id)).image == NEW


async def test_what_azure_refuses_is_told_in_its_words():
    async with emulated() as azure:
        before = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        other = PlatformImage(publisher="Canonical", offer="UbuntuServer", sku="22_04", version="1.0.0")
        with pytest.raises((Conflict, Refused)) as caught:
            await azure.client.write_model(before, other)
    assert caught.value.code
    assert "\n" not in str(caught.value)


async def test_the_upgrade_mode_is_written():
    async with emulated(fleet("web", capacity=2, upgrade_policy="Automatic")) as azure:
        before = await azure.client.scale_set(azure.id("web"))
        assert before.upgrade_mode is UpgradeMode.AUTOMATIC
        operation = await azure.client.write_upgrade_mode(before, UpgradeMode.MANUAL)
        assert await azure.client.finish(operation) == Succeeded()
        assert (await azure.client.scale_set(before.id)).upgrade_mode is UpgradeMode.MANUAL


async def test_named_instances_are_upgraded_and_no_others():
    async with emulated() as azure:
        before = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        await azure.client.finish(await azure.client.write_model(before, NEW))
        chosen = [instance.id for instance in await azure.client.instances(before)][:3]
        operation = await azure.client.manual_upgrade(before, chosen)
        assert isinstance(await azure.client.poll(operation), Running)
        busy = {one.id for one in await azure.client.instances(before) if one.provisioning is Provisioning.UPDATING}
        assert busy == set(chosen)
        assert await azure.client.finish(operation) == Succeeded()
        seen = await azure.client.instances(before)
    assert [instance.id for instance in seen if instance.image == NEW] == chosen
    assert azure.pauses == []


async def test_an_unknown_instance_fails_the_whole_call():
    async with emulated() as azure:
        myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        with pytest.raises(Refused, match="upgrading 2 instances of myrg/myvmss: Azure answered 400 InvalidParameter"):
            await azure.client.manual_upgrade(myvmss, ids(0, 1181))


@pytest.mark.parametrize("chosen", [[], ["*"], ["1", "*"]])
async def test_an_upgrade_never_means_all(chosen):
    async with emulated() as azure:
        myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        with pytest.raises(AssertionError):
            await azure.client.manual_upgrade(myvmss, chosen)
        assert azure.client.requests == 1


# Operations


async def upgraded(azure, *numbers):
    myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
    await azure.client.finish(await azure.client.write_model(myvmss, NEW))
    return await azure.client.manual_upgrade(myvmss, ids(*numbers))


async def test_a_failed_upgrade_tells_azures_error_in_the_operation_and_on_the_instance():
    async with emulated() as azure:
        myvmss = await azure.client.scale_set(azure.id("myvmss", "myrg"))
        first = (await azure.client.instances(myvmss))[0].id
        await azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=[first], code="OSProvisioningTimedOut")
        status = await azure.client.finish(await upgraded(azure, first))
        instance = await azure.client.instance(myvmss, first)
    assert isinstance(status, Failed)
    assert status.error.code == "OSProvisioningTimedOut"
    assert instance.provisioning is Provisioning.FAILED
    assert instance.error.code == "OSProvisioningTimedOut"


async def test_an_operation_that_azure_has_forgotten_is_lost_and_not_failed():
    async with emulated() as azure:
        first = (await azure.client.instances(await azure.client.scale_set(azure.id("myvmss", "myrg"))))[0].id
        operation = await upgraded(azure, first)
        await azure.fault(kind="expire-operations")
        assert await azure.client.poll(operation) == Lost(reason="Azure no longer knows the operation (404)")
        assert isinstance(await azure.client.finish(operation), Lost)


async def test_the_second_address_is_asked_where_there_is_no_first():
    async with emulated() as azure:
        first = (await azure.client.instances(await azure.client.scale_set(azure.id("myvmss", "myrg"))))[0].id
        told = await upgraded(azure, first)
        operation = Operation(attempted=told.attempted, scale_set=told.scale_set, result_url=told.result_url)
        assert isinstance(await azure.client.poll(operation), Running)
        assert await azure.client.finish(operation) == Succeeded()


async def test_the_set_itself_is_asked_where_there_is_no_address():
    async with emulated() as azure:
        first = (await azure.client.instances(await azure.client.scale_set(azure.id("myvmss", "myrg"))))[0].id
        told = await upgraded(azure, first)
        operation = Operation(attempted=told.attempted, scale_set=told.scale_set)
        assert await azure.client.poll(operation) == Running()
        assert await azure.client.finish(operation) == Succeeded()


async def test_an_operation_is_asked_about_as_often_as_azure_says():
    running = Says(200, {"status": "InProgress"}, {"Retry-After": "30"})
    script = Script(running, running, Says(200, {"status": "Succeeded"}))
    operation = Operation(attempted="upgrading", scale_set=WEB, status_url="http://localhost/op?c=secret")
    async with script.azure as azure:
        assert await azure.finish(operation) == Succeeded()
    assert virtual_loop().time() == pytest.approx(60)
    assert "secret" not in repr(operation)


async def test_an_operation_that_never_ends_is_given_up():
    script = Script(Says(200, {"status": "InProgress"}))
    operation = Operation(attempted="upgrading", scale_set=WEB, status_url="http://localhost/op")
    async with script.azure as azure:
        assert await azure.finish(operation, seconds_max=100) == Lost(reason="it has not ended within 100 s")
    assert virtual_loop().time() == pytest.approx(100)


FAILED = {"status": "Failed", "error": {"code": "VMStartTimedOut", "message": "It did not start."}}
PREEMPTED = {"status": "Canceled", "error": {"code": "OperationPreempted", "message": "A more recent one."}}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Says(200, {"status": "InProgress"}), "Running(retry_after=None)"),
        (Says(200, {"status": "InProgress"}, {"Retry-After": "x"}), "Running(retry_after=None)"),
        (Says(200, {"status": "Updating"}, {"Retry-After": "5"}), "Running(retry_after=5.0)"),
        (Says(200, {"status": "SUCCEEDED"}), "Succeeded()"),
        (Says(200, FAILED), "Failed(error=AzureError(code='VMStartTimedOut', message='It did not start.'))"),
        (Says(200, {"status": "Failed"}), "Failed(error=AzureError(code='Failed', message=''))"),
        (Says(200, {"status": "Canceled"}), "Failed(error=AzureError(code='Canceled', message=''))"),
        (Says(200, PREEMPTED), "Lost(reason='a more recent operation has taken its place')"),
        (Says(200, {}), "Lost(reason='the answer has no status')"),
        (Says(200, b"<html>"), "Lost("),
        (Says(200), "Lost("),
        (error(404), "Lost(reason='Azure no longer knows the operation (404)')"),
        (error(410), "Lost(reason='Azure no longer knows the operation (410)')"),
    ],
)
async def test_a_status_is_read(answer, status):
    script = Script(answer)
    operation = Operation(attempted="upgrading", scale_set=WEB, status_url="http://localhost/op")
    async with script.azure as azure:
        assert repr(await azure.poll(operation)).startswith(status)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Says(202, None, {"Retry-After": "12"}), Running(retry_after=12)),
        (Says(200), Succeeded()),
        (Says(204), Succeeded()),
        (error(404), Lost(reason="Azure no longer knows the operation (404)")),
    ],
)
async def test_a_result_is_read(answer, status):
    script = Script(answer)
    operation = Operation(attempted="upgrading", scale_set=WEB, result_url="http://localhost/op?monitor=true")
    async with script.azure as azure:
        assert await azure.poll(operation) == status


@pytest.mark.parametrize("state", Provisioning)
def test_a_provisioning_state_is_read(state):
    expected = {
        Provisioning.SUCCEEDED: Succeeded,
        Provisioning.FAILED: Failed,
        Provisioning.CANCELED: Failed,
        Provisioning.DELETING: Lost,
    }
    assert isinstance(read_provisioning(state), expected.get(state, Running))


@pytest.mark.parametrize(("status", "cls"), [(401, NotSignedIn), (403, NotAllowed), (503, ServerFault)])
async def test_a_status_that_cannot_be_read_now_says_nothing_about_the_operation(status, cls):
    script = Script(error(status))
    operation = Operation(attempted="upgrading 3 instances of rg/web", scale_set=WEB, status_url="http://localhost/op")
    async with script.azure as azure:
        with pytest.raises(cls, match=r"^following up upgrading 3 instances of rg/web: "):
            await azure.poll(operation)


async def test_an_operation_elsewhere_is_not_asked_about():
    script = Script(Says(200))
    operation = Operation(attempted="upgrading", scale_set=WEB, status_url="https://evil.example/op?c=secret")
    async with script.azure as azure:
        with pytest.raises(StrayLink) as caught:
            await azure.poll(operation)
    assert script.transport.sent == 0
    assert "secret" not in str(caught.value)


# Images


async def test_the_versions_of_a_platform_image_are_listed_oldest_first():
    async with emulated() as azure:
        seen = await azure.client.platform_versions(azure.subscription, "westus", **WINDOWS)
    assert seen == ("4.0.20151022", "4.0.20151120", "4.0.20151214", "4.0.20160126", "4.0.20160229")


@pytest.mark.parametrize("wrong", [{"publisher": "Nobody"}, {"offer": "Nothing"}, {"sku": "2012-R3"}])
async def test_an_image_that_a_region_does_not_offer_is_named(wrong):
    async with emulated() as azure:
        words = {**WINDOWS, **wrong}
        with pytest.raises(NoSuchImage, match=f"versions of image {':'.join(words.values())} in westus: "):
            await azure.client.platform_versions(azure.subscription, "westus", **words)


async def test_an_empty_list_of_versions_is_no_image():
    script = Script(Says(200, []))
    async with script.azure as azure:
        with pytest.raises(NoSuchImage, match="versions of image p:o:s in westus: that region offers none"):
            await azure.platform_versions("s", "westus", "p", "o", "s")


GALLERY_IMAGE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i"


async def test_the_versions_of_a_gallery_image_are_listed_oldest_first_over_all_pages():
    def version(name):
        return {"name": name, "properties": {"publishingProfile": {"targetRegions": [{"name": "West US"}]}}}

    link = "http://localhost/more?page="
    script = Script(
        Says(200, {"value": [version("1.10.0"), version("1.2.0")], "nextLink": f"{link}2"}),
        Says(200, {"value": [], "nextLink": f"{link}3"}),
        Says(200, {"value": [version("1.9.0")]}),
    )
    async with script.azure as azure:
        image = CustomImage(kind=CustomKind.ID, resource_id=f"{GALLERY_IMAGE}/versions/1.2.0")
        seen = await azure.gallery_versions("s", "westus", image)
    assert [one.version for one in seen] == ["1.2.0", "1.9.0", "1.10.0"]
    assert script.asked[0]["path"] == f"{GALLERY_IMAGE}/versions"
    assert script.asked[0]["query"] == "api-version=2023-07-03"


@pytest.mark.parametrize(
    ("resource_id", "version"),
    [
        (GALLERY_IMAGE, "2023-07-03"),
        ("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/golden", "2024-07-01"),
    ],
)
async def test_an_image_that_is_not_there_is_named(resource_id, version):
    script = Script(error(404, "ResourceNotFound", "It was not found."))
    async with script.azure as azure:
        with pytest.raises(NoSuchImage, match=f"^reading image {resource_id}: Azure answered 404"):
            await azure.check_image("s", "westus", CustomImage(kind=CustomKind.ID, resource_id=resource_id))
    assert script.asked[0]["query"] == f"api-version={version}"


async def test_an_image_that_is_there_is_no_error():
    script = Script(Says(200, {"name": "golden"}))
    async with script.azure as azure:
        await azure.check_image("s", "westus", CustomImage(kind=CustomKind.ID, resource_id=GALLERY_IMAGE))
