"""Scale sets as ARM writes them, made into core types.

Every member may be missing, null or new: what a set lacks depends on its age, its orchestration and who wrote it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rollset.arm.image_shapes import StorageProfile, model_image
from rollset.arm.plain import folded, number_of, seconds_of
from rollset.arm.reply import Page, Reply
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.errors import UsageError
from rollset.core.fleet import (
    HealthSource,
    Orchestration,
    Provisioning,
    PurchasePlan,
    Repairs,
    ScaleSet,
    UpgradeMode,
)
from rollset.core.ids import ScaleSetAddress, ScaleSetId

_HEALTH_PUBLISHER = "microsoft.managedservices"
HEALTH_INTERVAL_SECONDS = 5.0
"""Between looks of the health extension where its settings name none; one look decides then (Azure documentation,
"Using Application Health extension")."""

REPAIR_GRACE_SECONDS = 600.0
"""`gracePeriod` of automatic repairs where none is named (Azure documentation, "Automatic instance repairs")."""

_HEALTH_TYPES = frozenset({"applicationhealthlinux", "applicationhealthwindows"})


class _Sku(msgspec.Struct):
    name: str | None = None
    capacity: int | str | None = None  # Old clients write it as text, and it has been seen to stay so.


class _Plan(msgspec.Struct):
    name: str | None = None
    publisher: str | None = None
    product: str | None = None


class _AutomaticOsUpgrade(msgspec.Struct):
    enabled: bool | None = msgspec.field(name="enableAutomaticOSUpgrade", default=None)


class _RollingPolicy(msgspec.Struct, rename="camel"):
    max_batch_instance_percent: int | None = None
    max_unhealthy_instance_percent: int | None = None
    max_unhealthy_upgraded_instance_percent: int | None = None
    pause_time_between_batches: str | None = None
    enable_cross_zone_upgrade: bool | None = None
    max_surge: bool | None = None


class _UpgradePolicy(msgspec.Struct):
    mode: str | None = None
    rolling: _RollingPolicy | None = msgspec.field(name="rollingUpgradePolicy", default=None)
    automatic: _AutomaticOsUpgrade | None = msgspec.field(name="automaticOSUpgradePolicy", default=None)


class _Repairs(msgspec.Struct, rename="camel"):
    enabled: bool | None = None
    grace_period: str | None = None
    repair_action: str | None = None


class _ExtensionProperties(msgspec.Struct, rename="camel"):
    publisher: str | None = None
    type: str | None = None
    settings: Any = None


class _Extension(msgspec.Struct):
    properties: _ExtensionProperties | None = None


class _ExtensionProfile(msgspec.Struct):
    extensions: list[_Extension] | None = None


class _Reference(msgspec.Struct):
    id: str | None = None


class _NetworkProfile(msgspec.Struct, rename="camel"):
    health_probe: _Reference | None = None


class _MachineProfile(msgspec.Struct, rename="camel"):
    storage_profile: StorageProfile | None = None
    network_profile: _NetworkProfile | None = None
    extension_profile: _ExtensionProfile | None = None


class _Properties(msgspec.Struct, rename="camel"):
    upgrade_policy: _UpgradePolicy | None = None
    automatic_repairs_policy: _Repairs | None = None
    virtual_machine_profile: _MachineProfile | None = None
    provisioning_state: str | int | None = None
    orchestration_mode: str | None = None
    single_placement_group: bool | None = None
    unique_id: str | None = None


class ScaleSetShape(msgspec.Struct, rename="camel"):
    """A scale set resource."""

    id: str | None = None
    location: str | None = None
    etag: str | None = None
    sku: _Sku | None = None
    plan: _Plan | None = None
    zones: list[str] | None = None
    tags: dict[str, str | None] | None = None
    properties: _Properties | None = None


SCALE_SET = msgspec.json.Decoder(ScaleSetShape)
SCALE_SET_PAGE = msgspec.json.Decoder(Page[ScaleSetShape])


def to_scale_set(shape: ScaleSetShape, reply: Reply) -> ScaleSet:
    """The set that `shape`, part of `reply`, describes.

    Raises:
        Unreadable: it does not say which set it is.
    """
    properties = shape.properties or _Properties()
    machine = properties.virtual_machine_profile or _MachineProfile()
    storage = machine.storage_profile or StorageProfile()
    sku = shape.sku or _Sku()
    policy = properties.upgrade_policy or _UpgradePolicy()
    return ScaleSet(
        id=_id(shape, reply),
        location=folded(shape.location or ""),
        vm_size=sku.name or "",
        capacity=_capacity(sku, reply),
        image=model_image(storage),
        upgrade_mode=_upgrade_mode(policy.mode),
        orchestration=_orchestration(properties.orchestration_mode),
        provisioning=to_provisioning(properties.provisioning_state),
        health_source=_health_source(machine),
        etag=shape.etag,
        unique_id=properties.unique_id,
        zones=tuple(shape.zones or ()),
        single_placement_group=properties.single_placement_group is not False,
        os_type=storage.os_disk.os_type if storage.os_disk else None,
        has_plan=shape.plan is not None and bool(shape.plan.name),
        automatic_os_upgrade=policy.automatic is not None and policy.automatic.enabled is True,
        rolling_policy=_rolling_policy(policy.rolling),
        plan=_plan(shape.plan),
        repairs=_repairs(properties.automatic_repairs_policy),
        health_grace_seconds=_health_grace(machine),
        two_health_sources=_names_probe(machine) and _health_extension(machine) is not None,
        tags={name: value or "" for name, value in (shape.tags or {}).items()},
    )


def to_provisioning(state: str | int | None) -> Provisioning:
    """`provisioningState`, in either case; Azure sends the number 0 where it has not looked."""
    return _PROVISIONING.get(str(state).lower(), Provisioning.UNKNOWN)


_PROVISIONING = {state.lower(): state for state in Provisioning}
_MODES = {mode.lower(): mode for mode in UpgradeMode}


def _id(shape: ScaleSetShape, reply: Reply) -> ScaleSetId:
    try:
        return ScaleSetAddress.parse(shape.id or "").within("")
    except UsageError as error:
        raise reply.unreadable(f"{shape.id!r} is not the id of a scale set") from error


def _capacity(sku: _Sku, reply: Reply) -> int:
    try:
        return int(sku.capacity or 0)
    except ValueError as error:
        raise reply.unreadable(f"sku.capacity is {sku.capacity!r}, which is no number") from error


def _upgrade_mode(mode: str | None) -> UpgradeMode:
    """Flexible sets may have none, and then nothing happens by itself, as with Manual.

    A mode that we do not know is taken for Automatic, with which a rollout does not start.
    """
    return UpgradeMode.MANUAL if not mode else _MODES.get(mode.lower(), UpgradeMode.AUTOMATIC)


def _rolling_policy(policy: _RollingPolicy | None) -> RollingPolicy:
    """Azure's defaults where a set leaves something out, or all of it."""
    if policy is None:
        return RollingPolicy()
    told = {
        "batch_percent": policy.max_batch_instance_percent,
        "unhealthy_percent": policy.max_unhealthy_instance_percent,
        "unhealthy_upgraded_percent": policy.max_unhealthy_upgraded_instance_percent,
    }
    return RollingPolicy(
        **{name: percent for name, percent in told.items() if percent is not None},
        pause=policy.pause_time_between_batches or RollingPolicy().pause,
        across_zones=policy.enable_cross_zone_upgrade is True,
        surge=policy.max_surge is True,
    )


