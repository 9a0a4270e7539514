"""The Azure CLI, signed in as a service principal and by managed identity, with the `az vmss` commands of a rollout."""

import json
from typing import Any

import pytest

from tests.clients.installed import FOLDER, needs_large, run
from tests.clients.running import IMAGE, NEW, OLD, Running

AZ = FOLDER / "az" / "bin" / "az"
URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"
SET = ("-g", "myrg", "-n", "myvmss")
PROTECT = ("--protect-from-scale-set-actions", "true")

pytestmark = needs_large("az", "bin/az")


@pytest.fixture
def az(azure, tmp_path):
    """Runs one command as its users do, in its own process; answers what it printed, read as JSON."""

    def run_az(*arguments: str) -> Any:
        printed = run([AZ, *arguments, "--output", "json"], azure.env("az"), tmp_path)
        return json.loads(printed) if printed.strip() else None

    return run_az


def sign_in(az: Any, azure: Running) -> None:
    secret = ("-u", "00000000-0000-0000-0000-00000000001d", "-p", "any")
    az("login", "--service-principal", *secret, "--tenant", azure.ready.tenant_id)


def test_a_manual_upgrade_by_a_service_principal(azure, az):
    (account,) = az("login", "--service-principal", "-u", "me", "-p", "any", "--tenant", azure.ready.tenant_id)
    assert account["id"] == azure.ready.subscription_id
    assert [one["name"] for one in az("vmss", "list")] == ["myvmss"]
    shown = az("vmss", "show", *SET)
    assert (shown["sku"]["capacity"], shown["upgradePolicy"]["mode"]) == (20, "Manual")

    offered = az("vm", "image", "list", "--all", "-l", "westus", *offer())
    assert {one["version"] for one in offered} >= {OLD, NEW}
    newest = az("vm", "image", "show", "-l", "westus", "--urn", f"{URN}:latest")
    assert newest["name"] == NEW

    changed = az("vmss", "update", *SET, "--set", f"{IMAGE.removeprefix('properties.')}.version={NEW}")
    assert changed["virtualMachineProfile"]["storageProfile"]["imageReference"]["version"] == NEW
    assert azure.version == NEW
    assert azure.running_version(NEW) == set()
    az("vmss", "update-instances", *SET, "--instance-ids", "0", "5")
    assert azure.running_version(NEW) == {"0", "5"}

    listed = az("vmss", "list-instances", *SET, "--expand", "instanceView")
    assert {one["instanceId"] for one in listed if one["latestModelApplied"]} == {"0", "5"}
    assert {one["instanceView"]["platformUpdateDomain"] for one in listed} == {0, 1, 2, 3, 4}
    view = az("vmss", "get-instance-view", *SET)
    assert view["statuses"][0]["code"] == "ProvisioningState/succeeded"
    views = az("vmss", "get-instance-view", *SET, "--instance-id", "*")
    assert len(views) == 20
    one = az("vmss", "get-instance-view", *SET, "--instance-id", "5")
    assert one["vmHealth"]["status"]["code"] == "HealthState/healthy"
    assert az("vmss", "get-os-upgrade-history", *SET) == []


def offer() -> tuple[str, ...]:
    publisher, offer, sku = URN.split(":")
    return ("-p", publisher, "-f", offer, "-s", sku)


def test_operations_on_a_set_by_managed_identity(azure, az):
    (account,) = az("login", "--identity")
    assert account["user"]["name"] == "systemAssignedIdentity"
    assert account["tenantId"] == azure.ready.tenant_id
    assert az("vmss", "scale", *SET, "--new-capacity", "22")["sku"]["capacity"] == 22
    assert (azure.capacity, len(azure.instances())) == (22, 22)
    assert azure.version == OLD, "what a scaling leaves out stays"

    before = disks(azure)
    az("vmss", "reimage", *SET, "--instance-ids", "3")
    assert {key for key, disk in disks(azure).items() if disk != before[key]} == {"3"}
    az("vmss", "deallocate", *SET, "--instance-ids", "4")
    assert azure.power("4") == "PowerState/deallocated"
    az("vmss", "start", *SET, "--instance-ids", "4")
    assert azure.power("4") == "PowerState/running"
    az("vmss", "update", *SET, "--instance-id", "7", "--protect-from-scale-in", "true", *PROTECT)
    assert azure.protected("7")["protectFromScaleSetActions"] is True
    az("vmss", "delete-instances", *SET, "--instance-ids", "21")
    assert "21" not in azure.instances()

    query = "resources | where type =~ 'microsoft.compute/virtualmachinescalesets' | project name"
    graph = f"{azure.ready.https}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    found = az("rest", "--method", "post", "--url", graph, "--body", json.dumps({"query": query}))
    assert found["data"] == [{"name": "myvmss"}]


def disks(azure: Running) -> dict[str, str]:
    return {key: one["properties"]["storageProfile"]["osDisk"]["name"] for key, one in azure.instances().items()}


def test_a_rolling_upgrade_that_is_started_watched_and_cancelled(azure, az):
    sign_in(az, azure)
    az("vmss", "update", *SET, "--set", "upgradePolicy.mode=Rolling")
    assert azure.get()["properties"]["upgradePolicy"]["mode"] == "Rolling"
    az("vmss", "update", *SET, "--set", f"{IMAGE.removeprefix('properties.')}.version=latest")
    az("vmss", "rolling-upgrade", "start", *SET)
    latest = az("vmss", "rolling-upgrade", "get-latest", *SET)
    assert latest["runningStatus"]["code"] == "Completed"
    assert latest["progress"]["failedInstanceCount"] == 0
    assert len(azure.running_version(NEW)) == 20
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["code"] == "Completed"

    azure.own("/faults", {"kind": "hangs", "set": "myrg/myvmss"})
    azure.own("/publish", {"image": f"{URN}:4.0.20160401", "locations": ["westus"]})
    az("vmss", "rolling-upgrade", "start", *SET, "--no-wait")
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["code"] == "RollingForward"
    az("vmss", "rolling-upgrade", "cancel", *SET, "--no-wait")
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["lastAction"] == "Cancel"
