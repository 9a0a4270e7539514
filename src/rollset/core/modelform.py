"""What of a scale set's model may be set by its path, and why everything else may not.

The members are those that Azure's PATCH of a scale set takes (REST reference, `VirtualMachineScaleSetUpdate`), as far
as they hold one value. Lists are replaced as a whole by Azure, so a part of one has no path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import Enum, auto

from rollset.core.errors import UsageError

PARTS_MAX = 12
"""No member of the form lies so deep."""


class Sort(Enum):
    """What kind of value a member holds."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    HIDDEN = auto()
    """A text that Azure takes and does not show again."""


Form = Mapping[str, "Form | Sort"]

_PATCHES: Form = {
    "patchMode": Sort.TEXT,
    "assessmentMode": Sort.TEXT,
    "enableHotpatching": Sort.TRUTH,
    "automaticByPlatformSettings": {
        "rebootSetting": Sort.TEXT,
        "bypassPlatformSafetyChecksOnUserSchedule": Sort.TRUTH,
    },
}
_NOTICE: Form = {"enable": Sort.TRUTH, "notBeforeTimeout": Sort.TEXT}

MACHINE: Form = {
    "osProfile": {
        "customData": Sort.HIDDEN,
        "windowsConfiguration": {
            "provisionVMAgent": Sort.TRUTH,
            "enableAutomaticUpdates": Sort.TRUTH,
            "timeZone": Sort.TEXT,
            "patchSettings": _PATCHES,
        },
        "linuxConfiguration": {
            "disablePasswordAuthentication": Sort.TRUTH,
            "provisionVMAgent": Sort.TRUTH,
            "enableVMAgentPlatformUpdates": Sort.TRUTH,
            "patchSettings": _PATCHES,
        },
    },
    "storageProfile": {
        "osDisk": {
            "caching": Sort.TEXT,
            "writeAcceleratorEnabled": Sort.TRUTH,
            "diskSizeGB": Sort.NUMBER,
            "deleteOption": Sort.TEXT,
        },
        "diskControllerType": Sort.TEXT,
    },
    "networkProfile": {"healthProbe": {"id": Sort.TEXT}, "networkApiVersion": Sort.TEXT},
    "securityPostureReference": {"id": Sort.TEXT},
    "securityProfile": {
        "encryptionAtHost": Sort.TRUTH,
        "securityType": Sort.TEXT,
        "uefiSettings": {"secureBootEnabled": Sort.TRUTH, "vTpmEnabled": Sort.TRUTH},
        "proxyAgentSettings": {"enabled": Sort.TRUTH, "mode": Sort.TEXT},
    },
    "diagnosticsProfile": {"bootDiagnostics": {"enabled": Sort.TRUTH, "storageUri": Sort.TEXT}},
    "extensionProfile": {"extensionsTimeBudget": Sort.TEXT},
    "licenseType": Sort.TEXT,
    "billingProfile": {"maxPrice": Sort.NUMBER},
    "scheduledEventsProfile": {"terminateNotificationProfile": _NOTICE, "osImageNotificationProfile": _NOTICE},
    "userData": Sort.HIDDEN,
    "hardwareProfile": {"vmSizeProperties": {"vCPUsAvailable": Sort.NUMBER, "vCPUsPerCore": Sort.NUMBER}},
}

FORM: Form = {
    "sku": {"name": Sort.TEXT, "tier": Sort.TEXT},
    "virtualMachineProfile": MACHINE,
    "automaticRepairsPolicy": {"enabled": Sort.TRUTH, "gracePeriod": Sort.TEXT, "repairAction": Sort.TEXT},
    "overprovision": Sort.TRUTH,
    "doNotRunExtensionsOnOverprovisionedVMs": Sort.TRUTH,
    "singlePlacementGroup": Sort.TRUTH,
    "additionalCapabilities": {"ultraSSDEnabled": Sort.TRUTH, "hibernationEnabled": Sort.TRUTH},
    "scaleInPolicy": {"forceDeletion": Sort.TRUTH, "prioritizeUnhealthyVMs": Sort.TRUTH},
    "proximityPlacementGroup": {"id": Sort.TEXT},
    "priorityMixPolicy": {
        "baseRegularPriorityCount": Sort.NUMBER,
        "regularPriorityPercentageAboveBase": Sort.NUMBER,
    },
    "spotRestorePolicy": {"enabled": Sort.TRUTH, "restoreTimeout": Sort.TEXT},
    "zonalPlatformFaultDomainAlignMode": Sort.TEXT,
}

