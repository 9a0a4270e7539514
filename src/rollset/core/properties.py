"""What else the model of a set says: what an operator wants to read, and no decision is made from."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.fleet import ScaleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthProbe:
    """How the Application Health extension asks the application; `None` where its settings leave something out."""

    handler: str
    protocol: str | None = None
    port: int | None = None
    path: str | None = None
    interval_seconds: float | None = None
    probes: int | None = None
    grace_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OsDisk:
    """The OS disk that instances are made with."""

    storage: str | None = None
    """Such as `Premium_LRS`."""
    size_gb: int | None = None
    caching: str | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension of the model."""

    name: str
    publisher: str
    type: str
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Members of a model as Azure has them; `None` where it says nothing."""

    created_at: float | None = None
    """In seconds since the epoch."""
    admin_user: str | None = None
    name_prefix: str | None = None
    """Of the names that instances have in their guests."""
    overprovision: bool | None = None
    fault_domains: int | None = None
    zone_balance: bool | None = None
    priority: str | None = None
    """`Spot`, or else `Regular`."""
    eviction_policy: str | None = None
    max_price: float | None = None
    license_type: str | None = None
    security_type: str | None = None
    """Such as `TrustedLaunch`."""
    proximity_group: str | None = None
    """The id of its proximity placement group; so are those of dedicated hosts and of reserved capacity below."""
    host_group: str | None = None
    capacity_group: str | None = None
    load_balancer_probe: str | None = None
    health_probe: HealthProbe | None = None
    subnets: tuple[str, ...] = ()
    backend_pools: tuple[str, ...] = ()
    accelerated_networking: bool | None = None
    os_disk: OsDisk = OsDisk()
    data_disks: int = 0
    extensions: tuple[Extension, ...] = ()
    identities: tuple[str, ...] = ()
    """The system's own as `SystemAssigned`, others by their ids."""
    scale_in_rules: tuple[str, ...] = ()
    termination_notice: str | None = None
    """How long instances are told before they go, as ISO 8601; where that is switched on."""
    boot_diagnostics: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A set with all of its properties, read together."""

    scale_set: ScaleSet
    properties: Properties
