"""Contract: everything that Azure was recorded to answer can be read, and reads as what it is."""

import msgspec
import pytest

from rollset.arm.errors import ArmError, ChangedMeanwhile, Conflict, NotFound, Refused, ServerFault, Throttled
from rollset.arm.image_versions import GALLERY_PAGE, to_gallery_version, to_platform_versions
from rollset.arm.instances import INSTANCE, INSTANCE_PAGE, to_instance
from rollset.arm.operations import Failed, Running, Succeeded, begun, read_result, read_status
from rollset.arm.properties import DESCRIBED, to_properties
from rollset.arm.reply import Reply
from rollset.arm.scale_sets import SCALE_SET, SCALE_SET_PAGE, to_scale_set
from rollset.core.fleet import HealthSource, Orchestration, Power, Provisioning, UpgradeMode
from rollset.core.ids import ScaleSetId
from rollset.core.image import CustomImage, PlatformImage
from tests.support.recordings import exchanges, needs_recordings

pytestmark = needs_recordings

SET = ScaleSetId(subscription="s", resource_group="rg", name="vmss")


def recorded(*names, where=lambda _: True):
    return [pytest.param(exchange, id=exchange.id) for exchange in exchanges(*names) if where(exchange)]


def reply(exchange):
    return Reply(
        attempted="testing",
        status=exchange.status,
        headers=exchange.headers,
        body=exchange.content,
    )


def is_instance(exchange):
    return isinstance(exchange.body, dict) and "instanceId" in exchange.body


def lists_versions(exchange):
    return exchange.request["path"].endswith("/versions")


def is_set(exchange):
    return isinstance(exchange.body, dict) and str(exchange.body.get("type", "")).lower().endswith(
        "/virtualmachinescalesets"
    )


@pytest.mark.parametrize("exchange", recorded("vmss-get", "vmss-put", "vmss-patch", "flexible", where=is_set))
def test_every_scale_set_is_read(exchange):
    answer = reply(exchange)
    seen = to_scale_set(answer.decode(SCALE_SET), answer)
    body = exchange.body
    properties = body["properties"]
    assert seen.id.name.lower() == body["id"].rpartition("/")[2].lower()
    assert seen.capacity == int(body["sku"]["capacity"])
    assert seen.vm_size == body["sku"]["name"]
    assert seen.etag == body.get("etag")
    assert seen.provisioning is not Provisioning.UNKNOWN or "provisioningState" not in properties
    reference = properties.get("virtualMachineProfile", {}).get("storageProfile", {}).get("imageReference", {})
    if "sku" in reference:
        assert seen.image == PlatformImage(
            **{word: reference[word] for word in ("publisher", "offer", "sku", "version")}
        )
    elif "id" in reference:
        assert isinstance(seen.image, CustomImage)
    flexible = properties.get("orchestrationMode") == "Flexible"
    assert seen.orchestration is (Orchestration.FLEXIBLE if flexible else Orchestration.UNIFORM)


@pytest.mark.parametrize("exchange", recorded("vmss-get", "vmss-put", "vmss-patch", "flexible", where=is_set))
def test_the_properties_of_every_scale_set_are_read(exchange):
    seen = to_properties(reply(exchange).decode(DESCRIBED))
    properties = exchange.body["properties"]
    machine = properties.get("virtualMachineProfile", {})
    guest, disk = machine.get("osProfile", {}), machine.get("storageProfile", {}).get("osDisk", {})
    assert (seen.admin_user, seen.name_prefix) == (guest.get("adminUsername"), guest.get("computerNamePrefix"))
    assert (seen.overprovision, seen.fault_domains) == (
        properties.get("overprovision"),
        properties.get("platformFaultDomainCount"),
    )
    assert (seen.priority, seen.os_disk.size_gb) == (machine.get("priority"), disk.get("diskSizeGB"))
    assert (seen.created_at is None) is ("timeCreated" not in properties)
    assert len(seen.extensions) == len(machine.get("extensionProfile", {}).get("extensions", ()))


@pytest.mark.parametrize("exchange", recorded("vmss-list"))
def test_every_list_of_scale_sets_is_read(exchange):
    answer = reply(exchange)
    shapes = answer.decode(SCALE_SET_PAGE).value or []
    seen = [to_scale_set(shape, answer).id for shape in shapes]
    assert [one.path.lower() for one in seen] == [item["id"].lower() for item in exchange.body["value"]]


