"""Makes a world out of a fleet: images on offer, sets whose instances have stood for long, faults in force."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from rollset.emulator import faulting, health, imagereference
from rollset.emulator.documents import Json
from rollset.emulator.durations import Durations
from rollset.emulator.errors import EmulatorError, FleetError
from rollset.emulator.fleet import CustomImage, Fleet, FleetSet, ImageOffer, InstanceState, shown
from rollset.emulator.fleetcheck import check_set
from rollset.emulator.fleetdocument import on_image, put_document
from rollset.emulator.images import Deprecation, Offered, PurchasePlan, Urn
from rollset.emulator.instance import Application, Instance, Power, Provisioning
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.modelwrite import stand_up_set
from rollset.emulator.placement import Slot
from rollset.emulator.refusal import ArmError, Refusal
from rollset.emulator.resources import Resource
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

IMAGE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/(?P<group>[^/]+)/providers/Microsoft.Compute/"
    r"(galleries/(?P<gallery>[^/]+)/images/(?P<image>[^/]+)/versions/(?P<version>[^/]+)|images/[^/]+)",
    re.IGNORECASE,
)


def set_up(world: "World", fleet: Fleet) -> None:
    """Puts the fleet's images on offer, stands its sets up, and lets its faults come into force."""
    for index, offer in enumerate(fleet.images):
        match offer.urn.split(":"):
            case [publisher, name, sku] if publisher and name and sku:
                _offer(world, Urn(publisher, name, sku), offer)
            case _:
                raise FleetError(f"images[{index}].urn: expected PUBLISHER:OFFER:SKU, got {offer.urn!r}")
    for index, custom in enumerate(fleet.custom_images):
        _put_custom_image(world, custom, fleet.location, f"custom_images[{index}]")
    for index, wanted in enumerate(fleet.scale_sets):
        _stand_up(world, wanted, wanted.location or fleet.location, f"scale_sets[{index}]")
    for index, fault in enumerate(fleet.faults):
        try:
            faulting.add(world, fault)
        except EmulatorError as error:
            raise FleetError(f"faults[{index}].{error}") from error


def _offer(world: "World", urn: Urn, offer: ImageOffer) -> None:
    """The versions of a platform image, and how near their ends they are."""
    plan = None if offer.plan is None else PurchasePlan(offer.plan.name, offer.plan.publisher, offer.plan.product)
    world.images.offer(Offered(urn, offer.os, tuple(offer.versions), offer.generation, offer.architecture, plan))
    for version, told in offer.deprecated.items():
        world.images.deprecate(urn, version, Deprecation(told.state, told.at, told.instead))


def _put_custom_image(world: "World", custom: CustomImage, location: str, path: str) -> None:
    """The image, with the gallery and the gallery image above it."""
    resource_id = custom.id.replace("{subscription}", world.subscription_id)
    found = IMAGE_ID.fullmatch(resource_id)
    if found is None:
        raise FleetError(f"{path}.id: expected the id of a managed image or a gallery image version, got {custom.id!r}")
    world.add_group(found["group"], location)
    regions = [{"name": region, "regionalReplicaCount": 1} for region in custom.regions or [location]]
    profile: Json = {"targetRegions": regions, "excludeFromLatest": custom.exclude_from_latest}
    if custom.end_of_life is not None:
        profile["endOfLifeDate"] = custom.end_of_life
    kind: Json = {"hyperVGeneration": custom.generation}
    properties: Json = {"publishingProfile": profile} if found["version"] else kind
    world.resources.put(Resource(resource_id, {"location": location, "properties": properties}))
    if found["version"]:
        image_id = resource_id[: found.start("version") - len("/versions/")]
        gallery_id = resource_id[: found.start("image") - len("/images/")]
        unique: Json = {"identifier": {"uniqueName": f"{world.subscription_id}-{found['gallery'].upper()}"}}
        kind |= {"osType": custom.os, "osState": "Generalized", "architecture": custom.architecture}
        if custom.plan is not None:
            plan = custom.plan
            kind["purchasePlan"] = {"name": plan.name, "publisher": plan.publisher, "product": plan.product}
        world.resources.put(Resource(image_id, {"location": location, "properties": kind}))
        world.resources.put(Resource(gallery_id, {"location": location, "properties": unique}))


