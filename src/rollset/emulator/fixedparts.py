"""What of an instance stays as it is while nobody writes to it or to its set: names, disks, profile, network.

Most of what happens to an instance (health, power, provisioning) changes little of its JSON. These parts are rendered
once and put into each later rendering as they are.
"""

from operator import is_
from typing import Any, NamedTuple

import orjson

from rollset.emulator.defaults import DISK_GB
from rollset.emulator.documents import Json, at, kept_json, section, without
from rollset.emulator.images import generation
from rollset.emulator.instance import Instance
from rollset.emulator.resourcetypes import INSTANCE_TYPE, MACHINE_TYPE
from rollset.emulator.timestamps import azure_time

OS_NAMES = {
    "2012-r2-datacenter": ("Windows Server 2012 R2 Datacenter", "Microsoft Windows NT 6.3.9600.0"),
    "2016-datacenter": ("Windows Server 2016 Datacenter", "Microsoft Windows NT 10.0.14393.0"),
    "2019-datacenter": ("Windows Server 2019 Datacenter", "10.0.17763.6189"),
    "2022-datacenter-g2": ("Windows Server 2022 Datacenter", "10.0.20348.2655"),
    "22_04-lts-gen2": ("ubuntu", "22.04"),
    "18.04-lts": ("ubuntu", "18.04"),
}
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Members of the profile that an instance shows as they are.
SHOWN_OF_PROFILE = ("securityProfile", "licenseType", "priority", "evictionPolicy", "diagnosticsProfile")


class FixedParts(NamedTuple):
    """The parts, and what they were made from."""

    made_from: tuple[object, ...]
    computer_name: str
    disk_name: str
    # Name and version of the OS, as its agent tells them.
    os: tuple[str, str]
    generation: str
    # The resource around the properties, and those of the properties that are fixed.
    resource: Json
    properties: dict[str, orjson.Fragment]
    # Its extensions as resources, each with its properties.
    extensions: tuple[tuple[Json, Json], ...]

    def are_of(self, instance: Instance) -> bool:
        """Whether they are still what they were."""
        return all(map(is_, self.made_from, _sources(instance)))


def _sources(instance: Instance) -> tuple[object, ...]:
    """What the parts are made from; each is replaced as a whole when it changes."""
    return (
        instance.applied,
        instance.image,
        instance.disk_id,
        instance.data_disks,
        instance.extensions,
        instance.slot,
        instance.tags,
        instance.scale_set.document,
    )


def fixed_parts(instance: Instance) -> FixedParts:
    """Those that the instance keeps, or new ones."""
    kept = instance.fixed
    if kept is None or not kept.are_of(instance):
        kept = instance.fixed = _made(instance)
    return kept


def computer_name(instance: Instance) -> str:
    """The prefix and the id in base 36, six digits wide, such as `vmss1e119000004`; of a member, six of its name."""
    profile = section(instance.applied.profile, "osProfile")
    if instance.attached:
        return str(profile.get("computerName") or instance.name)
    prefix = profile.get("computerNamePrefix") or instance.scale_set.name
    if instance.vm_name is not None:
        return f"{prefix}{instance.vm_name[-6:].upper()}"
    digits, number = "", instance.number
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return f"{prefix}{digits:0>6}"


def disk_name(instance: Instance) -> str:
    name = instance.scale_set.name
    owner = instance.vm_name or f"{name}_{name}_{instance.id}"
    return f"{owner}_OsDisk_1_{instance.disk_id.replace('-', '')}"


def storage_profile(instance: Instance) -> Json:
    storage = instance.applied.storage
    disk = section(storage, "osDisk")
    name = disk_name(instance)
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
    return {"computerName": computer_name(instance), **without(profile, "computerNamePrefix")}


def _os_name(instance: Instance) -> tuple[str, str]:
    sku = str(instance.image.get("sku", "")).lower()
    usual = ("Windows Server", "10.0") if instance.applied.os_type == "Windows" else ("linux", "")
    return OS_NAMES.get(sku, usual)


def _made(instance: Instance) -> FixedParts:
    return FixedParts(
        made_from=_sources(instance),
        computer_name=computer_name(instance),
        disk_name=disk_name(instance),
        os=_os_name(instance),
        generation=generation(str(instance.image.get("sku", ""))),
        properties={name: orjson.Fragment(kept_json(value)) for name, value in _properties(instance).items()},
        resource=_resource(instance),
        extensions=tuple((_extension(instance, one), section(one, "properties")) for one in instance.all_extensions),
    )


def _resource(instance: Instance) -> Json:
    document = instance.scale_set.document
    return {
        "name": instance.name,
        "id": instance.resource_id,
        "type": INSTANCE_TYPE,
        "location": instance.scale_set.location,
        "tags": {**(document.get("tags") or {}), **instance.tags},
        "instanceId": instance.id,
        "sku": {"name": instance.applied.size, "tier": at(document, "sku", "tier") or "Standard"},
        **({} if instance.slot.zone is None else {"zones": [instance.slot.zone]}),
    }


def _extension(instance: Instance, extension: Json) -> Json:
    return {
        "name": extension.get("name"),
        "id": f"{instance.machine_id}/extensions/{extension.get('name')}",
        "type": f"{MACHINE_TYPE}/extensions",
        "location": instance.scale_set.location,
    }


def _properties(instance: Instance) -> Json:
    profile = instance.applied.profile
    configurations = at(profile, "networkProfile", "networkInterfaceConfigurations")
    configuration = {"networkProfileConfiguration": {"networkInterfaceConfigurations": configurations}}
    return {
        **(configuration if configurations else {}),
        "hardwareProfile": {"vmSize": instance.applied.size},
        "vmId": instance.vm_id,
        "storageProfile": storage_profile(instance),
        "osProfile": os_profile(instance),
        "networkProfile": {"networkInterfaces": _interfaces(instance, configurations)},
        **{name: profile[name] for name in SHOWN_OF_PROFILE if name in profile},
        "timeCreated": azure_time(instance.created_at),
    }


def _interfaces(instance: Instance, configurations: Any) -> list[Json]:
    names = [one.get("name") for one in configurations] if isinstance(configurations, list) else []
    return [{"id": f"{instance.resource_id}/networkInterfaces/{name}"} for name in names]
