"""Instances of a Uniform set as ARM writes them with `$expand=instanceView`, made into core types.

Members of Flexible sets are virtual machines, and read in `machines.py`, beside which the same views are read.

`$select` is never used: with it Azure answers with defaults for what was not selected (`latestModelApplied: false`,
`provisioningState: 0` in the recorded tests of the Azure CLI), which cannot be told from the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern

import msgspec

from rollset.arm.image_shapes import StorageProfile, running_image
from rollset.arm.reply import Page, Reply
from rollset.arm.scale_sets import to_provisioning
from rollset.core.fleet import AzureError, Health, Instance, Place, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.image import Image


class _Status(msgspec.Struct, rename="camel"):
    code: str | None = None
    display_status: str | None = None
    message: str | None = None


class _Health(msgspec.Struct):
    status: _Status | None = None


class _Extension(msgspec.Struct):
    name: str | None = None
    statuses: list[_Status] | None = None


class View(msgspec.Struct, rename="camel"):
    """An instance view, as instances and virtual machines have it."""

    placement_group_id: str | None = None
    platform_update_domain: int | str | None = None
    platform_fault_domain: int | str | None = None
    statuses: list[_Status] | None = None
    vm_health: _Health | None = None
    extensions: list[_Extension] | None = None


class Protection(msgspec.Struct, rename="camel"):
    """A protection policy."""

    protect_from_scale_in: bool | None = None
    protect_from_scale_set_actions: bool | None = None


class _Properties(msgspec.Struct, rename="camel"):
    latest_model_applied: bool | None = None
    provisioning_state: str | int | None = None
    storage_profile: StorageProfile | None = None
    protection_policy: Protection | None = None
    time_created: str | None = None
    instance_view: View | None = None


class _Sku(msgspec.Struct):
    name: str | None = None


class InstanceShape(msgspec.Struct, rename="camel"):
    """An instance resource."""

    instance_id: str | None = None
    sku: _Sku | None = None
    zones: list[str] | None = None
    properties: _Properties | None = None


INSTANCE = msgspec.json.Decoder(InstanceShape)
INSTANCE_PAGE = msgspec.json.Decoder(Page[InstanceShape])

SHARED_MAX = 4096
"""So many places, and so many images, are remembered at most."""

_DOMAIN_DIGITS_MAX = 9
_DOMAIN_MAX = 10**_DOMAIN_DIGITS_MAX - 1

_POWER = {power.value: power for power in Power}
_HEALTH = {health.value: health for health in Health}
_FAILED = "provisioningstate/failed"
_NO_PROPERTIES = _Properties()
_NO_VIEW = View()


def to_instance(shape: InstanceShape, reply: Reply) -> Instance:
    """The instance that `shape`, part of `reply`, describes.

    Raises:
        Unreadable: it has no `instanceId`.
    """
    if not shape.instance_id:
        raise reply.unreadable("an instance has no instanceId")
    properties = shape.properties or _NO_PROPERTIES
    view = properties.instance_view or _NO_VIEW
    return read_instance(
        shape.instance_id,
        shape.zones,
        view,
        properties.storage_profile,
        properties.provisioning_state,
        latest_model_applied=properties.latest_model_applied is True,
        protected=is_protected(properties.protection_policy),
        protected_from_scale_in=stays_on_scale_in(properties.protection_policy),
        created=properties.time_created,
        vm_size=shape.sku.name if shape.sku is not None else None,
    )


def read_instance(
    name: str,
    zones: Sequence[str] | None,
    view: View,
    storage: StorageProfile | None,
    state: str | int | None,
    *,
    latest_model_applied: bool,
    protected: bool,
    protected_from_scale_in: bool = False,
    created: str | None = None,
    vm_size: str | None = None,
    tells_model: bool = True,
) -> Instance:
    """An instance out of the parts that ARM tells of it, wherever they stand."""
    provisioning, power, error = _read_statuses(state, view.statuses or [])
    return Instance(
        id=InstanceId(name),
        place=_place(
            zones[0] if zones else None,
            view.placement_group_id,
            _domain(view.platform_update_domain),
            _domain(view.platform_fault_domain),
        ),
        image=_shared(running_image(storage)),
        latest_model_applied=latest_model_applied,
        provisioning=provisioning,
        power=power,
        health=_health(view.vm_health),
        protected=protected,
        protected_from_scale_in=protected_from_scale_in,
        created_at=to_moment(created),
        error=error,
        vm_size=None if vm_size is None else intern(vm_size),
        tells_model=tells_model,
        failed_extensions=_failed(view.extensions) if view.extensions else None,
    )


def is_protected(policy: Protection | None) -> bool:
    """Whether calls on the set leave the instance alone; protection from scaling in says nothing about that."""
    return policy is not None and policy.protect_from_scale_set_actions is True


def stays_on_scale_in(policy: Protection | None) -> bool:
    """Whether a scale-in leaves the instance alone."""
    return policy is not None and policy.protect_from_scale_in is True


@lru_cache(SHARED_MAX)
def _place(zone: str | None, group: str | None, update_domain: int | None, fault_domain: int | None) -> Place:
    """Instances by the hundred stand in few places: each place is kept once."""
    return Place(zone=zone, placement_group=group, update_domain=update_domain, fault_domain=fault_domain)


@lru_cache(SHARED_MAX)
def _shared(image: Image | None) -> Image | None:
    """The same image for all that run it."""
    return image


def _read_statuses(state: str | int | None, statuses: list[_Status]) -> tuple[Provisioning, Power, AzureError | None]:
    """Provisioning, power, and the error of an instance that has failed.

    A status is `Group/value`, a failed one `ProvisioningState/failed/Code`, in either case. The state outside the view
    counts first; the one inside is the fallback.
    """
    provisioning, power, error = to_provisioning(state), Power.UNKNOWN, None
    for status in statuses:
        group, _, rest = (status.code or "").partition("/")
        value, _, code = rest.partition("/")
        match group.lower():
            case "powerstate":
                power = _POWER.get(value.lower(), Power.UNKNOWN)
            case "provisioningstate":
                if provisioning is Provisioning.UNKNOWN:
                    provisioning = to_provisioning(value)
                if value.lower() == "failed":
                    error = AzureError(code=code or "Failed", message=status.message or status.display_status or "")
    return provisioning, power, error if provisioning is Provisioning.FAILED else None


def _failed(extensions: list[_Extension]) -> tuple[str, ...]:
    """Those that say of themselves that they have failed."""
    return tuple(
        intern(one.name or "?")
        for one in extensions
        if any((status.code or "").lower().startswith(_FAILED) for status in one.statuses or ())
    )


def _health(health: _Health | None) -> Health | None:
    """No `vmHealth` is no verdict; one that we cannot read is an unknown one."""
    if health is None or health.status is None or not health.status.code:
        return None
    return _HEALTH.get(health.status.code.rpartition("/")[2].lower(), Health.UNKNOWN)


def to_moment(text: str | None) -> float | None:
    """A time as Azure writes it, with seven digits of a second, as seconds since the epoch; none if it is no time."""
    try:
        moment = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _domain(number: int | str | None) -> int | None:
    """Some answers, and the metadata service always, write domain numbers as text; what is no such number is none."""
    if isinstance(number, str):
        number = int(number) if number.isdecimal() and len(number) <= _DOMAIN_DIGITS_MAX else None
    return number if number is not None and 0 <= number <= _DOMAIN_MAX else None
