"""What a set's own page asks about, read from the emulator: properties, and what may be chosen instead of them."""

import pytest

from rollset.arm.errors import NoSuchImage, NoSuchScaleSet
from rollset.core.fleet import HealthSource, Orchestration
from rollset.core.properties import Extension, HealthProbe, OsDisk
from tests.support.emulated import GROUP, emulated, fleet
from tests.support.virtual import EPOCH

NETWORK = "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network"
HEALTH = {
    "publisher": "Microsoft.ManagedServices",
    "type": "ApplicationHealthLinux",
    "typeHandlerVersion": "2.0",
    "settings": {
        "protocol": "http",
        "port": 8080,
        "requestPath": "/live",
        "intervalInSeconds": 10,
        "numberOfProbes": 3,
    },
}
SUBNET, POOL = f"{NETWORK}/virtualNetworks/v/subnets/front", f"{NETWORK}/loadBalancers/lb/backendAddressPools/web"
ADDRESS = {"subnet": {"id": SUBNET}, "loadBalancerBackendAddressPools": [{"id": POOL}]}
MODEL = {
    "location": "westus",
    "zones": ["1", "2"],
    "sku": {"name": "Standard_D2s_v3", "tier": "Standard", "capacity": 2},
    "properties": {
        "upgradePolicy": {"mode": "Manual"},
        "overprovision": False,
        "platformFaultDomainCount": 1,
        "zoneBalance": True,
        "singlePlacementGroup": False,
        "scaleInPolicy": {"rules": ["OldestVM"]},
        "virtualMachineProfile": {
            "priority": "Spot",
            "evictionPolicy": "Deallocate",
            "billingProfile": {"maxPrice": 0.25},
            "osProfile": {"computerNamePrefix": "web-", "adminUsername": "operator"},
            "storageProfile": {
                "imageReference": {
                    "publisher": "Canonical",
                    "offer": "0001-com-ubuntu-server-jammy",
                    "sku": "22_04-lts-gen2",
                    "version": "22.04.202407220",
                },
                "osDisk": {
                    "osType": "Linux",
                    "createOption": "FromImage",
                    "caching": "ReadOnly",
                    "diskSizeGB": 64,
                    "managedDisk": {"storageAccountType": "Premium_LRS"},
                },
            },
            "networkProfile": {
                "networkInterfaceConfigurations": [
                    {
                        "name": "nic",
                        "properties": {
                            "primary": True,
                            "enableAcceleratedNetworking": True,
                            "ipConfigurations": [{"name": "ip", "properties": ADDRESS}],
                        },
                    }
                ]
            },
            "extensionProfile": {"extensions": [{"name": "health", "properties": HEALTH}]},
        },
    },
}


async def test_all_that_a_model_says_is_read_in_one_request():
    async with emulated(fleet("web", capacity=2, model=MODEL)) as azure:
        described = await azure.client.details.described(azure.id("web"))
        assert azure.client.requests == 1
        assert described.scale_set == await azure.client.scale_set(azure.id("web"))
        subscription = azure.subscription
    seen = described.properties
    assert (seen.admin_user, seen.name_prefix, seen.created_at) == ("operator", "web-", EPOCH)
    assert (seen.overprovision, seen.fault_domains, seen.zone_balance) == (False, 1, True)
    assert (seen.priority, seen.eviction_policy, seen.max_price) == ("Spot", "Deallocate", 0.25)
    assert seen.os_disk == OsDisk(storage="Premium_LRS", size_gb=64, caching="ReadOnly")
    assert (seen.subnets, seen.backend_pools) == tuple(
        (one.replace("{subscription}", subscription),) for one in (SUBNET, POOL)
    )
    assert seen.accelerated_networking
    assert seen.scale_in_rules == ("OldestVM",)
    assert seen.health_probe == HealthProbe(
        handler="ApplicationHealthLinux 2.0", protocol="http", port=8080, path="/live", interval_seconds=10, probes=3
    )
    assert seen.extensions == (
        Extension(name="health", publisher="Microsoft.ManagedServices", type="ApplicationHealthLinux", version="2.0"),
    )
    assert described.scale_set.health_source is HealthSource.EXTENSION


async def test_of_a_flexible_set_nothing_is_made_up():
    async with emulated(fleet("flex", capacity=1, orchestration="Flexible")) as azure:
        described = await azure.client.details.described(azure.id("flex"))
    assert described.scale_set.orchestration is Orchestration.FLEXIBLE
    assert described.properties.overprovision is None
    assert described.properties.load_balancer_probe.endswith("/probes/flexProbe")


async def test_a_set_that_is_not_there_is_named():
    async with emulated(fleet("web", capacity=1)) as azure:
        with pytest.raises(NoSuchScaleSet, match=f"{GROUP}/nope"):
            await azure.client.details.described(azure.id("nope"))


async def test_what_a_region_offers_to_change_a_model_to():
    async with emulated(fleet("web", capacity=1)) as azure:
        details = azure.client.details
        web = await azure.client.scale_set(azure.id("web"))
        skus = await details.skus(azure.subscription, "westus", web.image.publisher, web.image.offer)
        sizes, everywhere = await details.sizes(web), await details.region_sizes(azure.subscription, "westus")
        with pytest.raises(NoSuchImage, match="Nobody:nothing"):
            await details.skus(azure.subscription, "westus", "Nobody", "nothing")
    assert web.image.sku in skus
    assert list(skus) == sorted(skus, key=str.lower)
    assert web.vm_size in sizes
    assert {one.name for one in everywhere} == set(sizes)
    assert all(one.cores and one.zones for one in everywhere)
