"""How sets and instances read: JSON as in the recorded tests of Azure's own clients, made from the state.

Rendering an instance costs far more than asking for it, so the bytes are kept with it until something changes.
"""

from enum import Enum
from typing import Any

import orjson

from rollset.emulator import views
from rollset.emulator.defaults import DISK_GB
from rollset.emulator.dialect import Dialect
from rollset.emulator.documents import Json, at, section, without
from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.timestamps import azure_time

SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"


class Form(Enum):
    """How much of an instance is asked for."""

    PLAIN = "plain"
    WITH_VIEW = "with view"
    # `$select=instanceView`: four members, with defaults for what was not selected.
    VIEW_ONLY = "view only"
    # `$select=instanceView/statuses`: the same with less of a view.
    STATUSES_ONLY = "statuses only"


def set_document(scale_set: ScaleSet, dialect: Dialect, *, user_data: bool = False) -> Json:
    """A scale set, as GET, PUT and PATCH answer it; its user data only where that is asked for."""
    properties = scale_set.properties
    profile = section(properties, "virtualMachineProfile")
    if "userData" in profile and not user_data:
        properties = {**properties, "virtualMachineProfile": without(profile, "userData")}
    body = {
        "name": scale_set.name,
        "id": scale_set.id,
        "type": SET_TYPE,
        **without(scale_set.document, "properties"),
        **({"etag": scale_set.etag_text} if dialect.set_etag else {}),
        "properties": {**properties, "provisioningState": scale_set.provisioning_state},
    }
    return dialect.known(body)


def fragment(instance: Instance, form: Form, dialect: Dialect) -> bytes:
    """An instance as one element of a list, as bytes that are made once."""
    key = (form, dialect)
    rendered = instance.fragments.get(key)
    if rendered is None:
        document = _document(instance, form, dialect)
        if dialect.instance_list_shouts:
            document["id"] = in_upper_case_group(document["id"])
        rendered = orjson.dumps(document)
        # Looking for a member that this version has not is faster than copying what has none.
        if dialect.finds_unknown(rendered):
            rendered = orjson.dumps(dialect.known(document))
        instance.fragments[key] = rendered
    return rendered


def in_upper_case_group(resource_id: str) -> str:
    """The id as some lists of Azure show it.

    >>> in_upper_case_group("/subscriptions/s/resourceGroups/shop/providers/Microsoft.Compute/images/i")
    '/subscriptions/s/resourceGroups/SHOP/providers/Microsoft.Compute/images/i'
    """
    parts = resource_id.split("/")
    return "/".join([*parts[:4], parts[4].upper(), *parts[5:]])


def instance_document(instance: Instance, form: Form, dialect: Dialect) -> Json:
    """An instance, as GET and PUT answer it, or one element of a list."""
    return dialect.known(_document(instance, form, dialect))


def _document(instance: Instance, form: Form, dialect: Dialect) -> Json:
    """The same with every member that any version has."""
    if form in (Form.VIEW_ONLY, Form.STATUSES_ONLY):
        return _view_only(instance, form)
    if instance.vm_name is not None:
        return _bare(instance)
    scale_set, model = instance.scale_set, instance.applied
    body: Json = {
        "name": instance.name,
        "id": instance.resource_id,
        "type": f"{SET_TYPE}/virtualMachines",
        "location": scale_set.location,
        "tags": {**(scale_set.document.get("tags") or {}), **instance.tags},
        "instanceId": instance.id,
        "sku": {"name": model.size, "tier": at(scale_set.document, "sku", "tier") or "Standard"},
        "properties": _properties(instance, form),
    }
    if instance.slot.zone is not None:
        body["zones"] = [instance.slot.zone]
    resources = extension_resources(instance)
    if resources:
        body["resources"] = resources
    if dialect.instance_etag:
        body["etag"] = f'"{instance.etag}"'
    return body


