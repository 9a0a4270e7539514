"""The Azure CLI, signed in as a service principal and by managed identity, with the `az vmss` commands of a rollout."""

import json
from typing import Any

import pytest

from tests.clients.installed import FOLDER, needs_large, run
from tests.clients.running import IMAGE, NEW, OLD

AZ = FOLDER / "az" / "bin" / "az"
# Where the CLI finds its extension for Resource Graph.
EXTENSIONS = FOLDER / "az-extensions"
PUBLISHER, OFFER, SKU = "MicrosoftWindowsServer", "WindowsServer", "2012-R2-Datacenter"
URN = f"{PUBLISHER}:{OFFER}:{SKU}"
SET = ("-g", "myrg", "-n", "myvmss")
PROTECT = ("--protect-from-scale-set-actions", "true")

pytestmark = [needs_large("az", "bin/az"), needs_large("az-extensions", "resource-graph")]


@pytest.fixture
def az(azure, tmp_path):
    """Runs one command as its users do, in its own process; answers what it printed, read as JSON."""

    def run_az(*arguments: str) -> Any:
        env = {**azure.env("az"), "AZURE_EXTENSION_DIR": str(EXTENSIONS)}
        printed = run([AZ, *arguments, "--output", "json"], env, tmp_path)
        return json.loads(printed) if printed.strip() else None

    return run_az


@pytest.fixture
def signed_in(azure, az):
    """The same, signed in as a service principal."""
    who = ("-u", "00000000-0000-0000-0000-00000000001d", "-p", "any")
    (account,) = az("login", "--service-principal", *who, "--tenant", azure.ready.tenant_id)
    assert (account["id"], account["user"]["type"]) == (azure.ready.subscription_id, "servicePrincipal")
    return az


def set_version(az: Any, version: str) -> Any:
    return az("vmss", "update", *SET, "--set", f"{IMAGE.removeprefix('properties.')}.version={version}")


def test_what_it_shows_is_what_there_is(azure, signed_in):
    az = signed_in
    assert [one["name"] for one in az("vmss", "list")] == azure.sets()
    shown, there = az("vmss", "show", *SET), azure.get()
    assert (shown["id"], shown["etag"], shown["sku"]["capacity"]) == (there["id"], there["etag"], 20)
    assert shown["upgradePolicy"]["mode"] == there["properties"]["upgradePolicy"]["mode"]

    instances = azure.instances()
    listed = {one["instanceId"]: one for one in az("vmss", "list-instances", *SET, "--expand", "instanceView")}
    assert set(listed) == set(instances)
    for key, one in listed.items():
        view = instances[key]["properties"]["instanceView"]
        assert one["instanceView"]["platformUpdateDomain"] == view["platformUpdateDomain"]
        assert codes(one["instanceView"]) == codes(view)
    assert codes(az("vmss", "get-instance-view", *SET)) == codes(azure.get("/instanceView"))
    assert len(az("vmss", "get-instance-view", *SET, "--instance-id", "*")) == len(instances)
    alone = az("vmss", "get-instance-view", *SET, "--instance-id", "5")
    assert alone["vmHealth"] == azure.get("/virtualMachines/5/instanceView")["vmHealth"]

    named = ("-p", PUBLISHER, "-f", OFFER, "-s", SKU)
    offered = az("vm", "image", "list", "--all", "-l", "westus", *named)
    assert sorted(one["version"] for one in offered) == sorted(azure.offered())
    assert az("vm", "image", "show", "-l", "westus", "--urn", f"{URN}:latest")["name"] == NEW
    assert az("vmss", "get-os-upgrade-history", *SET) == azure.get("/osUpgradeHistory")["value"] == []


def codes(view: Any) -> list[str]:
    return [one["code"] for one in view["statuses"]]


def test_a_manual_upgrade_by_a_service_principal(azure, signed_in):
    changed = set_version(signed_in, NEW)
    assert changed["virtualMachineProfile"]["storageProfile"]["imageReference"]["version"] == NEW
    assert (azure.version, azure.running_version(NEW)) == (NEW, set())
    signed_in("vmss", "update-instances", *SET, "--instance-ids", "0", "5")
    assert azure.running_version(NEW) == azure.latest() == {"0", "5"}
    signed_in("vmss", "update-instances", *SET, "--instance-ids", "*")
    assert len(azure.running_version(NEW)) == 20


