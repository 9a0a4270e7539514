"""The document of a scale set that a fleet file asks for: the PUT of a client that wants this set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rollset.emulator.documents import Json, section, without
from rollset.emulator.errors import FleetError
from rollset.emulator.fleet import ARTICLE_IMAGE, UBUNTU_IMAGE, FleetSet
from rollset.emulator.flexible import MODE

if TYPE_CHECKING:
    from rollset.emulator.world import World

HEALTH_EXTENSION = {"Windows": "ApplicationHealthWindows", "Linux": "ApplicationHealthLinux"}
URN = ("publisher", "offer", "sku", "version")


def put_document(world: "World", wanted: FleetSet, location: str, path: str) -> Json:
    """The document; `path` is the set's place in the fleet file, for errors."""
    if wanted.model is not None:
        return _whole(world, wanted, wanted.model, location)
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
        **({"orchestrationMode": wanted.orchestration} if wanted.orchestration == MODE else {"overprovision": False}),
    }
    return {
        "location": location,
        "tags": dict(wanted.tags),
        "sku": {"name": wanted.size, "tier": "Standard", "capacity": wanted.capacity},
        **({"zones": list(wanted.zones)} if wanted.zones else {}),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _whole(world: "World", wanted: FleetSet, model: Json, location: str) -> Json:
    """A document that the fleet file gives in full; how many instances there are, the file says beside it."""
    document: Json = at_home(model, world.subscription_id)
    sku = {"name": wanted.size, "tier": "Standard", **section(document, "sku"), "capacity": wanted.capacity}
    return {"location": location, **document, "sku": sku}


def at_home(value: Any, subscription: str) -> Any:
    """A copy with the emulated subscription where `{subscription}` stands.

    >>> at_home({"id": ["/subscriptions/{subscription}/x"]}, "0")
    {'id': ['/subscriptions/0/x']}
    """
    if isinstance(value, dict):
        return {name: at_home(inner, subscription) for name, inner in value.items()}
    if isinstance(value, list):
        return [at_home(inner, subscription) for inner in value]
    return value.replace("{subscription}", subscription) if isinstance(value, str) else value


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
    return on_image({"osDisk": disk}, image, world.subscription_id, path)


def on_image(storage: Json, image: str | Mapping[Any, str], subscription: str, path: str) -> Json:
    """The storage profile with that image, which a fleet file names as a URN, by `id`, or by `uri`."""
    bare = without(storage, "imageReference")
    if isinstance(image, str):
        names = image.split(":")
        if len(names) != len(URN):
            raise FleetError(f"{path}.image: expected PUBLISHER:OFFER:SKU:VERSION, got {image!r}")
        return {"imageReference": dict(zip(URN, names, strict=True)), **bare}
    match image:
        case {"uri": uri, **rest} if not rest:
            return {**bare, "osDisk": {**section(storage, "osDisk"), "image": {"uri": uri}}}
        case {"id": image_id, **rest} if not rest:
            return {"imageReference": {"id": at_home(image_id, subscription)}, **bare}
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
