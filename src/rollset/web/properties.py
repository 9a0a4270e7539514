"""What a scale set is, in the words of the Azure portal."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.fleet import ScaleSet
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.web.looks import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One line."""

    name: str
    value: str


def properties(look: Look) -> tuple[Property, ...]:
    """The properties of a set, in the order in which an operator asks for them."""
    scale_set = look.fleet.scale_set
    return tuple(Property(name=name, value=value) for name, value in _rows(scale_set) if value)


def _rows(one: ScaleSet) -> list[tuple[str, str]]:
    return [
        ("Location", one.location),
        ("Zones", ", ".join(one.zones)),
        ("Resource group", one.id.resource_group),
        ("Subscription", one.id.subscription),
        ("VM size", one.vm_size),
        *_image_rows(one),
        ("Operating system", one.os_type or ""),
        ("Capacity", str(one.capacity)),
        ("Upgrade policy", one.upgrade_mode.value),
        ("Automatic OS upgrade", "on" if one.automatic_os_upgrade else "off"),
        ("Automatic repairs", "off" if one.repairs is None else f"on, {one.repairs.action.lower()}"),
        ("Orchestration mode", one.orchestration.value),
        ("Placement groups", "one" if one.single_placement_group else "several"),
        ("Health source", one.health_source.value),
        ("Provisioning", one.provisioning.value),
    ]


def _image_rows(one: ScaleSet) -> list[tuple[str, str]]:
    match one.image:
        case PlatformImage() as image:
            return [
                ("Publisher", image.publisher),
                ("Offer", image.offer),
                ("SKU", image.sku),
                ("Version", image.version),
            ]
        case CustomImage() as image:
            return [("Image id", image.resource_id)]
        case UnmanagedImage() as image:
            return [("Image URI", image.uri)]
        case _:
            return [("Image", "none")]
