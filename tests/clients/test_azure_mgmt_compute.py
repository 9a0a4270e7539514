"""Microsoft's own client, plain and asyncio, with the default credential, over HTTPS: nothing about it is adapted."""

import sys

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.aio import ComputeManagementClient as AsyncComputeManagementClient

from tests.clients.installed import run
from tests.clients.running import NEW

CHANGE = {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {"version": NEW}}}}}
KEPT = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_PROXY", "no_proxy")


@pytest.fixture
def ready(azure, monkeypatch):
    """The environment that the emulator asks for."""
    for name in KEPT:
        monkeypatch.setenv(name, azure.ready.env[name])
    return azure.ready


def test_the_plain_client(azure, ready):
    credential = DefaultAzureCredential()
    with credential, ComputeManagementClient(credential, ready.subscription_id, base_url=ready.https) as client:
        sets, vms = client.virtual_machine_scale_sets, client.virtual_machine_scale_set_vms
        assert [one.name for one in sets.list_all()] == ["myvmss"]
        model = sets.get("myrg", "myvmss")
        assert (model.sku.capacity, model.upgrade_policy.mode) == (20, "Manual")
        updated = sets.begin_update("myrg", "myvmss", CHANGE).result()
        assert updated.virtual_machine_profile.storage_profile.image_reference.version == NEW
        assert updated.provisioning_state == "Succeeded"
        sets.begin_update_instances("myrg", "myvmss", {"instanceIds": ["0", "5"]}).result()
        instances = {one.instance_id: one for one in vms.list("myrg", "myvmss", expand="instanceView")}
        assert len(instances) == 20
        assert {key for key, one in instances.items() if one.latest_model_applied} == {"0", "5"}
        assert instances["0"].storage_profile.image_reference.exact_version == NEW
        assert instances["1"].instance_view.vm_health.status.code == "HealthState/healthy"
        assert instances["7"].instance_view.platform_update_domain == 2
        whole = sets.get_instance_view("myrg", "myvmss")
        assert whole.statuses[0].code == "ProvisioningState/succeeded"
        one = vms.get("myrg", "myvmss", "3")
        one.protection_policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
        protected = vms.begin_update("myrg", "myvmss", "3", one).result()
        assert protected.protection_policy.protect_from_scale_set_actions is True
        model = sets.get("myrg", "myvmss")
        model.sku.capacity = 21
        assert sets.begin_create_or_update("myrg", "myvmss", model).result().sku.capacity == 21
        sets.begin_deallocate("myrg", "myvmss", {"instanceIds": ["9"]}).result()
        assert vms.get_instance_view("myrg", "myvmss", "9").statuses[1].code == "PowerState/deallocated"
        versions = client.virtual_machine_images.list(
            "westus", "MicrosoftWindowsServer", "WindowsServer", "2012-R2-Datacenter", top=1, orderby="name desc"
        )
        assert [version.name for version in versions] == [NEW]
        with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
            sets.get("myrg", "nope")
        with pytest.raises(HttpResponseError, match="PropertyChangeNotAllowed"):
            sets.begin_update("myrg", "myvmss", {"properties": {"platformFaultDomainCount": 3}})
        assert azure.running_version(NEW) == {"0", "5", "20"}
        assert (azure.version, azure.capacity, azure.power("9")) == (NEW, 21, "PowerState/deallocated")
        assert azure.protected("3") == {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
        sets.begin_delete("myrg", "myvmss").result()
        assert list(sets.list("myrg")) == azure.sets() == []


async def test_the_asyncio_client(azure, ready):
    credential = AsyncDefaultAzureCredential()
    # aiohttp reads SSL_CERT_FILE once, when it is imported; in this process it may have been imported long ago.
    client = AsyncComputeManagementClient(
        credential, ready.subscription_id, base_url=ready.https, connection_verify=ready.env["SSL_CERT_FILE"]
    )
    async with credential, client:
        sets, vms = client.virtual_machine_scale_sets, client.virtual_machine_scale_set_vms
        await (await sets.begin_update("myrg", "myvmss", CHANGE)).result()
        await (await sets.begin_update_instances("myrg", "myvmss", {"instanceIds": ["*"]})).result()
        instances = [one async for one in vms.list("myrg", "myvmss", expand="instanceView")]
        assert {one.storage_profile.image_reference.exact_version for one in instances} == {NEW}
        assert all(one.latest_model_applied for one in instances)
    assert len(azure.running_version(NEW)) == len(azure.latest()) == 20


LATEST = {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {"version": "latest"}}}}}


