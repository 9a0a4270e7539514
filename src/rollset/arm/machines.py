"""Members of a Flexible set: virtual machines of their own, made into the same core type as instances of a Uniform one.

Azure refuses the views of a Flexible set as a whole. Two lists together tell what one tells of a Uniform set: the
virtual machines whose filter names the set (image, views, zone, fault domain), and the set's own bare list (which are
protected). Neither tells an update domain, a placement group, or whether a machine is on the latest model.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rollset.arm.image_shapes import StorageProfile
from rollset.arm.instances import InstanceShape, Protection, View, is_protected, read_instance, stays_on_scale_in
from rollset.arm.reply import Page, Reply
from rollset.core.fleet import Instance
from rollset.core.ids import InstanceId, ScaleSetId

BARE_PAGE = 120
"""Instances on a page of a set's own list (recorded tests of Azure PowerShell)."""


class _Reference(msgspec.Struct):
    id: str | None = None


class _Hardware(msgspec.Struct, rename="camel"):
    vm_size: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    provisioning_state: str | int | None = None
    time_created: str | None = None
    storage_profile: StorageProfile | None = None
    instance_view: View | None = None
    platform_fault_domain: int | str | None = None
    virtual_machine_scale_set: _Reference | None = None
    hardware_profile: _Hardware | None = None


class MachineShape(msgspec.Struct, rename="camel"):
    """A virtual machine resource."""

    name: str | None = None
    zones: list[str] | None = None
    properties: _Properties | None = None


MACHINE = msgspec.json.Decoder(MachineShape)
MACHINE_PAGE = msgspec.json.Decoder(Page[MachineShape])


def machines_path(scale_set: ScaleSetId) -> str:
    """The list of virtual machines in which the members of the set are: a member is in the set's own group."""
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.resource_group}"
    return f"{group}/providers/Microsoft.Compute/virtualMachines"


def members_of(scale_set: ScaleSetId) -> dict[str, str]:
    """The query that asks for the members of the set, with their views."""
    return {"$filter": f"'virtualMachineScaleSet/id' eq '{scale_set.path}'", "$expand": "instanceView"}


def belongs(shape: MachineShape, scale_set: ScaleSetId) -> bool:
    """Whether it is a member: a filter that was not heeded must not bring in the machines of others."""
    reference = (shape.properties or _Properties()).virtual_machine_scale_set or _Reference()
    return (reference.id or "").lower() == scale_set.path.lower()


def protection_of(shape: InstanceShape) -> tuple[str, Protection] | None:
    """The name, in small letters, of an element of a set's bare list, and how it is protected, if it is."""
    protection = shape.properties.protection_policy if shape.properties else None
    return (shape.instance_id.lower(), protection) if shape.instance_id and protection else None


def to_member(shape: MachineShape, reply: Reply, protected: Mapping[str, Protection]) -> Instance:
    """The member that `shape`, part of `reply`, describes; `protected` tells by name how those are that are.

    Raises:
        Unreadable: it has no name.
    """
    if not shape.name:
        raise reply.unreadable("a virtual machine has no name")
    properties = shape.properties or _Properties()
    view = properties.instance_view or View()
    if view.platform_fault_domain is None:
        view = msgspec.structs.replace(view, platform_fault_domain=properties.platform_fault_domain)
    protection = protected.get(shape.name.lower())
    return read_instance(
        InstanceId(shape.name),
        shape.zones,
        view,
        properties.storage_profile,
        properties.provisioning_state,
        # Nobody tells. A machine whose upgrade has failed may so be asked for again, as one of a Uniform set may.
        latest_model_applied=False,
        protected=is_protected(protection),
        protected_from_scale_in=stays_on_scale_in(protection),
        created=properties.time_created,
        tells_model=False,
        vm_size=properties.hardware_profile.vm_size if properties.hardware_profile else None,
    )
