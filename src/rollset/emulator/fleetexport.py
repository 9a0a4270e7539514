"""The fleet file of a world as it stands: what is on offer, the sets in full, in what instances differ.

What is under way is left out: an instance in the middle of an upgrade is one that has not begun it. Of the instances of
Flexible sets, whose names are drawn, only the number is kept.
"""

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import yaml

from rollset.emulator import imagereference
from rollset.emulator.defaults import READ_ONLY_PROPERTIES
from rollset.emulator.documents import Json, section, without
from rollset.emulator.fleet import CustomImage, Fleet, FleetSet, ImageOffer, InstanceState, PlanPart, Timing
from rollset.emulator.images import BUILT_IN, Deprecation, Offered
from rollset.emulator.instance import Instance, Power, Provisioning
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.resources import Resource
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World

URN = ("publisher", "offer", "sku", "version")


def fleet_of(world: "World") -> Fleet:
    """The fleet that a world could be made of again."""
    known = {one.urn.key: one for one in BUILT_IN}
    return Fleet(
        images=[
            _offer(one, world.images.deprecations(one.urn))
            for one in world.images
            if known.get(one.urn.key) != one or world.images.deprecations(one.urn)
        ],
        custom_images=[_custom_image(world, one) for one in world.resources.usable()],
        scale_sets=[_set(world, one) for one in world.sets.values()],
        faults=[entry.fault for entry in world.faults],
    )


def fleet_text(fleet: Fleet) -> str:
    """A fleet as the YAML of a fleet file; what goes without saying is left out."""
    return dumped(msgspec.to_builtins(fleet))


def dumped(document: Json) -> str:
    """YAML in the order of the document; leaves on one line, and no anchors, which nobody wants to read."""
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)


# Four times as fast where PyYAML was built with libyaml.
_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Plain(_Base):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's signature.
        return True


def _set(world: "World", scale_set: ScaleSet) -> FleetSet:
    document = without(scale_set.document, "identity") | {
        "properties": without(scale_set.properties, *READ_ONLY_PROPERTIES)
    }
    durations = scale_set.upgrade_durations
    instances = [one for one in scale_set.instances.values() if one.counts]
    numbers = sorted(one.number for one in instances)
    usual = scale_set.flexible or numbers == list(range(len(numbers)))
    # Where it is read again, the members of a Flexible set have other names, and are told by their order.
    states = {str(at) if scale_set.flexible else one.id: _state(world, one) for at, one in enumerate(instances)}
    return FleetSet(
        resource_group=scale_set.group,
        name=scale_set.name,
        capacity=len(instances),
        upgrade_seconds=None if durations is None else Timing(median=durations.median, spread=durations.spread),
        subnet=None if scale_set.subnet is None else str(scale_set.subnet),
        model=anywhere(document, world.subscription_id),
        numbers=None if usual else numbers,
        instances={key: state for key, state in states.items() if state != InstanceState()},
    )


def _state(world: "World", instance: Instance) -> InstanceState:
    """In what the instance differs from a new one of the set."""
    current = imagereference.resolved(world, instance.applied, instance.scale_set.location)
    exact = instance.image.get("exactVersion")
    protection = instance.protection or {}
    return InstanceState(
        power=_power(instance),
        health="unhealthy" if instance.application.sick else "healthy",
        protected=bool(protection.get("protectFromScaleSetActions")),
        image=None if instance.latest_model_applied else _image(world, instance.applied),
        exact_version=str(exact) if exact is not None and exact != current.get("exactVersion") else None,
        failed=_failure(instance),
    )


def _power(instance: Instance) -> Literal["running", "stopped", "deallocated"]:
    if instance.power in (Power.DEALLOCATING, Power.DEALLOCATED):
        return "deallocated"
    return "stopped" if instance.power is Power.STOPPED else "running"


def _failure(instance: Instance) -> str | None:
    if instance.provisioning is not Provisioning.FAILED or instance.failure is None:
        return None
    return instance.failure.code


def _image(world: "World", model: Model) -> Any:
    reference = model.image_reference
    match model.image_kind:
        case ImageKind.PLATFORM:
            return ":".join(str(reference.get(name) or "latest") for name in URN)
        case ImageKind.CUSTOM:
            return {"id": anywhere(str(reference.get("id") or ""), world.subscription_id)}
        case ImageKind.UNMANAGED:
            return {"uri": model.image_uri}
        case ImageKind.NONE:
            return None


def _offer(one: Offered, deprecations: dict[str, Deprecation]) -> ImageOffer:
    urn, plan = one.urn, one.plan
    told = {
        version: {"state": found.state, "at": found.at, "instead": found.instead}
        for version, found in deprecations.items()
    }
    return msgspec.convert(
        {
            "urn": f"{urn.publisher}:{urn.offer}:{urn.sku}",
            "versions": list(one.versions),
            "os": _os(one.os_type),
            "generation": one.generation,
            "architecture": one.architecture,
            "plan": None if plan is None else plan.document(),
            "deprecated": told,
        },
        ImageOffer,
    )


def _custom_image(world: "World", resource: Resource) -> CustomImage:
    profile = section(resource.properties, "publishingProfile")
    owner = world.resources.get(resource.id.rpartition("/versions/")[0])
    kind = {**(owner.properties if owner else {}), **resource.properties}
    end, plan = profile.get("endOfLifeDate"), section(kind, "purchasePlan")
    names = ("name", "publisher", "product")
    return CustomImage(
        id=anywhere(resource.id, world.subscription_id),
        regions=[str(one["name"]) for one in resource.regions if one.get("name")],
        exclude_from_latest=bool(profile.get("excludeFromLatest")),
        os=_os(str(kind.get("osType") or "Windows")),
        end_of_life=None if end is None else str(end),
        generation="V2" if str(kind.get("hyperVGeneration")).upper() == "V2" else "V1",
        architecture="Arm64" if str(kind.get("architecture")).lower() == "arm64" else "x64",
        plan=PlanPart(**{name: str(plan.get(name) or "") for name in names}) if plan else None,
    )


def _os(name: str) -> Literal["Windows", "Linux"]:
    return "Linux" if name.lower() == "linux" else "Windows"


def anywhere(value: Any, subscription: str) -> Any:
    """A copy that belongs to no subscription: `{subscription}` stands where this one stood, however it was written."""
    if isinstance(value, dict):
        return {name: anywhere(inner, subscription) for name, inner in value.items()}
    if isinstance(value, list):
        return [anywhere(inner, subscription) for inner in value]
    return value.replace(subscription, "{subscription}") if isinstance(value, str) else value
