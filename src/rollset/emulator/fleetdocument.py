"""The document of a scale set that a fleet file asks for: the PUT of a client that wants this set."""

from typing import TYPE_CHECKING

from rollset.emulator.documents import Json
from rollset.emulator.errors import FleetError
from rollset.emulator.fleet import ARTICLE_IMAGE, UBUNTU_IMAGE, FleetSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

HEALTH_EXTENSION = {"Windows": "ApplicationHealthWindows", "Linux": "ApplicationHealthLinux"}
URN = ("publisher", "offer", "sku", "version")


def put_document(world: "World", wanted: FleetSet, location: str, path: str) -> Json:
    """The document; `path` is the set's place in the fleet file, for errors."""
    profile: Json = {
        "osProfile": {"computerNamePrefix": wanted.name[:9], "adminUsername": "azureuser"},
        "storageProfile": _storage(world, wanted, path),
        "networkProfile": _network(world, wanted),
    }
    if wanted.health == "extension":
        profile["extensionProfile"] = {"extensions": [_health_extension(wanted.os)]}
    properties: Json = {
        "upgradePolicy": {"mode": wanted.upgrade_policy},
        "virtualMachineProfile": profile,
        "singlePlacementGroup": wanted.single_placement_group,
        "platformFaultDomainCount": wanted.fault_domains,
    }
    return {
        "location": location,
        "tags": dict(wanted.tags),
        "sku": {"name": wanted.size, "tier": "Standard", "capacity": wanted.capacity},
        **({"zones": list(wanted.zones)} if wanted.zones else {}),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _network(world: "World", wanted: FleetSet) -> Json:
    """One network interface an instance; behind a load balancer with a probe, where that tells their health."""
    network = f"{world.group_id(wanted.resource_group)}/providers/Microsoft.Network"
    balancer = f"{network}/loadBalancers/{wanted.name}LB"
    address: Json = {"subnet": {"id": f"{network}/virtualNetworks/{wanted.name}VNET/subnets/{wanted.name}Subnet"}}
    profile: Json = {}
    if wanted.health == "load-balancer":
        address["loadBalancerBackendAddressPools"] = [{"id": f"{balancer}/backendAddressPools/{wanted.name}LBBEPool"}]
        profile["healthProbe"] = {"id": f"{balancer}/probes/{wanted.name}Probe"}
    profile["networkInterfaceConfigurations"] = [
        {
            "name": f"{wanted.name}Nic",
            "properties": {
                "primary": True,
                "ipConfigurations": [{"name": f"{wanted.name}IPConfig", "properties": address}],
            },
        }
    ]
    return profile


def _storage(world: "World", wanted: FleetSet, path: str) -> Json:
    disk: Json = {"osType": wanted.os, "createOption": "FromImage", "caching": "ReadWrite"}
    image = wanted.image or (ARTICLE_IMAGE if wanted.os == "Windows" else UBUNTU_IMAGE)
    if isinstance(image, str):
        names = image.split(":")
        if len(names) != len(URN):
            raise FleetError(f"{path}.image: expected PUBLISHER:OFFER:SKU:VERSION, got {image!r}")
        reference = dict(zip(URN, names, strict=True))
        return {"imageReference": reference, "osDisk": disk}
    match image:
        case {"uri": uri, **rest} if not rest:
            return {"osDisk": {**disk, "image": {"uri": uri}}}
        case {"id": image_id, **rest} if not rest:
            return {"imageReference": {"id": image_id.replace("{subscription}", world.subscription_id)}, "osDisk": disk}
        case _:
            raise FleetError(f"{path}.image: expected either 'id' or 'uri'")


def _health_extension(os_type: str) -> Json:
    return {
        "name": "health",
        "properties": {
            "publisher": "Microsoft.ManagedServices",
            "type": HEALTH_EXTENSION[os_type],
            "typeHandlerVersion": "2.0",
            "autoUpgradeMinorVersion": True,
            "settings": {"protocol": "http", "port": 80, "requestPath": "/health", "intervalInSeconds": 5},
        },
    }