@pytest.mark.parametrize("exchange", recorded("vms-list", "vms-list-expanded"))
def test_every_list_of_instances_is_read(exchange):
    answer = reply(exchange)
    page = answer.decode(INSTANCE_PAGE)
    seen = [to_instance(shape, answer) for shape in page.value or []]
    assert page.next_link == exchange.body.get("nextLink")
    for instance, item in zip(seen, exchange.body["value"], strict=True):
        view = item["properties"].get("instanceView", {})
        assert instance.id == item["instanceId"]
        assert instance.latest_model_applied is item["properties"]["latestModelApplied"]
        assert instance.place.update_domain == view.get("platformUpdateDomain")
        assert instance.place.fault_domain == view.get("platformFaultDomain")
        assert (instance.power is Power.UNKNOWN) is not any("PowerState" in str(s) for s in view.get("statuses", ()))
        assert (instance.health is None) is ("vmHealth" not in view)


@pytest.mark.parametrize("exchange", recorded("vm-get", "vm-put", where=is_instance))
def test_every_instance_is_read(exchange):
    answer = reply(exchange)
    seen = to_instance(answer.decode(INSTANCE), answer)
    reference = exchange.body["properties"]["storageProfile"].get("imageReference", {})
    assert seen.provisioning is not Provisioning.UNKNOWN
    if "exactVersion" in reference and "sku" in reference:
        assert isinstance(seen.image, PlatformImage)
        assert seen.image.version == reference["exactVersion"]


@pytest.mark.parametrize("exchange", recorded("operations-poll", "manualupgrade", "vmss-patch"))
def test_every_operation_is_read(exchange):
    answer = reply(exchange)
    if exchange.request["method"] != "GET":
        operation = begun(answer, SET)
        assert operation.status_url == exchange.headers.get("Azure-AsyncOperation")
        assert (operation.status_url or "operations") not in repr(operation)
        return
    if exchange.request["query"].get("monitor") == "true" or exchange.body is None or "status" not in exchange.body:
        assert read_result(answer) == Succeeded()
        return
    match exchange.body["status"]:
        case "InProgress":
            told = exchange.headers.get("Retry-After")
            assert read_status(answer) == Running(retry_after=float(told) if told else None)
        case "Succeeded":
            assert read_status(answer) == Succeeded()
        case "Failed":
            status = read_status(answer)
            assert isinstance(status, Failed)
            assert status.error.code == exchange.body["error"]["code"]


@pytest.mark.parametrize("exchange", recorded("errors"))
def test_every_error_is_told(exchange):
    error = reply(exchange).error(NotFound)
    expected = {400: Refused, 404: NotFound, 409: Conflict, 412: ChangedMeanwhile, 429: Throttled}
    assert type(error) is expected.get(exchange.status, ServerFault)
    assert isinstance(error, ArmError)
    assert error.code == exchange.body["error"]["code"]
    assert error.azure_message == exchange.body["error"]["message"]
    assert "\n" not in str(error)


@pytest.mark.parametrize("exchange", recorded("images-versions", where=lists_versions))
def test_every_list_of_platform_versions_is_read(exchange):
    assert sorted(to_platform_versions(reply(exchange))) == sorted(entry["name"] for entry in exchange.body)


@pytest.mark.parametrize("exchange", recorded("galleries", where=lists_versions))
def test_every_list_of_gallery_versions_is_read(exchange):
    answer = reply(exchange)
    for shape, item in zip(answer.decode(GALLERY_PAGE).value or [], exchange.body["value"], strict=True):
        seen = to_gallery_version(shape, "West US", answer)
        assert seen.version == item["name"]
        assert seen.published
        regions = item["properties"].get("publishingProfile", {}).get("targetRegions", [{"name": "West US"}])
        assert seen.replicated is any(region["name"] == "West US" for region in regions)


def test_the_recordings_show_what_the_code_says_they_do():
    """Facts that docstrings lean on: a probe as health source, protection, and the number 0 for a state."""
    sets = [reply(exchange) for exchange in exchanges("vmss-get") if is_set(exchange)]
    assert HealthSource.PROBE in {to_scale_set(answer.decode(SCALE_SET), answer).health_source for answer in sets}
    assert {to_scale_set(answer.decode(SCALE_SET), answer).upgrade_mode for answer in sets} >= {UpgradeMode.MANUAL}
    lists = [reply(exchange) for exchange in exchanges("vms-list-expanded")]
    seen = [to_instance(shape, answer) for answer in lists for shape in answer.decode(INSTANCE_PAGE).value or []]
    assert any(instance.protected for instance in seen)
    raw = [msgspec.json.decode(answer.body)["value"] for answer in lists]
    assert any(item["properties"]["provisioningState"] == 0 for items in raw for item in items)
