"""What Compute adds to a scale set that a client sent, and what it never gives back.

As answers in the public test recordings of Azure's own clients show it (2015 to 2024).
"""

from collections.abc import Callable
from typing import Any

from rollset.emulator.documents import Json, at, merged, section, without
from rollset.emulator.flexible import MODE as FLEXIBLE
from rollset.emulator.flexible import is_flexible
from rollset.emulator.model import Model

# Members that belong to the answer. Many clients read, change and PUT the whole document, so these are passed over.
READ_ONLY = ("id", "name", "type", "etag", "systemData")
READ_ONLY_PROPERTIES = ("provisioningState", "uniqueId", "timeCreated")
# In lower case: names are matched without regard to it.
SECRETS = frozenset({"adminpassword", "customdata", "protectedsettings"})

WINDOWS_CONFIGURATION: Json = {"provisionVMAgent": True, "enableAutomaticUpdates": True}
LINUX_CONFIGURATION: Json = {"disablePasswordAuthentication": False, "provisionVMAgent": True}
ROLLING_POLICY: Json = {
    "maxBatchInstancePercent": 20,
    "maxUnhealthyInstancePercent": 20,
    "maxUnhealthyUpgradedInstancePercent": 20,
    "pauseTimeBetweenBatches": "PT0S",
    "maxSurge": False,
    "rollbackFailedInstancesOnPolicyBreach": False,
}
REPAIRS_POLICY: Json = {"gracePeriod": "PT10M", "repairAction": "Replace"}
AUTOMATIC_OS_POLICY: Json = {
    "enableAutomaticOSUpgrade": False,
    "useRollingUpgradePolicy": False,
    "disableAutomaticRollback": False,
}
DISK_GB = {"Windows": 127, "Linux": 30}
_FLEXIBLE_LACKS = (
    "singlePlacementGroup",
    "orchestrationMode",
    "overprovision",
    "doNotRunExtensionsOnOverprovisionedVMs",
    "constrainedMaximumCapacity",
)


def written(document: Json) -> Json:
    """What a client's document asks for: without members that only answers have, and without secrets."""
    asked = {name: value for name, value in document.items() if name not in READ_ONLY}
    properties = asked.get("properties")
    if isinstance(properties, dict):
        asked["properties"] = scrubbed({k: v for k, v in properties.items() if k not in READ_ONLY_PROPERTIES})
    return asked


def is_secret(name: str) -> bool:
    """Whether the value of a member of this name is nobody's to see."""
    return name.lower() in SECRETS


def scrubbed(value: Any) -> Any:
    """A value without its secrets, which Compute never gives back."""
    if isinstance(value, dict):
        shown = [name for name in value if not is_secret(name) and name != "exactVersion"]
        return {name: scrubbed(value[name]) for name in shown}
    if isinstance(value, list):
        return [scrubbed(inner) for inner in value]
    return value


def completed(document: Json, *, unique_id: str, created: str) -> Json:
    """A new set's document with the members that Compute fills in."""
    properties = dict(section(document, "properties"))
    document = _with_tier(document)
    if is_flexible(document):
        return {**document, "tags": document.get("tags") or {}, "properties": _flexible(properties, unique_id, created)}
    zonal = bool(document.get("zones"))
    profile = completed_profile(section(properties, "virtualMachineProfile"), created)
    many_groups = zonal or properties.get("platformFaultDomainCount") == 1
    body: Json = {
        "singlePlacementGroup": properties.pop("singlePlacementGroup", not many_groups),
        "orchestrationMode": properties.pop("orchestrationMode", "Uniform"),
        "upgradePolicy": completed_policy(section(properties, "upgradePolicy")),
        **without(properties, "virtualMachineProfile", "upgradePolicy", "platformFaultDomainCount"),
        "virtualMachineProfile": profile,
        "overprovision": properties.pop("overprovision", True),
        "doNotRunExtensionsOnOverprovisionedVMs": properties.pop("doNotRunExtensionsOnOverprovisionedVMs", False),
        "uniqueId": unique_id,
        **_fault_domains(properties),
        "timeCreated": created,
    }
    return {**document, "tags": document.get("tags") or {}, "properties": body}


def _with_tier(document: Json) -> Json:
    """The first word of a size is its tier."""
    sku = section(document, "sku")
    name = sku.get("name")
    if not isinstance(name, str) or "tier" in sku:
        return document
    return {**document, "sku": {"name": name, "tier": name.partition("_")[0], **sku}}


def _flexible(properties: Json, unique_id: str, created: str) -> Json:
    """A Flexible set has no overprovisioning, and always shows its fault domains."""
    profile = section(properties, "virtualMachineProfile")
    policy = properties.get("upgradePolicy")
    return {
        "singlePlacementGroup": False,
        "orchestrationMode": FLEXIBLE,
        **({} if policy is None else {"upgradePolicy": completed_policy(policy)}),
        **without(properties, *_FLEXIBLE_LACKS, "virtualMachineProfile", "upgradePolicy", "platformFaultDomainCount"),
        **({"virtualMachineProfile": completed_profile(profile, created)} if profile else {}),
        "uniqueId": unique_id,
        "platformFaultDomainCount": properties.get("platformFaultDomainCount", 1),
        "constrainedMaximumCapacity": bool(properties.get("constrainedMaximumCapacity")),
        "timeCreated": created,
    }


