"""Members of Flexible sets as the virtual machines that they are: how they read, and how one is attached."""

from typing import TYPE_CHECKING

from rollset.emulator import choices, imagereference, quota, sizes, views
from rollset.emulator.defaults import completed_profile, scrubbed
from rollset.emulator.dialect import Dialect
from rollset.emulator.documents import Json, at, section
from rollset.emulator.fixedparts import os_profile, storage_profile
from rollset.emulator.instance import Instance
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation
from rollset.emulator.population import Attached, add_instance, create
from rollset.emulator.refusal import missing_parameter
from rollset.emulator.render import extension_resources
from rollset.emulator.resourcetypes import MACHINE_TYPE
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.tags import tags_of
from rollset.emulator.timestamps import azure_time

if TYPE_CHECKING:
    from rollset.emulator.world import World

# Members of a virtual machine's properties that a set keeps in its profile under the same name.
PROFILES = (
    "osProfile",
    "storageProfile",
    "networkProfile",
    "securityProfile",
    "licenseType",
    "priority",
    "evictionPolicy",
    "billingProfile",
    "diagnosticsProfile",
)


def machine_document(instance: Instance, dialect: Dialect, *, with_view: bool = False) -> Json:
    """A virtual machine, as GET and PUT answer it, or one element of a list."""
    properties = _properties(instance)
    if with_view:
        properties["instanceView"] = views.instance_view(instance)
    set_tags = {} if instance.attached else instance.scale_set.document.get("tags") or {}
    body: Json = {
        "name": instance.name,
        "id": instance.machine_id,
        "type": MACHINE_TYPE,
        "location": instance.scale_set.location,
        "tags": {**set_tags, **instance.tags},
        "managedBy": instance.scale_set.id,
        "properties": properties,
    }
    if instance.slot.zone is not None:
        body["zones"] = [instance.slot.zone]
    if resources := extension_resources(instance):
        body["resources"] = resources
    if dialect.machine_etag:
        body["etag"] = f'"{instance.etag}"'
    return dialect.known(body)


def _properties(instance: Instance) -> Json:
    profile = instance.applied.profile
    properties: Json = {
        "hardwareProfile": {"vmSize": instance.applied.size},
        "provisioningState": instance.provisioning.value,
        "vmId": instance.vm_id,
        "virtualMachineScaleSet": {"id": instance.scale_set.id},
        "storageProfile": storage_profile(instance),
        "osProfile": os_profile(instance),
        "networkProfile": {"networkInterfaces": _interfaces(instance)},
        **{name: profile[name] for name in PROFILES[3:] if name in profile},
        "timeCreated": azure_time(instance.created_at),
    }
    fault_domains = instance.scale_set.placement.fault_domains
    if fault_domains > 1 and choices.FLEXIBLE_SHOWS_FAULT_DOMAIN:
        properties["platformFaultDomain"] = instance.slot.fault_domain
    return properties


def _interfaces(instance: Instance) -> list[Json]:
    profile = section(instance.applied.profile, "networkProfile")
    if isinstance(own := profile.get("networkInterfaces"), list):
        return own
    configurations = profile.get("networkInterfaceConfigurations")
    base = f"{instance.scale_set.group_id}/providers/Microsoft.Network/networkInterfaces"
    return [
        {
            "id": f"{base}/{one.get('name')}-{instance.name.rpartition('_')[2]}",
            "properties": {"primary": bool(at(one, "properties", "primary")), "deleteOption": "Delete"},
        }
        for one in (configurations if isinstance(configurations, list) else ())
        if isinstance(one, dict)
    ]


def attach(world: "World", scale_set: ScaleSet, name: str, document: Json) -> tuple[Instance, Operation]:
    """Makes a virtual machine with a model of its own, as a member of the set; the capacity goes up with it.

    Azure documentation: "Attach or detach a virtual machine to or from a Virtual Machine Scale Set".
    """
    model = _own_model(world, document)
    imagereference.check(world, model, scale_set.location)
    sizes.check(world, model.size, scale_set)
    quota.check(world, scale_set.location, model, 1)
    tags = tags_of(document) or {}
    instance = add_instance(world, scale_set, attached=Attached(name, model))
    instance.tags = tags
    scale_set.change_capacity(1)
    operation = world.start_operation("update", scale_set.location, choices.POLL_CREATE, scale_set)
    create(world, instance, operation)
    operation.release(world.now)
    return instance, operation


def _own_model(world: "World", document: Json) -> Model:
    properties = section(document, "properties")
    size = at(properties, "hardwareProfile", "vmSize")
    if not isinstance(size, str):
        raise missing_parameter("hardwareProfile.vmSize")
    if not isinstance(properties.get("storageProfile"), dict):
        raise missing_parameter("storageProfile")
    profile: Json = scrubbed({name: properties[name] for name in PROFILES if name in properties})
    network = {"networkProfile": profile.pop("networkProfile")} if "networkProfile" in profile else {}
    return Model(size, {**completed_profile(profile, azure_time(world.now)), **network})
