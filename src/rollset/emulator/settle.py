"""Makes a world out of a fleet: the documents a client would have sent, and instances that have stood for long."""

from typing import TYPE_CHECKING

from rollset.emulator import faulting, health
from rollset.emulator.documents import Json
from rollset.emulator.durations import Durations
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import ARTICLE_IMAGE, UBUNTU_IMAGE, Fleet, FleetSet, InstanceState
from rollset.emulator.images import Offered, Urn
from rollset.emulator.instance import Application, Instance, Power
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.modelwrite import stand_up_set
from rollset.emulator.refusal import Refusal
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

HEALTH_EXTENSION = {"Windows": "ApplicationHealthWindows", "Linux": "ApplicationHealthLinux"}


def settle(world: "World", fleet: Fleet) -> None:
    """Puts the fleet's images on offer, stands its sets up, and lets its faults come into force."""
    for index, offer in enumerate(fleet.images):
        names = offer.urn.split(":")
        if len(names) != 3 or not all(names):  # noqa: PLR2004
            raise EmulatorError(f"images[{index}].urn: expected PUBLISHER:OFFER:SKU, got {offer.urn!r}")
        world.images.offer(Offered(Urn(*names), offer.os, tuple(offer.versions)))
    for index, wanted in enumerate(fleet.scale_sets):
        _stand_up(world, wanted, wanted.location or fleet.location, f"scale_sets[{index}]")
    for fault in fleet.faults:
        faulting.add(world, fault)


def _stand_up(world: "World", wanted: FleetSet, location: str, path: str) -> None:
    world.add_group(wanted.resource_group, location)
    if f"{wanted.resource_group}/{wanted.name}".lower() in world.sets:
        raise EmulatorError(f"{path}.name: {wanted.resource_group}/{wanted.name} is there twice")
    try:
        scale_set = stand_up_set(world, wanted.resource_group, wanted.name, document(world, wanted, location))
    except Refusal as refusal:
        raise EmulatorError(f"{path}: {refusal.error.message}") from refusal
    if wanted.upgrade_seconds is not None:
        timing = wanted.upgrade_seconds
        scale_set.upgrade_durations = Durations(median=timing.median, spread=timing.spread)
    for instance_id, state in wanted.instances.items():
        instance = scale_set.instances.get(instance_id)
        if instance is None:
            raise EmulatorError(f"{path}.instances[{instance_id}]: the set has no such instance")
        _put_into_state(world, instance, state)


def _put_into_state(world: "World", instance: Instance, state: InstanceState) -> None:
    if state.protected:
        instance.protection = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    if state.image_version is not None:
        instance.applied = _on_version(instance.scale_set, state.image_version)
        instance.image = world.images.resolved(instance.applied)
    if state.power != "running":
        instance.power = Power(state.power)
        instance.application = Application()
    instance.application.sick = state.health == "unhealthy"
    instance.probe.healthy = instance.passes_probe
    health.changed(world, instance, "so from the start")


def _on_version(scale_set: ScaleSet, version: str) -> Model:
    """The set's model as it was with another version of its platform image."""
    model = scale_set.model
    if model.image_kind is not ImageKind.PLATFORM:
        raise EmulatorError(f"{scale_set.group}/{scale_set.name}: image_version needs a platform image")
    reference = {**model.image_reference, "version": version}
    return Model(model.size, {**model.profile, "storageProfile": {**model.storage, "imageReference": reference}})


def document(world: "World", wanted: FleetSet, location: str) -> Json:
    """The PUT of a client that wants this set."""
    network = f"{world.group_id(wanted.resource_group)}/providers/Microsoft.Network"
    balancer = f"{network}/loadBalancers/{wanted.name}LB"
    address: Json = {"subnet": {"id": f"{network}/virtualNetworks/{wanted.name}VNET/subnets/{wanted.name}Subnet"}}
    network_profile: Json = {}
    if wanted.health == "load-balancer":
        address["loadBalancerBackendAddressPools"] = [{"id": f"{balancer}/backendAddressPools/{wanted.name}LBBEPool"}]
        network_profile["healthProbe"] = {"id": f"{balancer}/probes/{wanted.name}Probe"}
    network_profile["networkInterfaceConfigurations"] = [
        {
            "name": f"{wanted.name}Nic",
            "properties": {
                "primary": True,
                "ipConfigurations": [{"name": f"{wanted.name}IPConfig", "properties": address}],
            },
        }
    ]
    profile: Json = {
        "osProfile": {"computerNamePrefix": wanted.name[:9], "adminUsername": "azureuser"},
        "storageProfile": _storage(wanted),
        "networkProfile": network_profile,
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


def _storage(wanted: FleetSet) -> Json:
    disk: Json = {"osType": wanted.os, "createOption": "FromImage", "caching": "ReadWrite"}
    image = wanted.image or (ARTICLE_IMAGE if wanted.os == "Windows" else UBUNTU_IMAGE)
    if isinstance(image, str):
        publisher, offer, sku, version = image.split(":", 3)
        reference: Json = {"publisher": publisher, "offer": offer, "sku": sku, "version": version}
        return {"imageReference": reference, "osDisk": disk}
    if "uri" in image:
        return {"osDisk": {**disk, "image": {"uri": image["uri"]}}}
    return {"imageReference": {"id": image["id"]}, "osDisk": disk}


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
