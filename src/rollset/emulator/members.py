"""The members of a scale set that a client may send: their proper names, and what kind of value each holds.

Compute refuses a member that it does not know: 400, "Could not find member" (Azure documentation, "Use custom scale-in
policies"). That names are matched without regard to case and kept in their proper case, and that a known member that is
null counts as left out, are choices of ours.
"""

from collections.abc import Mapping
from typing import Any

from rollset.emulator.documents import Json
from rollset.emulator.refusal import bad_request, invalid_value

ANY, TEXT, FLAG, WHOLE, OBJECT, OBJECTS, TEXTS = "anything", "text", "flag", "whole", "object", "objects", "texts"
# A whole number that may come as text and is kept as a number: clients built on gbowerman/azurerm send `"12"`.
COUNT = "count"
DIGITS_MAX = 9
Kind = str | Mapping[str, "Kind"]

ROLLING_POLICY: Mapping[str, Kind] = {
    "maxBatchInstancePercent": WHOLE,
    "maxUnhealthyInstancePercent": WHOLE,
    "maxUnhealthyUpgradedInstancePercent": WHOLE,
    "pauseTimeBetweenBatches": TEXT,
    "enableCrossZoneUpgrade": FLAG,
    "prioritizeUnhealthyInstances": FLAG,
    "rollbackFailedInstancesOnPolicyBreach": FLAG,
    "maxSurge": FLAG,
    # The names of 2017-03-30.
    "batchInstancePercent": WHOLE,
    "maxUnhealthyUpgradedInstanceCount": WHOLE,
}
IMAGE_REFERENCE: Mapping[str, Kind] = {
    "publisher": TEXT,
    "offer": TEXT,
    "sku": TEXT,
    "version": TEXT,
    "exactVersion": TEXT,
    "id": TEXT,
    "sharedGalleryImageId": TEXT,
    "communityGalleryImageId": TEXT,
}
OS_DISK: Mapping[str, Kind] = {
    "name": TEXT,
    "osType": TEXT,
    "createOption": TEXT,
    "caching": TEXT,
    "image": {"uri": TEXT},
    "vhdContainers": TEXTS,
    "managedDisk": OBJECT,
    "diskSizeGB": WHOLE,
    "diffDiskSettings": OBJECT,
    "writeAcceleratorEnabled": FLAG,
    "deleteOption": TEXT,
}
OS_PROFILE: Mapping[str, Kind] = {
    "computerNamePrefix": TEXT,
    "adminUsername": TEXT,
    "adminPassword": TEXT,
    "customData": TEXT,
    "windowsConfiguration": OBJECT,
    "linuxConfiguration": OBJECT,
    "secrets": OBJECTS,
    "allowExtensionOperations": FLAG,
    "requireGuestProvisionSignal": FLAG,
}
PROFILE: Mapping[str, Kind] = {
    "osProfile": OS_PROFILE,
    "storageProfile": {
        "imageReference": IMAGE_REFERENCE,
        "osDisk": OS_DISK,
        "dataDisks": OBJECTS,
        "diskControllerType": TEXT,
    },
    "networkProfile": {
        "healthProbe": OBJECT,
        "networkInterfaceConfigurations": OBJECTS,
        "networkApiVersion": TEXT,
    },
    "extensionProfile": {"extensions": OBJECTS, "extensionsTimeBudget": TEXT},
    "securityProfile": OBJECT,
    "diagnosticsProfile": OBJECT,
    "licenseType": TEXT,
    "priority": TEXT,
    "evictionPolicy": TEXT,
    "billingProfile": OBJECT,
    "scheduledEventsProfile": OBJECT,
    "userData": TEXT,
    "capacityReservation": OBJECT,
    "applicationProfile": OBJECT,
    "hardwareProfile": OBJECT,
    "serviceArtifactReference": OBJECT,
    "securityPostureReference": OBJECT,
    "timeCreated": TEXT,
}
PROPERTIES: Mapping[str, Kind] = {
    "upgradePolicy": {
        "mode": TEXT,
        "rollingUpgradePolicy": ROLLING_POLICY,
        "automaticOSUpgradePolicy": {
            "enableAutomaticOSUpgrade": FLAG,
            "useRollingUpgradePolicy": FLAG,
            "disableAutomaticRollback": FLAG,
            "osRollingUpgradeDeferral": FLAG,
        },
        "automaticOSUpgrade": FLAG,
        "autoOSUpgradePolicy": OBJECT,
    },
    "virtualMachineProfile": PROFILE,
    "singlePlacementGroup": FLAG,
    "platformFaultDomainCount": WHOLE,
    "orchestrationMode": TEXT,
    "overprovision": FLAG,
    "doNotRunExtensionsOnOverprovisionedVMs": FLAG,
    "zoneBalance": FLAG,
    "automaticRepairsPolicy": {"enabled": FLAG, "gracePeriod": TEXT, "repairAction": TEXT},
    "scaleInPolicy": OBJECT,
    "lifecycleHooksProfile": {"lifecycleHooks": OBJECTS},
    "provisioningState": ANY,
    "uniqueId": ANY,
    "timeCreated": ANY,
    **dict.fromkeys(
        (
            "scheduledEventsPolicy",
            "proximityPlacementGroup",
            "hostGroup",
            "additionalCapabilities",
            "spotRestorePolicy",
            "priorityMixPolicy",
            "constrainedMaximumCapacity",
            "resiliencyPolicy",
            "zonalPlatformFaultDomainAlignMode",
            "skuProfile",
            "highSpeedInterconnectPlacement",
            "externalHealthPolicy",
        ),
        ANY,
    ),
}
SCALE_SET: Mapping[str, Kind] = {
    "location": TEXT,
    "tags": OBJECT,
    "sku": {"name": TEXT, "tier": TEXT, "capacity": COUNT},
    "plan": OBJECT,
    "zones": TEXTS,
    "identity": OBJECT,
    "extendedLocation": OBJECT,
    "placement": OBJECT,
    "properties": PROPERTIES,
    **dict.fromkeys(("id", "name", "type", "etag", "systemData"), ANY),
}