def completed_policy(policy: Json) -> Json:
    """Rolling defaults appear once the mode is Rolling or any of them is given; those of the other policy with it."""
    mode = policy.get("mode", "Manual")
    if "automaticOSUpgradePolicy" in policy:
        policy = {**policy, "automaticOSUpgradePolicy": {**AUTOMATIC_OS_POLICY, **policy["automaticOSUpgradePolicy"]}}
    if mode != "Rolling" and not policy.get("rollingUpgradePolicy"):
        return {**policy, "mode": mode}
    return {**policy, "mode": mode, "rollingUpgradePolicy": _rolling_policy(section(policy, "rollingUpgradePolicy"))}


def _rolling_policy(policy: Json) -> Json:
    """With defaults; the version of 2017-03-30 called the size of a batch otherwise."""
    size = {"maxBatchInstancePercent": policy["batchInstancePercent"]} if "batchInstancePercent" in policy else {}
    return {**ROLLING_POLICY, **without(policy, "batchInstancePercent"), **size}


def consistent(document: Json) -> Json:
    """A whole document with what follows from what it says: the terms of repairs, and who updates Windows."""
    policy = section(document, "properties", "automaticRepairsPolicy")
    if policy.get("enabled"):
        document = merged(document, {"properties": {"automaticRepairsPolicy": {**REPAIRS_POLICY, **policy}}})
    return _without_own_updates(document)


def _without_own_updates(document: Json) -> Json:
    """Windows does not update itself in a set whose OS image Azure upgrades, whatever the document says."""
    properties = section(document, "properties")
    automatic = at(properties, "upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade")
    updates = at(properties, "virtualMachineProfile", "osProfile", "windowsConfiguration", "enableAutomaticUpdates")
    if not (automatic and updates):
        return document
    windows: Json = {"osProfile": {"windowsConfiguration": {"enableAutomaticUpdates": False}}}
    return merged(document, {"properties": {"virtualMachineProfile": windows}})


def completed_profile(profile: Json, created: str) -> Json:
    os_type = Model("", profile).os_type
    result = dict(profile)
    for name, fill in _FILLS.items():
        if name in profile or name in ("osProfile", "storageProfile"):
            result[name] = fill(section(profile, name), os_type)
    result["timeCreated"] = profile.get("timeCreated", created)
    return result


def _os_profile(profile: Json, os_type: str) -> Json:
    configuration = "windowsConfiguration" if os_type == "Windows" else "linuxConfiguration"
    usual = WINDOWS_CONFIGURATION if os_type == "Windows" else LINUX_CONFIGURATION
    return {
        **profile,
        configuration: {**usual, **section(profile, configuration)},
        "secrets": profile.get("secrets") or [],
        "allowExtensionOperations": profile.get("allowExtensionOperations", True),
        "requireGuestProvisionSignal": profile.get("requireGuestProvisionSignal", True),
    }


def _storage_profile(profile: Json, os_type: str) -> Json:
    disk = section(profile, "osDisk")
    unmanaged = "vhdContainers" in disk or at(disk, "image", "uri") is not None
    filled: Json = {"createOption": "FromImage", "caching": "None", **disk}
    if not unmanaged:
        filled["managedDisk"] = {"storageAccountType": "Premium_LRS", **section(disk, "managedDisk")}
        filled.setdefault("diskSizeGB", DISK_GB[os_type])
    result = {"osDisk": filled, **without(profile, "osDisk")}
    disks = profile.get("dataDisks")
    if isinstance(disks, list) and not unmanaged:
        account = section(filled, "managedDisk").get("storageAccountType", "Premium_LRS")
        result["dataDisks"] = [_data_disk(one, account) for one in disks if isinstance(one, dict)]
    return result


def _data_disk(disk: Json, account: str) -> Json:
    return {"caching": "None", **disk, "managedDisk": {"storageAccountType": account, **section(disk, "managedDisk")}}


def _network_profile(profile: Json, _os_type: str) -> Json:
    configurations = profile.get("networkInterfaceConfigurations")
    filled = (
        [_interface(one) for one in configurations if isinstance(one, dict)] if isinstance(configurations, list) else []
    )
    return {**profile, "networkInterfaceConfigurations": filled}


def _interface(configuration: Json) -> Json:
    properties = {
        "primary": True,
        "disableTcpStateTracking": False,
        "dnsSettings": {"dnsServers": []},
        "enableIPForwarding": False,
        **section(configuration, "properties"),
    }
    addresses = properties.get("ipConfigurations")
    if isinstance(addresses, list):
        properties["ipConfigurations"] = [_address(one) for one in addresses if isinstance(one, dict)]
    return {**configuration, "properties": properties}


def _address(configuration: Json) -> Json:
    return {**configuration, "properties": {**section(configuration, "properties"), "privateIPAddressVersion": "IPv4"}}


def _fault_domains(properties: Json) -> Json:
    """The count is only shown where it was asked for."""
    count = properties.get("platformFaultDomainCount")
    return {} if count is None else {"platformFaultDomainCount": count}


_FILLS: dict[str, Callable[[Json, str], Json]] = {
    "osProfile": _os_profile,
    "storageProfile": _storage_profile,
    "networkProfile": _network_profile,
}
