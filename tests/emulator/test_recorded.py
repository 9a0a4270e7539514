"""Recorded answers of Azure against ours: status, headers, and the members of bodies with the types of their values.

The deviations that remain are listed here by name, each with its reason; the lists only shrink.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from rollset.emulator.images import Offered, Urn
from tests.emulator.local import Answer, Client, path_of
from tests.support.recordings import Exchange, exchanges, needs_recordings

pytestmark = needs_recordings

# Members of sets that ours has and a recorded one has not. There is none the other way round.
SETS_ADD = {
    "tags": "two recorded answers leave empty tags out",
    "diskSizeGB": "one answer of 2017 leaves it out",
    "etag": "recordings before July 2024 have none",
    "timeCreated": "the profile shows it only since 2023-09-01",
}
# The same of Flexible sets, where one of 2021 differs from all later ones.
FLEXIBLE_ADD = {"constrainedMaximumCapacity": "not yet in 2021"}
FLEXIBLE_LACK = {
    "overprovision": "only in 2021",
    "doNotRunExtensionsOnOverprovisionedVMs": "only in 2021",
}
# The same of instances.
INSTANCES_ADD = {
    "diskSizeGB": "not before 2017-12-01",
    "vmId": "not before 2017-03-30",
    "vmHealth": "the article's set has a probe, the recorded ones have not",
    "extensionHandlers": "an agent without extensions shows an empty list here",
    "loadBalancerBackendAddressPools": "the article's set is behind a load balancer",
    "windowsConfiguration": "the article's set is Windows",
    "managedDisk": "the article's set has managed disks",
    "requireGuestProvisionSignal": "one answer of 2018-10-01 has it in the set and not in the instance",
    "storageAccountType": "one answer of 2020 leaves it out",
    "id": "one answer of 2015 has no id",
    "dataDisks": "the same answer leaves empty lists out",
    "time": "some were recorded during an update, which shows no time",
    "osName": "and before the agent reported",
    "osVersion": "the same",
    "computerName": "the same",
}
INSTANCES_LACK = {
    "resources": "Microsoft's own subscriptions inject extensions",
    "extensions": "the same",
    "linuxConfiguration": "the article's set is Windows",
    "zones": "the article's set has none",
    "securityProfile": "ours shows what the model has",
    "diskControllerType": "the same",
    "licenseType": "the same",
    "priority": "the same",
    "evictionPolicy": "the same",
    "billingProfile": "spot instances are not emulated",
    "enableAcceleratedNetworking": "ours shows what the model has",
    "networkSecurityGroup": "the same",
    "loadBalancerInboundNatPools": "the same",
    "additionalCapabilities": "the same",
    "writeAcceleratorEnabled": "the same",
    "patchSettings": "the same",
    "enableVMAgentPlatformUpdates": "the same",
    "vhd": "unmanaged disks of platform images show no address here",
    "primary": "one recorded address says it",
    "encryptionSettings": "disk encryption is not emulated",
}


def recorded(*files: str, client: str | None = None) -> list[Any]:
    """Real exchanges of the files as parameters; official examples and issue reports are no recordings."""
    found = [one for one in exchanges(*files) if one.client not in ("official-example", "issue-report")]
    return [pytest.param(one, id=one.id) for one in found if client is None or one.client == client]


def differences(theirs: Any, ours: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Members that one side lacks, and values of another type, as (what, name, path)."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs.keys() | ours.keys():
            here = f"{path}.{name}"
            if name not in ours:
                yield "lacks", name, here
            elif name not in theirs:
                yield "adds", name, here
            else:
                yield from differences(theirs[name], ours[name], here)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for one, other in zip(theirs, ours, strict=False):
            yield from differences(one, other, f"{path}[]")
    elif theirs is not None and ours is not None and type(theirs) is not type(ours):
        yield "types", type(ours).__name__, path


def rebuilt(azure: Client, document: dict[str, Any], api: str) -> str:
    """Makes the recorded set anew by PUT; answers its path."""
    made = azure.put(azure.set_path("rebuilt"), offered(azure, document), api=api)
    assert made.status == 201, made.body
    azure.follow(made)
    return azure.set_path("rebuilt")


def offered(azure: Client, document: dict[str, Any]) -> dict[str, Any]:
    """The document, once its image is on offer."""
    reference = document["properties"]["virtualMachineProfile"]["storageProfile"].get("imageReference", {})
    if "publisher" in reference:
        versions = ("1.0.0", reference["version"]) if reference["version"] != "latest" else ("1.0.0",)
        azure.world.images.offer(
            Offered(Urn(reference["publisher"], reference["offer"], reference["sku"]), "Linux", versions)
        )
    return document


def is_uniform(exchange: Exchange) -> bool:
    body = exchange.body or {}
    profile = body.get("properties", {}).get("virtualMachineProfile", {})
    reference = profile.get("storageProfile", {}).get("imageReference", {})
    uniform = body.get("properties", {}).get("orchestrationMode", "Uniform") == "Uniform"
    return uniform and bool(profile) and "id" not in reference


def api_of(exchange: Exchange) -> str:
    return str(exchange.request["query"].get("api-version", "2024-07-01"))


@pytest.mark.parametrize("exchange", recorded("vmss-get"))
def test_a_set_reads_as_the_recorded_one_does(azure, exchange):
    if not is_uniform(exchange):
        pytest.skip("no uniform set on a platform image")
    path = rebuilt(azure, exchange.body, api_of(exchange))
    answer = azure.get(path, api=api_of(exchange))
    assert answer.status == exchange.status
    found = unexplained(exchange.body, answer.body, lacks=(), adds=SETS_ADD)
    assert found == []


@pytest.mark.parametrize("exchange", recorded("flexible"))
def test_a_flexible_set_reads_as_the_recorded_one_does(azure, exchange):
    path = rebuilt(azure, exchange.body, api_of(exchange))
    answer = azure.get(path, api=api_of(exchange))
    assert answer.status == exchange.status
    found = unexplained(exchange.body, answer.body, lacks=FLEXIBLE_LACK, adds=SETS_ADD | FLEXIBLE_ADD)
    assert found == []


def unexplained(theirs: Any, ours: Any, *, lacks: Any, adds: Any) -> list[tuple[str, str, str]]:
    allowed = {"lacks": lacks, "adds": adds, "types": ()}
    return [one for one in differences(theirs, ours) if one[1] not in allowed[one[0]]]


HEADERS = ("Azure-AsyncOperation", "Location", "Azure-AsyncNotification", "x-ms-request-charge")


def headers_agree(exchange: Exchange, answer: Answer, *, retry_after: bool) -> None:
    """The headers of long-running operations are there or absent as recorded.

    Recorders of the Azure CLI and of Python strip `Retry-After`, so only other clients' recordings speak of it. A charge was
    told only since 2018.
    """
    for name in HEADERS[:3] if api_of(exchange) < "2018-04-01" else HEADERS:
        assert (name in exchange.headers) == (name.lower() in answer.headers), name
    if exchange.client in ("azure-sdk-net", "azure-service-operator"):
        assert ("Retry-After" in exchange.headers) == retry_after == ("retry-after" in answer.headers)


@pytest.mark.parametrize("exchange", recorded("manualupgrade", "power", "reimage", "redeploy"))
def test_actions_are_accepted_as_recorded(azure, exchange):
    place = "/" + exchange.request["path"].partition("/virtualMachineScaleSets/")[2].partition("/")[2]
    place = re.sub(r"(?i)/virtualmachines/\d+/", "/virtualMachines/0/", place)
    body = exchange.request["body"]
    if body and "instanceIds" in body:
        body = {**body, "instanceIds": [one if one == "*" else str(at) for at, one in enumerate(body["instanceIds"])]}
    azure.set_version("4.0.20160229")
    answer = azure.post(f"{azure.set_path()}{place}", body, api=api_of(exchange))
    assert (answer.status, answer.body) == (exchange.status, exchange.body) == (202, None)
    headers_agree(exchange, answer, retry_after=False)


@pytest.mark.parametrize("exchange", recorded("delete"))
def test_deletions_are_accepted_as_recorded(azure, exchange):
    place = exchange.request["path"].partition("/virtualMachineScaleSets/")[2]
    name, _, rest = place.partition("/")
    path = azure.set_path("nope" if name == "VMScaleSetDoesNotExist" else "myvmss") + (f"/{rest}" if rest else "")
    answer = azure.ask(exchange.request["method"], path, exchange.request["body"], api=api_of(exchange))
    assert (answer.status, answer.body) == (exchange.status, exchange.body)
    if answer.status == 202:
        headers_agree(exchange, answer, retry_after=True)


@pytest.mark.parametrize("exchange", recorded("vmss-put", "vmss-patch"))
def test_writes_are_answered_as_recorded(azure, exchange):
    if not is_uniform(exchange):
        pytest.skip("no uniform set on a platform image")
    if exchange.status == 201:
        answer = azure.put(azure.set_path("rebuilt"), offered(azure, exchange.body), api=api_of(exchange))
    else:
        path = rebuilt(azure, exchange.body, api_of(exchange))
        answer = azure.ask(exchange.request["method"], path, {"tags": {"a": "b"}}, api=api_of(exchange))
    assert answer.status == exchange.status
    assert answer.properties["provisioningState"] == exchange.body["properties"]["provisioningState"]
    if "Azure-AsyncOperation" in exchange.headers:
        headers_agree(exchange, answer, retry_after=True)


@pytest.mark.parametrize("exchange", recorded("operations-poll"))
def test_polls_read_as_recorded(azure, exchange):
    if exchange.body is None:
        accepted = azure.upgrade("0")
        azure.follow(accepted)
        answer = azure.get(path_of(accepted, "location"))
        assert (answer.status, answer.body) == (200, None)
        return
    if "status" not in exchange.body or "output" in exchange.body.get("properties", {}):
        pytest.skip("an operation with a result, which none of ours has")
    azure.set_version("4.0.20160229")
    if exchange.body["status"] == "Failed":
        azure.fault(kind="upgrade-fails", set="myrg/myvmss")
    accepted = azure.upgrade("0")
    if exchange.body["status"] != "InProgress":
        azure.follow(accepted)
    answer = azure.get(path_of(accepted))
    assert answer.status == exchange.status
    assert answer.body["status"] == exchange.body["status"]
    assert unexplained(exchange.body, answer.body, lacks=("details", "innererror", "target"), adds=()) == []


def listed(exchange: Exchange) -> dict[str, Any]:
    return exchange.body["value"][0] if "value" in exchange.body else exchange.body


@pytest.mark.parametrize("exchange", recorded("vms-list", "vms-list-expanded", "vm-get"))
def test_instances_read_as_recorded(azure, exchange):
    query = {
        name.replace("$", "__"): value for name, value in exchange.request["query"].items() if name != "api-version"
    }
    query.pop("__skiptoken", None)
    place = "" if "value" in exchange.body else "/0"
    answer = azure.get(f"{azure.set_path()}/virtualMachines{place}", api=api_of(exchange), **query)
    theirs, ours = listed(exchange), answer.body["value"][0] if "value" in answer.body else answer.body
    for one in (theirs, ours):
        one.pop("tags", None)  # Everybody's own.
    if theirs["properties"].get("provisioningState") == 0:
        theirs["properties"]["provisioningState"] = "Succeeded"  # What was not selected is now and then a 0.
    assert unexplained(theirs, ours, lacks=INSTANCES_LACK, adds=INSTANCES_ADD) == []


@pytest.mark.parametrize("exchange", recorded("vmss-instance-view"))
def test_set_views_read_as_recorded(azure, exchange):
    answer = azure.get(f"{azure.set_path()}/instanceView", api=api_of(exchange))
    lacks = {"extensions": "injected", "orchestrationServices": "repairs are off in the article's set"}
    assert unexplained(exchange.body, answer.body, lacks=lacks, adds={"time": "an update shows none"}) == []


@pytest.mark.parametrize("exchange", recorded("images-versions"))
def test_image_lists_read_as_recorded(azure, exchange):
    place = exchange.request["path"].partition("/artifacttypes/")[2].split("/")
    publisher = exchange.request["path"].partition("/publishers/")[2].partition("/")[0]
    named = dict(zip(place[1::2], place[2::2], strict=False))
    version = named.get("versions", "1.0.0")
    azure.world.images.offer(Offered(Urn(publisher, named["offers"], named.get("skus", "s")), "Linux", (version,)))
    query = {
        name.replace("$", "__"): value for name, value in exchange.request["query"].items() if name != "api-version"
    }
    path = f"{azure.subscription}/providers/{exchange.request['path'].partition('/providers/')[2]}"
    answer = azure.get(path, api=api_of(exchange), **query)
    assert answer.status == exchange.status
    assert isinstance(answer.body, type(exchange.body))
    if exchange.body:
        lacks = {
            "properties": "of a sku",
            "plan": "no plans",
            "alternativeOption": "of old images",
            "sizeInGb": "one of two",
        }
        adds = {"sizeInBytes": "one of two", "features": "not of all images"}
        assert unexplained(exchange.body, answer.body, lacks={**lacks, "scheduledDeprecationTime": ""}, adds=adds) == []


@needs_recordings
def test_errors_read_as_recorded(azure, set_document):
    """Those errors that requests of this surface lead to: status, code, target and text."""
    known = {one.id: one for one in exchanges("errors")}
    cancel = azure.post(f"{azure.set_path()}/rollingUpgrades/cancel")
    missing = azure.get(azure.set_path("vmss1"))
    rolling = azure.put(azure.set_path("x"), set_document(mode="Rolling"))
    changed = azure.patch(azure.set_path(), {"properties": {"platformFaultDomainCount": 2}})
    azure.set_version("4.0.20160229")
    azure.patch(azure.set_path(), {"tags": {}})
    stale = azure.patch(azure.set_path(), {}, headers={"If-Match": '"2"'})
    for answer, recording in (
        (cancel, known["errors-003"]),
        (missing, known["errors-018"]),
        (rolling, known["errors-002"]),
        (changed, known["errors-010"]),
        (stale, known["errors-025"]),
    ):
        assert (answer.status, answer.code) == (recording.status, recording.body["error"]["code"])
        assert set(answer.body["error"]) == set(recording.body["error"])
    assert cancel.body == known["errors-003"].body
    assert stale.body == known["errors-025"].body
    assert missing.headers["x-ms-failure-cause"] == known["errors-018"].headers["x-ms-failure-cause"]