def _orchestration(mode: str | None) -> Orchestration:
    """Sets older than the choice (api-version 2021-03-01) do not say, and are Uniform."""
    return Orchestration.FLEXIBLE if (mode or "").lower() == "flexible" else Orchestration.UNIFORM


def _health_source(machine: _MachineProfile) -> HealthSource:
    """The extension counts first: it is what `vmHealth` then reports. Having both is a fault of the set."""
    if _health_extension(machine) is not None:
        return HealthSource.EXTENSION
    return HealthSource.PROBE if _names_probe(machine) else HealthSource.NONE


def _names_probe(machine: _MachineProfile) -> bool:
    network = machine.network_profile
    return network is not None and network.health_probe is not None and bool(network.health_probe.id)


def _health_extension(machine: _MachineProfile) -> _ExtensionProperties | None:
    for extension in machine.extension_profile.extensions or () if machine.extension_profile else ():
        properties = extension.properties or _ExtensionProperties()
        if is_health_extension(properties.publisher, properties.type):
            return properties
    return None


def is_health_extension(publisher: str | None, kind: str | None) -> bool:
    """Whether an extension is the one that tells the health of an application."""
    return (publisher or "").lower() == _HEALTH_PUBLISHER and (kind or "").lower() in _HEALTH_TYPES


def _health_grace(machine: _MachineProfile) -> float | None:
    """`gracePeriod`; without one, an instance is initializing for as many looks as must agree."""
    extension = _health_extension(machine)
    if extension is None:
        return None
    settings = extension.settings if isinstance(extension.settings, dict) else {}
    grace = number_of(settings.get("gracePeriod"))
    interval = number_of(settings.get("intervalInSeconds")) or HEALTH_INTERVAL_SECONDS
    probes = number_of(settings.get("numberOfProbes")) or 1
    return interval * probes if grace is None else grace


def _plan(plan: _Plan | None) -> PurchasePlan | None:
    if plan is None or not plan.name:
        return None
    return PurchasePlan(name=plan.name, publisher=plan.publisher or "", product=plan.product or "")


def _repairs(policy: _Repairs | None) -> Repairs | None:
    if policy is None or policy.enabled is not True:
        return None
    grace = seconds_of(policy.grace_period)
    return Repairs(
        grace_seconds=REPAIR_GRACE_SECONDS if grace is None else grace, action=policy.repair_action or "Replace"
    )
