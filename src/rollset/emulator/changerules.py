"""What a new set must have and what may not change on an existing one.

Azure documentation: "Modify a Virtual Machine Scale Set", which tells create-only properties from those that may
change.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rollset.emulator import choices, flexible, imagereference
from rollset.emulator.documents import Json, at, objects, section
from rollset.emulator.healthsettings import HealthSource
from rollset.emulator.isodurations import seconds_of
from rollset.emulator.lifecyclehooks import ACTIONS, HookType
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.refusal import (
    bad_request,
    invalid_value,
    location_required,
    missing_parameter,
    property_change_not_allowed,
)
from rollset.emulator.regions import folded
from rollset.emulator.scalein import RULES
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.sizes import keeps_memory

if TYPE_CHECKING:
    from rollset.emulator.world import World

ZONES = frozenset({"1", "2", "3"})
# As the documentation of the REST API gives them for `RollingUpgradePolicy`.
ROLLING_PERCENTS = {
    "maxBatchInstancePercent": range(5, 101),
    "maxUnhealthyInstancePercent": range(5, 101),
    "maxUnhealthyUpgradedInstancePercent": range(101),
}
PRIORITY = ("virtualMachineProfile", "priority")
REPAIR_ACTIONS = ("Replace", "Restart", "Reimage")
MODES = ("Manual", "Automatic", "Rolling")
SET_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?")
LOCATION = re.compile(r"[A-Za-z0-9 ]{1,40}")


def check_new(world: "World", document: Json) -> None:
    """Refuses a document that makes no scale set."""
    location = document.get("location")
    if not (isinstance(location, str) and LOCATION.fullmatch(location)):
        raise location_required()
    properties = _object(document, "properties")
    if _fold(mode := properties.get("orchestrationMode", "Uniform")) not in ("uniform", "flexible"):
        raise invalid_value("orchestrationMode", mode)
    is_flexible = flexible.is_flexible(document)
    profile = properties.get("virtualMachineProfile")
    if not isinstance(profile, dict) and not is_flexible:
        raise missing_parameter("virtualMachineProfile")
    _check_common(world, document, location=location)
    domains = properties.get("platformFaultDomainCount", 1)
    if domains not in flexible.FAULT_DOMAINS[is_flexible, bool(document.get("zones"))]:
        raise invalid_value("platformFaultDomainCount", domains)


def check_change(world: "World", scale_set: ScaleSet, document: Json) -> None:
    """Refuses what is fixed at creation."""
    before = scale_set.document
    if folded(document["location"]) != scale_set.location:
        raise property_change_not_allowed("location")
    document["location"] = scale_set.location
    if before.get("plan") != document.get("plan"):
        raise property_change_not_allowed("plan")
    old, new = section(before, "properties"), _object(document, "properties")
    for name in ("platformFaultDomainCount", "orchestrationMode"):
        if _fold(old.get(name)) != _fold(new.get(name)):
            raise property_change_not_allowed(name)
    if _fold(at(old, *PRIORITY)) != _fold(at(new, *PRIORITY)):
        raise property_change_not_allowed("priority")
    if (were := _networks(old)) and not _networks(new) <= were:
        raise property_change_not_allowed("subnet")
    if new.get("singlePlacementGroup") and not old.get("singlePlacementGroup"):
        raise property_change_not_allowed("singlePlacementGroup")
    if not set(before.get("zones") or ()) <= set(document.get("zones") or ()):
        raise property_change_not_allowed("zones")
    was, now = section(old, "automaticRepairsPolicy"), section(new, "automaticRepairsPolicy")
    if was.get("enabled") and now.get("enabled") and was.get("repairAction") != now.get("repairAction"):
        raise property_change_not_allowed("automaticRepairsPolicy.repairAction")
    _check_image_change(before, section(old, "virtualMachineProfile"), section(new, "virtualMachineProfile"))
    _check_common(world, document, location=scale_set.location)


def _networks(properties: Json) -> set[str]:
    """The virtual networks of the profile's interfaces: a subnet may change within its network only."""
    found = set()
    profile = section(properties, "virtualMachineProfile", "networkProfile")
    for interface in objects(profile, "networkInterfaceConfigurations"):
        for address in objects(section(interface, "properties"), "ipConfigurations"):
            subnet = at(address, "properties", "subnet", "id")
            if isinstance(subnet, str):
                found.add(subnet.lower().partition("/subnets/")[0])
    return found


