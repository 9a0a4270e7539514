"""What a scale set is, in the words of the Azure portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rollset.core.fleet import ScaleSet
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.core.properties import Described, HealthProbe, OsDisk, Properties
from rollset.faces.durations import spoken_duration

YES_NO = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One line."""

    name: str
    value: str


def properties(described: Described) -> tuple[Property, ...]:
    """All that the set says, in the order in which an operator asks for it; what it does not say is left out."""
    rows = (*_place(described.scale_set), *_machine(described), *_care(described), *_network(described.properties))
    return tuple(Property(name=name, value=value) for name, value in rows if value)


def _place(one: ScaleSet) -> Iterator[tuple[str, str]]:
    yield "Location", one.location
    yield "Zones", ", ".join(one.zones)
    yield "Resource group", one.id.resource_group
    yield "Subscription", one.id.subscription
    yield "Tags", ", ".join(f"{name}={value}" for name, value in one.tags.items())


def _machine(described: Described) -> Iterator[tuple[str, str]]:
    one, more = described.scale_set, described.properties
    yield "VM size", one.vm_size
    yield from _image(one)
    yield "Operating system", one.os_type or ""
    yield "OS disk", _disk(more.os_disk)
    yield "Data disks", str(more.data_disks or "")
    yield "Capacity", str(one.capacity)
    yield "Overprovision", YES_NO[more.overprovision]
    yield "Admin user", more.admin_user or ""
    yield "Name prefix", more.name_prefix or ""
    yield "Priority", more.priority or ""
    yield "Eviction policy", more.eviction_policy or ""
    yield "Security type", more.security_type or ""
    yield "Created", _day_and_time(more.created_at)


def _day_and_time(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _image(one: ScaleSet) -> Iterator[tuple[str, str]]:
    match one.image:
        case PlatformImage() as image:
            yield "Publisher", image.publisher
            yield "Offer", image.offer
            yield "SKU", image.sku
            yield "Version", image.version
        case CustomImage() as image:
            yield "Image id", image.resource_id
        case UnmanagedImage() as image:
            yield "Image URI", image.uri
        case _:
            yield "Image", "none"


def _care(described: Described) -> Iterator[tuple[str, str]]:
    one, more = described.scale_set, described.properties
    yield "Upgrade policy", one.upgrade_mode.value
    yield "Automatic OS upgrade", "on" if one.automatic_os_upgrade else "off"
    yield "Automatic repairs", "off" if one.repairs is None else f"on, {one.repairs.action.lower()}"
    yield "Health source", one.health_source.value
    yield "Health probe", _probe(more.health_probe)
    yield "Orchestration mode", one.orchestration.value
    yield "Placement groups", "one" if one.single_placement_group else "several"
    yield "Fault domains", "" if more.fault_domains is None else str(more.fault_domains)
    yield "Zone balance", YES_NO[more.zone_balance]
    yield "Scale-in", ", ".join(more.scale_in_rules)
    yield "Termination notice", more.termination_notice or ""
    yield "Provisioning", one.provisioning.value


def _probe(probe: HealthProbe | None) -> str:
    if probe is None:
        return ""
    asked = f"{probe.protocol or ''}:{probe.port or ''}{probe.path or ''}".strip(":")
    every = "" if probe.interval_seconds is None else f" every {spoken_duration(probe.interval_seconds)}"
    return f"{asked}{every}".strip()


def _disk(disk: OsDisk) -> str:
    size = "" if disk.size_gb is None else f"{disk.size_gb} GB"
    return ", ".join(filter(None, (disk.storage, size, disk.caching, "ephemeral" if disk.ephemeral else "")))


def _network(more: Properties) -> Iterator[tuple[str, str]]:
    yield "Subnets", ", ".join(map(_last, more.subnets))
    yield "Load balancer", ", ".join(_last(one.partition("/backendAddressPools/")[0]) for one in more.backend_pools)
    yield "Extensions", ", ".join(one.name for one in more.extensions)
    yield "Identities", ", ".join(map(_last, more.identities))


def _last(resource: str) -> str:
    """The name at the end of an id."""
    return resource.rpartition("/")[2]