def checked(document: Json) -> Json:
    """A scale set as a client sent it, with names in their proper case; refuses what does not belong there."""
    return _object(document, SCALE_SET, "virtualMachineScaleSet")


def known(document: Json) -> Json:
    """The document without members that the emulator does not know."""
    return _known(document, SCALE_SET)


def _known(value: Json, members: Mapping[str, Kind]) -> Json:
    proper = {name.lower(): name for name in members}
    result: Json = {}
    for given, inner in value.items():
        if (name := proper.get(given.lower())) is not None and inner is not None:
            kind = members[name]
            result[name] = _known(inner, kind) if isinstance(kind, Mapping) and isinstance(inner, dict) else inner
    return result


def _object(value: Json, members: Mapping[str, Kind], path: str) -> Json:
    proper = {name.lower(): name for name in members}
    result: Json = {}
    for given, inner in value.items():
        name = proper.get(given.lower())
        if name is None:
            where = path.rpartition(".")[2]
            raise bad_request(f"Could not find member '{given[:60]}' on object of type '{where}'")
        if inner is None:
            continue
        result[name] = _value(inner, members[name], f"{path}.{name}")
    return result


def _value(value: Any, kind: Kind, path: str) -> Any:
    if kind == ANY:
        return value
    if isinstance(kind, Mapping):
        if isinstance(value, dict):
            return _object(value, kind, path)
    elif kind == COUNT and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX:
        return int(value)
    elif _FITS[kind](value):
        return value
    name = path.partition(".")[2]
    raise invalid_value(name)


_FITS = {
    TEXT: lambda value: isinstance(value, str),
    FLAG: lambda value: isinstance(value, bool),
    WHOLE: lambda value: isinstance(value, int) and not isinstance(value, bool),
    COUNT: lambda value: isinstance(value, int) and not isinstance(value, bool),
    OBJECT: lambda value: isinstance(value, dict),
    OBJECTS: lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    TEXTS: lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
}