async def test_a_rolling_upgrade_with_the_asyncio_client(azure, ready):
    credential = AsyncDefaultAzureCredential()
    client = AsyncComputeManagementClient(
        credential, ready.subscription_id, base_url=ready.https, connection_verify=ready.env["SSL_CERT_FILE"]
    )
    async with credential, client:
        sets, upgrades = client.virtual_machine_scale_sets, client.virtual_machine_scale_set_rolling_upgrades
        with pytest.raises(ResourceNotFoundError):
            await upgrades.get_latest("myrg", "myvmss")
        await (await sets.begin_update("myrg", "myvmss", LATEST)).result()
        await (await sets.begin_update_instances("myrg", "myvmss", {"instanceIds": ["*"]})).result()
        azure.own("/publish", {"image": "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160401"})
        await (await upgrades.begin_start_os_upgrade("myrg", "myvmss")).result()
        latest = await upgrades.get_latest("myrg", "myvmss")
        assert (latest.running_status.code, latest.progress.successful_instance_count) == ("Completed", 20)
        (attempt,) = [one async for one in sets.get_os_upgrade_history("myrg", "myvmss")]
        assert attempt.properties.target_image_reference.version == "4.0.20160401"
        with pytest.raises(HttpResponseError, match="OperationNotAllowed"):
            await (await upgrades.begin_cancel("myrg", "myvmss")).result()
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["code"] == "Completed"
    assert len(azure.running_version("4.0.20160401")) == 20


# All that leads it is its environment; in this process aiohttp may have read another one.
ALONE = """
import asyncio, os
from azure.identity.aio import DefaultAzureCredential
from azure.mgmt.compute.aio import ComputeManagementClient

async def main():
    subscription, url = os.environ["AZURE_SUBSCRIPTION_ID"], os.environ["AZURE_RESOURCE_MANAGER_URL"]
    credential = DefaultAzureCredential()
    async with credential, ComputeManagementClient(credential, subscription, base_url=url) as client:
        poller = await client.virtual_machine_scale_sets.begin_update("myrg", "myvmss", {"sku": {"capacity": 21}})
        print((await poller.result()).sku.capacity)

asyncio.run(main())
"""


def test_the_asyncio_client_finds_its_way_by_the_environment_alone(azure, tmp_path):
    assert run([sys.executable, "-c", ALONE], azure.env("python"), tmp_path) == "21\n"
    assert (azure.capacity, len(azure.instances())) == (21, 21)


# Nothing in it says that this is not Azure.
FOR_AZURE = """
import os
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient

credential = ClientSecretCredential("11111111-2222-3333-4444-555555555555", "an-app", "its-secret")
with credential, ComputeManagementClient(credential, os.environ["AZURE_SUBSCRIPTION_ID"]) as client:
    print(client.virtual_machine_scale_sets.begin_update("myrg", "myvmss", {"tags": {"by": "proxy"}}).result().tags)
"""


def test_a_program_that_knows_no_address_but_azures_own(azure, tmp_path):
    leading = {
        name: azure.env("ansible")[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "AZURE_SUBSCRIPTION_ID")
    }
    assert run([sys.executable, "-c", FOR_AZURE], leading, tmp_path) == "{'by': 'proxy'}\n"
    assert azure.get()["tags"] == {"by": "proxy"}