def _check_image_change(before: Json, old: Json, new: Json) -> None:
    was, now = Model("", old), Model("", new)
    if was.image_kind is not now.image_kind and was.image_kind is not ImageKind.NONE:
        raise property_change_not_allowed("imageReference")
    if was.image_kind is ImageKind.PLATFORM:
        for name in ("publisher", "offer"):
            if _fold(was.image_reference.get(name)) != _fold(now.image_reference.get(name)):
                raise property_change_not_allowed(f"imageReference.{name}")
        if before.get("plan") and _fold(was.image_reference.get("sku")) != _fold(now.image_reference.get("sku")):
            raise property_change_not_allowed("imageReference.sku")
    account = ("osDisk", "managedDisk", "storageAccountType")
    if _fold(at(was.storage, *account)) != _fold(at(now.storage, *account)):
        raise property_change_not_allowed("osDisk.managedDisk.storageAccountType")


def _check_common(world: "World", document: Json, *, location: str) -> None:
    properties = section(document, "properties")
    profile = section(properties, "virtualMachineProfile")
    model = Model(str(at(document, "sku", "name") or ""), profile)
    mode = at(properties, "upgradePolicy", "mode")
    if mode is not None and mode not in MODES:
        raise invalid_value("upgradePolicy.mode", mode)
    is_flexible = flexible.is_flexible(document)
    if is_flexible:
        flexible.check_document(document)
    lacks_health = (None, HealthSource.PROBE) if is_flexible else (None,)
    if mode == "Rolling" and model.health_source in lacks_health:
        raise bad_request(
            "Rolling Upgrade mode is not supported for this Virtual Machine Scale Set because a health probe or health "
            "extension was not provided."
        )
    automatic = at(properties, "upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade")
    if automatic and model.health_source is None:
        raise bad_request(
            "Automatic OS Upgrade is not supported for this Virtual Machine Scale Set because a health probe or health "
            "extension was not specified."
        )
    _check_repairs(section(properties, "automaticRepairsPolicy"), model)
    _check_rolling_policy(section(properties, "upgradePolicy", "rollingUpgradePolicy"))
    if properties.get("zoneBalance") and len(document.get("zones") or ()) < 2:  # noqa: PLR2004  One is no balance.
        raise bad_request("zoneBalance needs more than one zone.")
    _check_scale_in(section(properties, "scaleInPolicy"))
    _check_hooks(section(properties, "lifecycleHooksProfile"))
    if not are_zones(zones := document.get("zones") or []):
        raise invalid_value("zones", ", ".join(zones))
    _check_capacity(document, model)
    imagereference.check(world, model, location)


def _check_scale_in(policy: Json) -> None:
    rules = policy.get("rules")
    if rules is None:
        return
    if not isinstance(rules, list) or not all(isinstance(one, str) and one.lower() in RULES for one in rules):
        raise invalid_value("scaleInPolicy.rules", rules)


def _check_hooks(profile: Json) -> None:
    """Each kind once, with a duration and an action that there are."""
    hooks = objects(profile, "lifecycleHooks")
    kinds = [one.get("type") for one in hooks]
    if not set(kinds) <= {one.value for one in HookType} or len(set(kinds)) != len(kinds):
        raise invalid_value("lifecycleHooksProfile.lifecycleHooks.type", ", ".join(map(str, kinds)))
    for hook in hooks:
        wait, action = hook.get("waitDuration"), hook.get("defaultAction")
        if wait is not None and not 0 < (seconds_of(wait) or 0.0) <= choices.HOOK_WAIT_SECONDS_MAX:
            raise invalid_value("lifecycleHooksProfile.lifecycleHooks.waitDuration", wait)
        if action is not None and action not in ACTIONS:
            raise invalid_value("lifecycleHooksProfile.lifecycleHooks.defaultAction", action)


