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


class SizeShape(msgspec.Struct, rename="camel"):
    """A resource SKU."""

    resource_type: str | None = None
    name: str | None = None
    family: str | None = None
    capabilities: list[_Capability] | None = None

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
    return SizeFacts(
        name=shape.name or "",
        cores=None if cores is None else int(cores),
        family=shape.family,
        generations=frozenset(one for one in generations if one),
        architecture=told.get("cpuarchitecturetype") or None,
    )