def _bare(instance: Instance) -> Json:
    """A member of a Flexible set, as its set lists it: the virtual machine itself tells the rest."""
    properties: Json = {"virtualMachineResourceId": instance.machine_id}
    if instance.protection is not None:
        properties["protectionPolicy"] = instance.protection
    return {
        "name": instance.name,
        "id": instance.resource_id,
        "type": f"{SET_TYPE}/virtualMachines",
        "location": instance.scale_set.location,
        "instanceId": instance.id,
        "properties": properties,
    }


def _view_only(instance: Instance, form: Form) -> Json:
    view = views.instance_view(instance)
    return {
        "id": instance.resource_id,
        "instanceId": instance.id,
        "properties": {
            "latestModelApplied": False,
            "instanceView": view if form is Form.VIEW_ONLY else {"statuses": view["statuses"]},
            "provisioningState": instance.provisioning.value,
            "hardwareProfile": {},
        },
    }


def _properties(instance: Instance, form: Form) -> Json:
    profile = instance.applied.profile
    properties: Json = {
        "latestModelApplied": instance.latest_model_applied,
        "modelDefinitionApplied": "VirtualMachine" if instance.customised else "VirtualMachineScaleSet",
    }
    if form is Form.WITH_VIEW:
        properties["instanceView"] = views.instance_view(instance)
    configurations = at(profile, "networkProfile", "networkInterfaceConfigurations")
    if configurations:
        properties["networkProfileConfiguration"] = {"networkInterfaceConfigurations": configurations}
    properties |= {
        "provisioningState": instance.provisioning.value,
        "hardwareProfile": {"vmSize": instance.applied.size},
        "vmId": instance.vm_id,
        "storageProfile": storage_profile(instance),
        "osProfile": os_profile(instance),
        "networkProfile": {"networkInterfaces": _interfaces(instance, configurations)},
    }
    for name in ("securityProfile", "licenseType", "priority", "evictionPolicy", "diagnosticsProfile"):
        if name in profile:
            properties[name] = profile[name]
    if instance.protection is not None:
        properties["protectionPolicy"] = instance.protection
    properties["timeCreated"] = azure_time(instance.created_at)
    return properties


def storage_profile(instance: Instance) -> Json:
    storage = instance.applied.storage
    disk = section(storage, "osDisk")
    name = views.disk_name(instance)
    os_disk: Json = {
        "osType": instance.applied.os_type,
        "name": name,
        "createOption": disk.get("createOption", "FromImage"),
        "caching": disk.get("caching", "None"),
    }
    if "managedDisk" in disk:
        group_id = instance.scale_set.group_id
        os_disk["managedDisk"] = {**disk["managedDisk"], "id": f"{group_id}/providers/Microsoft.Compute/disks/{name}"}
        os_disk["diskSizeGB"] = disk.get("diskSizeGB", DISK_GB[instance.applied.os_type])
    else:
        os_disk |= {key: disk[key] for key in ("image", "vhdContainers") if key in disk}
        if instance.image.get("uri"):
            os_disk["image"] = {"uri": instance.image["uri"]}
    body: Json = {"imageReference": instance.image} if instance.image and "uri" not in instance.image else {}
    return {**body, "osDisk": os_disk, "dataDisks": [*storage.get("dataDisks", []), *instance.data_disks]}


def os_profile(instance: Instance) -> Json:
    profile = section(instance.applied.profile, "osProfile")
    return {"computerName": views.computer_name(instance), **without(profile, "computerNamePrefix")}


def _interfaces(instance: Instance, configurations: Any) -> list[Json]:
    names = [one.get("name") for one in configurations] if isinstance(configurations, list) else []
    return [{"id": f"{instance.resource_id}/networkInterfaces/{name}"} for name in names]


def extension_resources(instance: Instance) -> list[Json]:
    return [
        {
            "name": extension.get("name"),
            "id": f"{instance.machine_id}/extensions/{extension.get('name')}",
            "type": "Microsoft.Compute/virtualMachines/extensions",
            "location": instance.scale_set.location,
            "properties": {**section(extension, "properties"), "provisioningState": instance.provisioning.value},
        }
        for extension in instance.all_extensions
    ]
