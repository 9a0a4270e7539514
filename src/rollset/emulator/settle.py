"""Makes a world out of a fleet: the documents a client would have sent, and instances that have stood for long."""

import re
from typing import TYPE_CHECKING

from rollset.emulator import faulting, health, reference
from rollset.emulator.documents import Json
from rollset.emulator.durations import Durations
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import ARTICLE_IMAGE, UBUNTU_IMAGE, CustomImage, Fleet, FleetSet, InstanceState
from rollset.emulator.images import Offered, Urn
from rollset.emulator.instance import Application, Instance, Power
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.modelwrite import stand_up_set
from rollset.emulator.refusal import Refusal
from rollset.emulator.resources import Resource
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

IMAGE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/(?P<group>[^/]+)/providers/Microsoft.Compute/"
    r"(galleries/(?P<gallery>[^/]+)/images/(?P<image>[^/]+)/versions/(?P<version>[^/]+)|images/[^/]+)",
    re.IGNORECASE,
)
HEALTH_EXTENSION = {"Windows": "ApplicationHealthWindows", "Linux": "ApplicationHealthLinux"}


def settle(world: "World", fleet: Fleet) -> None:
    """Puts the fleet's images on offer, stands its sets up, and lets its faults come into force."""
    for index, offer in enumerate(fleet.images):
        names = offer.urn.split(":")
        if len(names) != 3 or not all(names):  # noqa: PLR2004
            raise EmulatorError(f"images[{index}].urn: expected PUBLISHER:OFFER:SKU, got {offer.urn!r}")
        world.images.offer(Offered(Urn(*names), offer.os, tuple(offer.versions)))
    for index, custom in enumerate(fleet.custom_images):
        _put_custom_image(world, custom, fleet.location, f"custom_images[{index}]")
    for index, wanted in enumerate(fleet.scale_sets):
        _stand_up(world, wanted, wanted.location or fleet.location, f"scale_sets[{index}]")
    for fault in fleet.faults:
        faulting.add(world, fault)


def _put_custom_image(world: "World", custom: CustomImage, location: str, path: str) -> None:
    """The image, with the gallery and the gallery image above it."""
    resource_id = custom.id.replace("{subscription}", world.subscription_id)
    found = IMAGE_ID.fullmatch(resource_id)
    if found is None:
        raise EmulatorError(
            f"{path}.id: expected the id of a managed image or a gallery image version, got {custom.id!r}"
        )
    world.add_group(found["group"], location)
    regions = [{"name": region, "regionalReplicaCount": 1} for region in custom.regions or [location]]
    profile: Json = {"targetRegions": regions, "excludeFromLatest": custom.exclude_from_latest}
    properties: Json = {"publishingProfile": profile} if found["version"] else {}
    world.resources.put(Resource(resource_id, {"location": location, "properties": properties}))
    if found["version"]:
        image_id = resource_id[: found.start("version") - len("/versions/")]
        gallery_id = resource_id[: found.start("image") - len("/images/")]
        unique: Json = {"identifier": {"uniqueName": f"{world.subscription_id}-{found['gallery'].upper()}"}}
        world.resources.put(Resource(image_id, {"location": location, "properties": {"osType": custom.os}}))
        world.resources.put(Resource(gallery_id, {"location": location, "properties": unique}))


def _stand_up(world: "World", wanted: FleetSet, location: str, path: str) -> None:
    world.add_group(wanted.resource_group, location)
    if f"{wanted.resource_group}/{wanted.name}".lower() in world.sets:
        raise EmulatorError(f"{path}.name: {wanted.resource_group}/{wanted.name} is there twice")
    try:
        scale_set = stand_up_set(world, wanted.resource_group, wanted.name, _document(world, wanted, location, path))
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
        instance.image = reference.resolved(world, instance.applied, instance.scale_set.location)
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
    storage = {**model.storage, "imageReference": {**model.image_reference, "version": version}}
    return Model(model.size, {**model.profile, "storageProfile": storage})


def _document(world: "World", wanted: FleetSet, location: str, path: str) -> Json:
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
        "storageProfile": _storage(world, wanted, path),
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


def _storage(world: "World", wanted: FleetSet, path: str) -> Json:
    disk: Json = {"osType": wanted.os, "createOption": "FromImage", "caching": "ReadWrite"}
    image = wanted.image or (ARTICLE_IMAGE if wanted.os == "Windows" else UBUNTU_IMAGE)
    if isinstance(image, str):
        names = image.split(":")
        if len(names) != 4:  # noqa: PLR2004
            raise EmulatorError(f"{path}.image: expected PUBLISHER:OFFER:SKU:VERSION, got {image!r}")
        reference = dict(zip(("publisher", "offer", "sku", "version"), names, strict=True))
        return {"imageReference": reference, "osDisk": disk}
    match image:
        case {"uri": uri, **rest} if not rest:
            return {"osDisk": {**disk, "image": {"uri": uri}}}
        case {"id": image_id, **rest} if not rest:
            return {"imageReference": {"id": image_id.replace("{subscription}", world.subscription_id)}, "osDisk": disk}
        case _:
            raise EmulatorError(f"{path}.image: expected either 'id' or 'uri'")


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