def _stand_up(world: "World", wanted: FleetSet, location: str, path: str) -> None:
    check_set(wanted, path)
    world.add_group(wanted.resource_group, location)
    if f"{wanted.resource_group}/{wanted.name}".lower() in world.sets:
        raise FleetError(f"{path}.name: {wanted.resource_group}/{wanted.name} is there twice")
    try:
        document = put_document(world, wanted, location, path)
        scale_set = stand_up_set(world, wanted.resource_group, wanted.name, document, wanted.numbers)
    except Refusal as refusal:
        raise FleetError(f"{path}: {refusal.error.message}") from refusal
    if wanted.upgrade_seconds is not None:
        timing = wanted.upgrade_seconds
        scale_set.upgrade_durations = Durations(median=timing.median, spread=timing.spread)
    scale_set.subnet = None if wanted.subnet is None else IPv4Network(wanted.subnet)
    for instance_id, state in wanted.instances.items():
        instance = _named(scale_set, instance_id)
        if instance is None:
            raise FleetError(
                f"{path}.instances[{shown(instance_id)[1:-1]}]: the set has no such instance; it has {_ids(scale_set)}"
            )
        try:
            _put_into_state(world, instance, state)
        except FleetError as error:
            raise FleetError(f"{path}.instances[{instance_id}].{error}") from error


def _named(scale_set: ScaleSet, instance_id: str) -> Instance | None:
    found = scale_set.instances.get(instance_id)
    if found is None and scale_set.flexible:
        return next((one for one in scale_set.instances.values() if str(one.number) == instance_id), None)
    return found


def _ids(scale_set: ScaleSet) -> str:
    ids = list(scale_set.instances)
    return f"{ids[0]} to {ids[-1]}" if ids else "none"


def _put_into_state(world: "World", instance: Instance, state: InstanceState) -> None:
    if state.protected:
        instance.protection = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    if state.image_version is not None:
        instance.applied = _on_version(instance.scale_set, state.image_version)
        instance.image = imagereference.resolved(world, instance.applied, instance.scale_set.location)
    if state.image is not None:
        instance.applied = _on_image(world, instance.scale_set, state.image)
        instance.image = imagereference.resolved(world, instance.applied, instance.scale_set.location)
    if state.exact_version is not None:
        instance.image = {**instance.image, "exactVersion": state.exact_version}
    if state.failed is not None:
        instance.provisioning = Provisioning.FAILED
        instance.failure = ArmError(state.failed, f"VM '{instance.name}' has failed ({state.failed}).")
    instance.slot = _place(instance.slot, state)
    if state.power != "running":
        instance.power = Power(state.power)
        instance.application = Application()
    instance.application.sick = state.health == "unhealthy"
    health.start_healthy(instance, world.now)
    health.changed(world, instance, "so from the start")


def _place(slot: Slot, state: InstanceState) -> Slot:
    return Slot(
        zone=slot.zone if state.zone is None else state.zone,
        placement_group=slot.placement_group,
        update_domain=slot.update_domain if state.update_domain is None else state.update_domain,
        fault_domain=slot.fault_domain if state.fault_domain is None else state.fault_domain,
    )


def _on_image(world: "World", scale_set: ScaleSet, image: str | Mapping[Any, str]) -> Model:
    """The set's model as it was with another image."""
    model = scale_set.model
    storage = on_image(model.storage, image, world.subscription_id, "")
    return Model(model.size, {**model.profile, "storageProfile": storage})


def _on_version(scale_set: ScaleSet, version: str) -> Model:
    """The set's model as it was with another version of its platform image."""
    model = scale_set.model
    if model.image_kind is not ImageKind.PLATFORM:
        raise FleetError("image_version: expected a set of a platform image, for other images have no versions here")
    storage = {**model.storage, "imageReference": {**model.image_reference, "version": version}}
    return Model(model.size, {**model.profile, "storageProfile": storage})
