"""What of a scale set's model may be set by its path, and why everything else may not.

The members are those that Azure's PATCH of a scale set takes (REST reference, `VirtualMachineScaleSetUpdate`). Azure
replaces lists as a whole: an element is changed by writing the list as it was read, with that one changed. Where a list
does not show all that it holds, that would lose something, so it is refused (azure-sdk-for-java#1475 tells how
extensions lost their protected settings).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto

from rollset.core.errors import UsageError
from rollset.core.model.path import COUNTED, Element, Step, spelled, steps_of


class Sort(Enum):
    """What kind of value a member holds."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    HIDDEN = auto()
    """A text that Azure takes and does not show again."""
    TEXTS = auto()
    """A list of texts, written as a whole."""
    REFERENCES = auto()
    """A list of resources by their ids, written as a whole."""


Form = Mapping[str, "Form | Sort | Many"]


@dataclass(frozen=True, slots=True)
class Many:
    """A list whose elements are told apart by their member `key`."""

    key: str
    form: Form

    @property
    def counted(self) -> bool:
        return self.key in COUNTED


Member = Form | Sort | Many

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

_ID: Form = {"id": Sort.TEXT}
_DISK: Form = {
    "name": Sort.TEXT,
    "caching": Sort.TEXT,
    "createOption": Sort.TEXT,
    "writeAcceleratorEnabled": Sort.TRUTH,
    "diskSizeGB": Sort.NUMBER,
    "diskIOPSReadWrite": Sort.NUMBER,
    "diskMBpsReadWrite": Sort.NUMBER,
    "deleteOption": Sort.TEXT,
    "managedDisk": {"storageAccountType": Sort.TEXT, "diskEncryptionSet": _ID},
}
_PUBLIC_ADDRESS: Form = {
    "name": Sort.TEXT,
    "properties": {
        "idleTimeoutInMinutes": Sort.NUMBER,
        "dnsSettings": {"domainNameLabel": Sort.TEXT},
        "publicIPPrefix": _ID,
        "deleteOption": Sort.TEXT,
    },
}
_ADDRESS: Form = {
    "properties": {
        "subnet": _ID,
        "primary": Sort.TRUTH,
        "publicIPAddressConfiguration": _PUBLIC_ADDRESS,
        "applicationGatewayBackendAddressPools": Sort.REFERENCES,
        "applicationSecurityGroups": Sort.REFERENCES,
        "loadBalancerBackendAddressPools": Sort.REFERENCES,
        "loadBalancerInboundNatPools": Sort.REFERENCES,
    },
}
_INTERFACE: Form = {
    "properties": {
        "primary": Sort.TRUTH,
        "enableAcceleratedNetworking": Sort.TRUTH,
        "enableIPForwarding": Sort.TRUTH,
        "disableTcpStateTracking": Sort.TRUTH,
        "networkSecurityGroup": _ID,
        "dnsSettings": {"dnsServers": Sort.TEXTS},
        "deleteOption": Sort.TEXT,
        "ipConfigurations": Many("name", _ADDRESS),
    },
}

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
        "dataDisks": Many("lun", _DISK),
    },
    "networkProfile": {
        "healthProbe": _ID,
        "networkApiVersion": Sort.TEXT,
        "networkInterfaceConfigurations": Many("name", _INTERFACE),
    },
    "securityPostureReference": _ID,
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
    "scaleInPolicy": {"rules": Sort.TEXTS, "forceDeletion": Sort.TRUTH, "prioritizeUnhealthyVMs": Sort.TRUTH},
    "proximityPlacementGroup": _ID,
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
_EXTENSIONS = (
    "Azure does not show the protected settings of extensions, and writing the list without them may lose them; use az "
    "vmss extension set"
)
_KEYS = "several keys may lie at one path, so that none has a name of its own; use az vmss update"
_ZONES = "zones say where new instances are made, and move none that is there; use az vmss update"

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
    "virtualMachineProfile.osProfile.linuxConfiguration.ssh": _KEYS,
    "virtualMachineProfile.extensionProfile.extensions": _EXTENSIONS,
    "zones": _ZONES,
    "location": _CREATED,
    "plan": _CREATED,
    "platformFaultDomainCount": _CREATED,
    "orchestrationMode": _CREATED,
    "zoneBalance": _CREATED,
    "hostGroup": _CREATED,
}
"""Paths that mean something, but cannot be set so; what lies below them neither."""


def find_member(path: str) -> tuple[str, Member]:
    """The path as ARM spells it, without `properties.` at its beginning, and what is there: one value or more.

    Raises:
        UsageError: there is no such member, or it cannot be set.
    """
    bare = path.strip()
    if bare.lower().startswith("properties."):
        bare = bare[len("properties.") :]
    if bare.lower().startswith(f"{TAGS}.") and len(bare) > len(TAGS) + 1:
        # The name of a tag may hold dots and brackets.
        return f"{TAGS}.{bare[len(TAGS) + 1 :].strip()}", Sort.TEXT
    _check_allowed(path, bare)
    if not bare or bare.lower() == "properties":
        raise UsageError("cannot set an empty path; write one such as sku.name or virtualMachineProfile.licenseType")
    found: list[Step] = []
    here: Member = FORM
    for step in steps_of(bare):
        here = _below(path, step, found, here)
    return spelled(tuple(found)), here


def _below(path: str, step: Step, found: list[Step], above: Member) -> Member:
    """The member that a step leads to; the step as ARM spells it is added to those that were `found`."""
    members = {} if isinstance(above, Sort | Many) else {name.lower(): name for name in above}
    if step.name.lower() not in members and "properties" in members:
        # Of an element it may be left out, as it may be of the set.
        return _below(path, step, found, _below(path, Step(name="properties"), found, above))
    name = members.get(step.name.lower())
    if name is None or isinstance(above, Sort | Many):
        raise UsageError(f"cannot set {path!r}: {_unknown(step.name, found, above, list(members.values()))}")
    here = above[name]
    if step.element is None:
        found.append(Step(name=name))
        return here
    if not isinstance(here, Many):
        raise UsageError(f"cannot set {path!r}: {spelled((*found, Step(name=name)))} is no list of elements with names")
    found.append(Step(name=name, element=_named(path, step.element, here)))
    return here.form


def _named(path: str, element: Element, many: Many) -> Element:
    value = str(int(element.value)) if many.counted and element.value.isdecimal() else element.value
    if element.key.lower() != many.key.lower() or (many.counted and not (value.isascii() and value.isdecimal())):
        example = f"[{many.key}=0]" if many.counted else f"[{many.key}=NAME]"
        raise UsageError(f"cannot set {path!r}: elements of that list are told apart by {many.key}; write {example}")
    return Element(key=many.key, value=value)


def _check_allowed(path: str, bare: str) -> None:
    lowered = bare.lower()
    for refused, why in REFUSED.items():
        if f"{lowered}.".startswith((f"{refused.lower()}.", f"{refused.lower()}[")):
            raise UsageError(f"cannot set {path!r}: {why}")


def _unknown(part: str, found: Sequence[Step], above: Member, members: list[str]) -> str:
    where = spelled(tuple(found)) or "a scale set"
    if isinstance(above, Many):
        return (
            f"{where} is a list; say which element is meant, such as [{above.key}={'0' if above.counted else 'NAME'}]"
        )
    if not members:
        return f"{where} is one value, with nothing below it"
    if not found and part.lower() == "tags":
        return "name the tag that is meant, such as tags.owner; those that are not named stay"
    close = get_close_matches(part, members, n=1)
    known = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(members))}"
    return f"{where} has no member {part!r} that can be set; {known}"
