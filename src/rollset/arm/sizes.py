"""Sizes of machines: how many cores, of which family, and what they boot.

Azure answers with every SKU of a region at once, which can be megabytes; other filters than that by region do nothing.
"""

from __future__ import annotations

import msgspec

from rollset.arm.plain import number_of
from rollset.arm.reply import Page
from rollset.core.preflight.around import SizeFacts


class _Capability(msgspec.Struct):
    name: str | None = None
    value: str | None = None


class _LocationInfo(msgspec.Struct):
    zones: list[str] | None = None


class _RestrictionInfo(msgspec.Struct):
    zones: list[str] | None = None


class _Restriction(msgspec.Struct, rename="camel"):
    type: str | None = None
    restriction_info: _RestrictionInfo | None = None


class SizeShape(msgspec.Struct, rename="camel"):
    """A resource SKU."""

    resource_type: str | None = None
    name: str | None = None
    family: str | None = None
    capabilities: list[_Capability] | None = None
    location_info: list[_LocationInfo] | None = None
    restrictions: list[_Restriction] | None = None

    def means(self, vm_size: str) -> bool:
        """Whether it is this size of machine, and not a disk of the same name."""
        is_machine = (self.resource_type or "").lower() == "virtualmachines"
        return is_machine and (self.name or "").lower() == vm_size.lower()


SIZE_PAGE = msgspec.json.Decoder(Page[SizeShape])


def sizes_path(subscription: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.Compute/skus"


def to_size(shape: SizeShape) -> SizeFacts:
    told = {(one.name or "").lower(): one.value or "" for one in shape.capabilities or ()}
    cores = number_of(told.get("vcpus"))
    generations = (one.strip().upper() for one in told.get("hypervgenerations", "").split(","))
    shut = [one for one in shape.restrictions or () if (one.type or "").lower() == "zone"]
    shut_zones = {zone for one in shut for zone in (one.restriction_info and one.restriction_info.zones) or ()}
    zones = {zone for place in shape.location_info or () for zone in place.zones or ()}
    return SizeFacts(
        name=shape.name or "",
        cores=None if cores is None else int(cores),
        family=shape.family,
        generations=frozenset(one for one in generations if one),
        architecture=told.get("cpuarchitecturetype") or None,
        zones=frozenset(zones - shut_zones),
        barred=any((one.type or "").lower() == "location" for one in shape.restrictions or ())
        or bool(zones and zones <= shut_zones),
    )