TAGS = "tags"


def _hidden(form: Form, above: str = "") -> Iterator[str]:
    for name, inner in form.items():
        if isinstance(inner, Mapping):
            yield from _hidden(inner, f"{above}{name}.")
        elif inner is Sort.HIDDEN:
            yield above + name


HIDDEN = frozenset(_hidden(FORM))
"""The paths whose values Azure does not show."""

_CREATED = "Azure fixes it when a set is created; create a new set for that"
_SECRET = "rollset keeps what it has to write in its journal, and no secret belongs there; use az vmss update"  # noqa: S105 (a sentence)
_LIST = "it is in a list, which Azure replaces as a whole; change it with az vmss update"

REFUSED: Mapping[str, str] = {
    "sku.capacity": "that is scaling; use az vmss scale",
    "upgradePolicy": "the upgrade policy is not rolled out; use az vmss update, or --switch-policy",
    "virtualMachineProfile.storageProfile.imageReference": "name the image with --image-version or its like",
    "virtualMachineProfile.storageProfile.osDisk.image": "name the image with --image-uri",
    "virtualMachineProfile.storageProfile.osDisk.managedDisk.storageAccountType": _CREATED,
    "virtualMachineProfile.priority": _CREATED,
    "virtualMachineProfile.evictionPolicy": _CREATED,
    "virtualMachineProfile.osProfile.computerNamePrefix": _CREATED,
    "virtualMachineProfile.osProfile.adminUsername": _CREATED,
    "virtualMachineProfile.osProfile.adminPassword": _SECRET,
    "virtualMachineProfile.osProfile.secrets": _SECRET,
    "virtualMachineProfile.osProfile.linuxConfiguration.ssh": _LIST,
    "virtualMachineProfile.extensionProfile.extensions": _LIST,
    "virtualMachineProfile.networkProfile.networkInterfaceConfigurations": _LIST,
    "virtualMachineProfile.storageProfile.dataDisks": _LIST,
    "zones": _LIST,
    "scaleInPolicy.rules": _LIST,
    "location": _CREATED,
    "plan": _CREATED,
    "platformFaultDomainCount": _CREATED,
    "orchestrationMode": _CREATED,
    "zoneBalance": _CREATED,
    "hostGroup": _CREATED,
}
"""Paths that mean something, but cannot be set so; what lies below them neither."""


def find_member(path: str) -> tuple[str, Sort | Form]:
    """The path as ARM spells it, without `properties.`, and what is there: one value, or a group of members.

    Raises:
        UsageError: there is no such member, or it cannot be set.
    """
    parts = [part.strip() for part in path.split(".", PARTS_MAX)]
    if parts[0].lower() == "properties":
        parts = parts[1:]
    if parts and parts[0].lower() == TAGS and len(parts) > 1:
        # The name of a tag may hold dots.
        return f"{TAGS}.{'.'.join(parts[1:])}", Sort.TEXT
    _check_allowed(path, parts)
    spelled: list[str] = []
    here: Form | Sort = FORM
    for part in parts:
        members = {} if isinstance(here, Sort) else {name.lower(): name for name in here}
        name = members.get(part.lower())
        if name is None or isinstance(here, Sort):
            raise UsageError(f"cannot set {path!r}: {_unknown(part, spelled, list(members.values()))}")
        spelled.append(name)
        here = here[name]
    if not spelled:
        raise UsageError("cannot set an empty path; write one such as sku.name or virtualMachineProfile.licenseType")
    return ".".join(spelled), here


def _check_allowed(path: str, parts: list[str]) -> None:
    lowered = ".".join(parts).lower()
    for refused, why in REFUSED.items():
        if f"{lowered}.".startswith(f"{refused.lower()}.") or lowered.startswith(f"{refused.lower()}["):
            raise UsageError(f"cannot set {path!r}: {why}")


def _unknown(part: str, above: list[str], members: list[str]) -> str:
    where = ".".join(above) or "a scale set"
    if not members:
        return f"{where} is one value, with nothing below it"
    close = get_close_matches(part, members, n=1)
    known = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(members))}"
    return f"{where} has no member {part!r} that can be set; {known}"
