"""The properties of a scale set as ARM writes them: what no rollout looks at, and operators do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from rollset.arm.plain import moment_of, number_of
from rollset.arm.scale_sets import is_health_extension
from rollset.core.properties import Extension, HealthProbe, OsDisk, Properties

_EPHEMERAL = "local"  # `diffDiskSettings.option`


class _Reference(msgspec.Struct):
    id: str | None = None


class _OsProfile(msgspec.Struct, rename="camel"):
    admin_username: str | None = None
    computer_name_prefix: str | None = None


class _ManagedDisk(msgspec.Struct, rename="camel"):
    storage_account_type: str | None = None


class _DiffDisk(msgspec.Struct):
    option: str | None = None


class _OsDisk(msgspec.Struct, rename="camel"):
    caching: str | None = None
    managed_disk: _ManagedDisk | None = None
    disk_size_gb: int | None = msgspec.field(name="diskSizeGB", default=None)
    diff_disk_settings: _DiffDisk | None = None


class _Storage(msgspec.Struct, rename="camel"):
    os_disk: _OsDisk | None = None
    data_disks: list[Any] | None = None


class _AddressProperties(msgspec.Struct, rename="camel"):
    subnet: _Reference | None = None
    load_balancer_backend_address_pools: list[_Reference] | None = None
    application_gateway_backend_address_pools: list[_Reference] | None = None


class _Address(msgspec.Struct):
    properties: _AddressProperties | None = None


class _InterfaceProperties(msgspec.Struct, rename="camel"):
    enable_accelerated_networking: bool | None = None
    ip_configurations: list[_Address] | None = None


class _Interface(msgspec.Struct):
    properties: _InterfaceProperties | None = None


class _Network(msgspec.Struct, rename="camel"):
    health_probe: _Reference | None = None
    network_interface_configurations: list[_Interface] | None = None


class _ExtensionProperties(msgspec.Struct, rename="camel"):
    publisher: str | None = None
    type: str | None = None
    type_handler_version: str | None = None
    settings: Any = None


class _Extension(msgspec.Struct):
    name: str | None = None
    properties: _ExtensionProperties | None = None


class _Extensions(msgspec.Struct):
    extensions: list[_Extension] | None = None


class _Security(msgspec.Struct, rename="camel"):
    security_type: str | None = None


class _Billing(msgspec.Struct, rename="camel"):
    max_price: float | None = None


class _Switch(msgspec.Struct, rename="camel"):
    enabled: bool | None = None
    enable: bool | None = None
    not_before_timeout: str | None = None


class _Diagnostics(msgspec.Struct, rename="camel"):
    boot_diagnostics: _Switch | None = None


class _Scheduled(msgspec.Struct, rename="camel"):
    terminate_notification_profile: _Switch | None = None


class _Capacity(msgspec.Struct, rename="camel"):
    capacity_reservation_group: _Reference | None = None


class _Machine(msgspec.Struct, rename="camel"):
    os_profile: _OsProfile | None = None
    storage_profile: _Storage | None = None
    network_profile: _Network | None = None
    extension_profile: _Extensions | None = None
    security_profile: _Security | None = None
    billing_profile: _Billing | None = None
    diagnostics_profile: _Diagnostics | None = None
    scheduled_events_profile: _Scheduled | None = None
    capacity_reservation: _Capacity | None = None
    priority: str | None = None
    eviction_policy: str | None = None
    license_type: str | None = None


class _ScaleIn(msgspec.Struct):
    rules: list[str] | None = None


class _Properties(msgspec.Struct, rename="camel"):
    virtual_machine_profile: _Machine | None = None
    overprovision: bool | None = None
    platform_fault_domain_count: int | None = None
    zone_balance: bool | None = None
    proximity_placement_group: _Reference | None = None
    host_group: _Reference | None = None
    scale_in_policy: _ScaleIn | None = None
    time_created: str | None = None


class _Identity(msgspec.Struct, rename="camel"):
    type: str | None = None
    user_assigned_identities: dict[str, Any] | None = None


class DescribedShape(msgspec.Struct):
    """A scale set resource, read for its properties."""

    identity: _Identity | None = None
    properties: _Properties | None = None


DESCRIBED = msgspec.json.Decoder(DescribedShape)


def to_properties(shape: DescribedShape) -> Properties:
    of_set = shape.properties or _Properties()
    machine = of_set.virtual_machine_profile or _Machine()
    guest = machine.os_profile or _OsProfile()
    network = machine.network_profile or _Network()
    return Properties(
        created_at=moment_of(of_set.time_created),
        admin_user=guest.admin_username,
        name_prefix=guest.computer_name_prefix,
        overprovision=of_set.overprovision,
        fault_domains=of_set.platform_fault_domain_count,
        zone_balance=of_set.zone_balance,
        priority=machine.priority,
        eviction_policy=machine.eviction_policy,
        max_price=machine.billing_profile.max_price if machine.billing_profile else None,
        license_type=machine.license_type,
        security_type=machine.security_profile.security_type if machine.security_profile else None,
        proximity_group=_id(of_set.proximity_placement_group),
        host_group=_id(of_set.host_group),
        capacity_group=_id(machine.capacity_reservation.capacity_reservation_group)
        if machine.capacity_reservation
        else None,
        load_balancer_probe=_id(network.health_probe),
        health_probe=_health_probe(machine),
        subnets=_once(_id(one.subnet) for one in _addresses(network)),
        backend_pools=_once(_id(pool) for one in _addresses(network) for pool in _pools(one)),
        accelerated_networking=_accelerated(network),
        os_disk=_os_disk(machine.storage_profile),
        data_disks=len(machine.storage_profile.data_disks or ()) if machine.storage_profile else 0,
        extensions=tuple(_extension(one) for one in _extensions(machine)),
        identities=_identities(shape.identity),
        scale_in_rules=tuple(of_set.scale_in_policy.rules or ()) if of_set.scale_in_policy else (),
        termination_notice=_notice(machine),
        boot_diagnostics=_diagnosed(machine),
    )


def _id(reference: _Reference | None) -> str | None:
    return None if reference is None else reference.id


def _once(ids: Iterator[str | None]) -> tuple[str, ...]:
    """Those that there are, in the order in which they first come."""
    return tuple(dict.fromkeys(one for one in ids if one))


def _interfaces(network: _Network) -> Iterator[_InterfaceProperties]:
    for one in network.network_interface_configurations or ():
        yield one.properties or _InterfaceProperties()


def _addresses(network: _Network) -> Iterator[_AddressProperties]:
    for interface in _interfaces(network):
        for one in interface.ip_configurations or ():
            yield one.properties or _AddressProperties()


def _pools(address: _AddressProperties) -> list[_Reference]:
    balancer = address.load_balancer_backend_address_pools or []
    return [*balancer, *(address.application_gateway_backend_address_pools or [])]


def _accelerated(network: _Network) -> bool | None:
    told = [one.enable_accelerated_networking for one in _interfaces(network)]
    known = [one for one in told if one is not None]
    return any(known) if known else None


def _os_disk(storage: _Storage | None) -> OsDisk:
    disk = (storage.os_disk if storage else None) or _OsDisk()
    settings = disk.diff_disk_settings
    return OsDisk(
        storage=disk.managed_disk.storage_account_type if disk.managed_disk else None,
        size_gb=disk.disk_size_gb,
        caching=disk.caching,
        ephemeral=settings is not None and (settings.option or "").lower() == _EPHEMERAL,
    )


def _extensions(machine: _Machine) -> list[_Extension]:
    return (machine.extension_profile.extensions or []) if machine.extension_profile else []


def _extension(one: _Extension) -> Extension:
    told = one.properties or _ExtensionProperties()
    return Extension(
        name=one.name or "", publisher=told.publisher or "", type=told.type or "", version=told.type_handler_version
    )


def _health_probe(machine: _Machine) -> HealthProbe | None:
    for one in _extensions(machine):
        told = one.properties or _ExtensionProperties()
        if is_health_extension(told.publisher, told.type):
            settings: dict[str, Any] = told.settings if isinstance(told.settings, dict) else {}
            port, probes = number_of(settings.get("port")), number_of(settings.get("numberOfProbes"))
            return HealthProbe(
                handler=" ".join(word for word in (told.type, told.type_handler_version) if word),
                protocol=_text(settings.get("protocol")),
                port=None if port is None else int(port),
                path=_text(settings.get("requestPath")),
                interval_seconds=number_of(settings.get("intervalInSeconds")),
                probes=None if probes is None else int(probes),
                grace_seconds=number_of(settings.get("gracePeriod")),
            )
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _identities(identity: _Identity | None) -> tuple[str, ...]:
    if identity is None:
        return ()
    own = ("SystemAssigned",) if "systemassigned" in (identity.type or "").lower() else ()
    return (*own, *(identity.user_assigned_identities or {}))


def _notice(machine: _Machine) -> str | None:
    profile = machine.scheduled_events_profile
    switch = profile.terminate_notification_profile if profile else None
    if switch is None or switch.enable is not True:
        return None
    return switch.not_before_timeout or _NOTICE


_NOTICE = "PT5M"  # Where no other is named (Azure documentation, "Terminate notification").


def _diagnosed(machine: _Machine) -> bool | None:
    profile = machine.diagnostics_profile
    return profile.boot_diagnostics.enabled if profile and profile.boot_diagnostics else None