def are_zones(zones: Sequence[str]) -> bool:
    """Whether these are zones of a region, each once."""
    return set(zones) <= ZONES and len(set(zones)) == len(zones)


def _check_repairs(policy: Json, model: Model) -> None:
    """Repairs need somebody who says that an instance is unhealthy, and a grace period that leaves it some time."""
    if policy.get("enabled") and model.health_source is None:
        raise bad_request(
            "Automatic repairs not supported for this Virtual Machine Scale Set because a health probe or health "
            "extension was not provided."
        )
    least, most = choices.REPAIR_GRACE_RANGE
    grace = policy.get("gracePeriod")
    if grace is not None and not least <= (seconds_of(grace) or 0.0) <= most:
        raise invalid_value("automaticRepairsPolicy.gracePeriod", grace)
    action = policy.get("repairAction")
    if action is not None and action not in REPAIR_ACTIONS:
        raise invalid_value("automaticRepairsPolicy.repairAction", action)


def _check_rolling_policy(policy: Json) -> None:
    for name, allowed in ROLLING_PERCENTS.items():
        percent = policy.get(name)
        if percent is not None and percent not in allowed:
            raise invalid_value(f"upgradePolicy.rollingUpgradePolicy.{name}", percent)
    pause = policy.get("pauseTimeBetweenBatches")
    if pause is not None and seconds_of(pause) is None:
        raise invalid_value("upgradePolicy.rollingUpgradePolicy.pauseTimeBetweenBatches", pause)


def check_growth(scale_set: ScaleSet, more: int) -> None:
    """Refuses so many instances more than the set may have."""
    sku = {**section(scale_set.document, "sku"), "capacity": scale_set.capacity + more}
    _check_capacity({**scale_set.document, "sku": sku}, scale_set.model)


def capacity_limit(document: Json, model: Model) -> int:
    """How many instances the set may have.

    Azure documentation: "Working with large Virtual Machine Scale Sets", "Design considerations for scale sets".
    """
    single = at(document, "properties", "singlePlacementGroup")
    if model.image_kind is ImageKind.UNMANAGED:
        extra = at(document, "properties", "overprovision") is not False
        return choices.CAPACITY_MAX_UNMANAGED if extra else choices.CAPACITY_MAX_UNMANAGED_EXACT
    if at(model.storage, "osDisk", "vhdContainers"):
        return choices.CAPACITY_MAX_STORAGE_ACCOUNTS
    if flexible.is_flexible(document):
        fixed = (at(document, "properties", "platformFaultDomainCount") or 1) > 1
        if fixed and not keeps_memory(model.size):
            return choices.CAPACITY_MAX_FIXED_SPREADING
    elif single or (single is None and not document.get("zones")):
        return choices.PLACEMENT_GROUP_SIZE
    return choices.CAPACITY_MAX_MANAGED_IMAGE if model.names_managed_image else choices.CAPACITY_MAX


def _check_capacity(document: Json, model: Model) -> None:
    is_flexible = flexible.is_flexible(document)
    if is_flexible and not model.profile:
        return  # Its members are attached one by one.
    capacity = at(document, "sku", "capacity")
    if capacity is None:
        raise missing_parameter("sku.capacity")
    if capacity < 0:
        raise invalid_value("sku.capacity", capacity)
    limit = capacity_limit(document, model)
    if capacity > limit:
        raise bad_request(
            f"The capacity {capacity} is beyond the limit of {limit} instances of this Virtual Machine Scale Set."
        )


def _object(document: Json, name: str) -> Json:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise invalid_value(name)
    return value


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