def test_an_upgrade_that_fails_raises_azures_own_error(azure, ready):
    azure.own("/faults", {"kind": "upgrade-fails", "set": "myrg/myvmss", "instances": ["2"]})
    credential = DefaultAzureCredential()
    with credential, ComputeManagementClient(credential, ready.subscription_id, base_url=ready.https) as client:
        client.virtual_machine_scale_sets.begin_update("myrg", "myvmss", CHANGE).result()
        poller = client.virtual_machine_scale_sets.begin_update_instances("myrg", "myvmss", {"instanceIds": ["2"]})
        with pytest.raises(HttpResponseError, match="OSProvisioningTimedOut"):
            poller.result()
    assert azure.instances()["2"]["properties"]["provisioningState"] == "Failed"
    assert azure.latest() == set()


FLEXIBLE = {
    "location": "westus",
    "sku": {"name": "Standard_D2s_v3", "capacity": 2},
    "properties": {
        "orchestrationMode": "Flexible",
        "platformFaultDomainCount": 1,
        "virtualMachineProfile": {
            "storageProfile": {
                "imageReference": {
                    "publisher": "Canonical",
                    "offer": "0001-com-ubuntu-server-jammy",
                    "sku": "22_04-lts-gen2",
                    "version": "latest",
                }
            }
        },
    },
}
SCRIPT = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1"}


def test_the_rest_of_the_surface_with_the_plain_client(azure, ready):
    credential = DefaultAzureCredential()
    with credential, ComputeManagementClient(credential, ready.subscription_id, base_url=ready.https) as client:
        sets, vms, machines = (
            client.virtual_machine_scale_sets,
            client.virtual_machine_scale_set_vms,
            client.virtual_machines,
        )
        made = sets.begin_create_or_update("myrg", "flex", FLEXIBLE).result()
        assert (made.orchestration_mode, made.provisioning_state) == ("Flexible", "Succeeded")
        members = [one.name for one in machines.list("myrg", filter=f"'virtualMachineScaleSet/id' eq '{made.id}'")]
        assert sorted(one.instance_id for one in vms.list("myrg", "flex")) == sorted(members)
        machines.begin_deallocate("myrg", members[0]).result()
        view = machines.instance_view("myrg", members[0])
        assert view.statuses[1].code == "PowerState/deallocated"
        machines.begin_delete("myrg", members[0]).result()
        assert [one.name for one in machines.list_all()] == members[1:]
        assert [one["name"] for one in azure.read(f"{azure.compute}/virtualMachines")["value"]] == members[1:]

        told = vms.begin_run_command("myrg", "myvmss", "3", {"commandId": "RunPowerShellScript"}).result()
        assert [one.code for one in told.value] == [
            "ComponentStatus/StdOut/succeeded",
            "ComponentStatus/StdErr/succeeded",
        ]
        extensions = client.virtual_machine_scale_set_extensions
        written = extensions.begin_create_or_update("myrg", "myvmss", "script", {"properties": SCRIPT}).result()
        assert (written.name, written.properties.type) == ("script", "CustomScript")
        assert [one.name for one in extensions.list("myrg", "myvmss")] == ["script"]
        assert azure.get("/extensions/script")["properties"]["publisher"] == SCRIPT["publisher"]
        sets.begin_reapply("myrg", "myvmss").result()
        sets.begin_power_off("myrg", "myvmss", {"instanceIds": ["3"]}, skip_shutdown=True).result()
        assert azure.power("3") == "PowerState/stopped"
        with pytest.raises(HttpResponseError, match="not eligible"):
            sets.begin_perform_maintenance("myrg", "myvmss", {"instanceIds": ["3"]}).result()
        sets.convert_to_single_placement_group("myrg", "myvmss", {})

        gallery = {"location": "westus", "properties": {}}
        assert client.galleries.begin_create_or_update("myrg", "g", gallery).result().name == "g"
        assert [one.name for one in client.galleries.list()] == ["g"]
        assert [one["name"] for one in azure.read(f"{azure.compute}/galleries")["value"]] == ["g"]
        cores = next(one for one in client.usage.list("westus") if one.name.value == "cores")
        assert (cores.current_value, cores.limit) == (42, 100_000)
        assert any(one.name == "Standard_D2s_v3" for one in client.resource_skus.list(filter="location eq 'westus'"))