def test_operations_on_a_set_by_managed_identity(azure, az):
    (account,) = az("login", "--identity")
    assert account["user"]["name"] == "systemAssignedIdentity"
    assert account["tenantId"] == azure.ready.tenant_id
    assert az("vmss", "scale", *SET, "--new-capacity", "22")["sku"]["capacity"] == 22
    assert (azure.capacity, len(azure.instances())) == (22, 22)
    assert azure.version == OLD, "what a scaling leaves out stays"

    before = azure.disks()
    az("vmss", "reimage", *SET, "--instance-ids", "3")
    assert {key for key, disk in azure.disks().items() if disk != before[key]} == {"3"}
    az("vmss", "reimage", *SET)
    assert not set(azure.disks().values()) & set(before.values())
    az("vmss", "deallocate", *SET, "--instance-ids", "4")
    assert azure.power("4") == "PowerState/deallocated"
    az("vmss", "start", *SET, "--instance-ids", "4")
    assert azure.power("4") == "PowerState/running"
    az("vmss", "update", *SET, "--instance-id", "7", "--protect-from-scale-in", "true", *PROTECT)
    assert azure.protected("7") == {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    az("vmss", "delete-instances", *SET, "--instance-ids", "21")
    assert "21" not in azure.instances()


def test_resource_graph(azure, signed_in):
    sets = "resources | where type =~ 'microsoft.compute/virtualmachinescalesets' | project name, capacity=sku.capacity"
    found = signed_in("graph", "query", "-q", sets)
    assert (found["data"], found["count"]) == ([{"name": "myvmss", "capacity": azure.capacity}], 1)
    instances = "computeresources | where type endswith '/virtualmachines' | project id = tolower(id) | order by id asc"
    first = signed_in("graph", "query", "-q", instances, "--first", "15")
    assert (first["count"], first["total_records"]) == (15, 20)
    rest = signed_in("graph", "query", "-q", instances, "--first", "15", "--skip-token", first["skip_token"])
    assert [one["id"] for one in first["data"] + rest["data"]] == sorted(
        one["id"].lower() for one in azure.instances().values()
    )


def test_a_rolling_upgrade_that_is_started_watched_and_cancelled(azure, signed_in):
    az = signed_in
    az("vmss", "update", *SET, "--set", "upgradePolicy.mode=Rolling")
    assert azure.get()["properties"]["upgradePolicy"]["mode"] == "Rolling"
    set_version(az, "latest")
    az("vmss", "rolling-upgrade", "start", *SET)
    latest, there = az("vmss", "rolling-upgrade", "get-latest", *SET), azure.get("/rollingUpgrades/latest")
    assert latest["runningStatus"]["code"] == there["properties"]["runningStatus"]["code"] == "Completed"
    assert latest["progress"] == there["properties"]["progress"]
    assert len(azure.running_version(NEW)) == 20
    (attempt,) = az("vmss", "get-os-upgrade-history", *SET)
    (remembered,) = azure.get("/osUpgradeHistory")["value"]
    assert attempt["properties"]["targetImageReference"]["version"] == NEW
    assert attempt["properties"]["progress"] == remembered["properties"]["progress"]

    azure.own("/faults", {"kind": "hangs", "set": "myrg/myvmss"})
    azure.own("/publish", {"image": f"{URN}:4.0.20160401", "locations": ["westus"]})
    az("vmss", "rolling-upgrade", "start", *SET, "--no-wait")
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["code"] == "RollingForward"
    az("vmss", "rolling-upgrade", "cancel", *SET, "--no-wait")
    assert azure.get("/rollingUpgrades/latest")["properties"]["runningStatus"]["lastAction"] == "Cancel"


def test_a_refusal_is_told_with_azures_code(azure, signed_in):
    with pytest.raises(AssertionError, match="PlatformImageNotFound"):
        set_version(signed_in, "4.0.20990101")
    assert azure.version == OLD
