"""A scale set and its instances at one moment, in Azure's own words; what every decision is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import Image


class UpgradeMode(StrEnum):
    """`upgradePolicy.mode`."""

    MANUAL = "Manual"
    AUTOMATIC = "Automatic"
    ROLLING = "Rolling"


class Orchestration(StrEnum):
    """`orchestrationMode`."""

    UNIFORM = "Uniform"
    FLEXIBLE = "Flexible"


class Provisioning(StrEnum):
    """`provisioningState` of an instance or a set."""

    CREATING = "Creating"
    UPDATING = "Updating"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    DELETING = "Deleting"
    MIGRATING = "Migrating"
    CANCELED = "Canceled"
    UNKNOWN = "Unknown"


class Power(StrEnum):
    """The `PowerState/...` status of an instance."""

    CREATING = "creating"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """The `HealthState/...` status in `vmHealth`."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INITIALIZING = "initializing"
    UNKNOWN = "unknown"


class HealthSource(StrEnum):
    """What in the model judges the health of instances."""

    EXTENSION = "Application Health extension"
    PROBE = "load balancer probe"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an instance stands. Domain numbers are only comparable inside one zone and placement group."""

    zone: str | None = None
    placement_group: str | None = None
    update_domain: int | None = None
    fault_domain: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureError:
    """An error in Azure's own words: its `code`, and its `message` if it gave one."""

    code: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance as last seen. `health` is `None` where it has no `vmHealth`, which is no verdict."""

    id: InstanceId
    place: Place
    image: Image | None
    latest_model_applied: bool
    provisioning: Provisioning
    power: Power
    health: Health | None = None
    protected: bool = False
    protected_from_scale_in: bool = False
    created_at: float | None = None
    """When it was made, in seconds since the epoch, where Azure says."""
    error: AzureError | None = None
    vm_size: str | None = None
    tells_model: bool = True
    """Whether `latest_model_applied` is Azure's word; of members of Flexible sets nobody tells it."""
    failed_extensions: tuple[str, ...] | None = None
    """Which of its extensions say that they have failed; `None` where Azure tells of no extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """`automaticRepairsPolicy` of a set where it is enabled."""

    grace_seconds: float
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasePlan:
    """What was bought with a marketplace image: its `plan`."""

    name: str
    publisher: str
    product: str

    def __str__(self) -> str:
        return f"{self.publisher}/{self.product}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One member of a model by its path in ARM's form, with its value as JSON; `None` where it is not there."""

    path: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSet:
    """The model of a scale set: what new instances would be made from."""

    id: ScaleSetId
    location: str
    vm_size: str
    capacity: int
    image: Image | None
    upgrade_mode: UpgradeMode
    orchestration: Orchestration
    provisioning: Provisioning
    health_source: HealthSource
    etag: str | None
    unique_id: str | None = None
    zones: tuple[str, ...] = ()
    single_placement_group: bool = True
    os_type: str | None = None
    has_plan: bool = False
    automatic_os_upgrade: bool = False
    rolling_policy: RollingPolicy = field(default_factory=RollingPolicy)
    """What Azure's own rolling upgrade heeds, in every mode; its defaults where the set names none."""
    plan: PurchasePlan | None = None
    repairs: Repairs | None = None
    health_grace_seconds: float | None = None
    """How long the health extension says `initializing` at most, as far as its settings tell."""
    two_health_sources: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    """Further members of the model: those that were asked for when it was read."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What to ask for when it is read again."""
        return tuple(one.path for one in self.settings)


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A set and all its instances, looked at together."""

    scale_set: ScaleSet
    instances: tuple[Instance, ...]

    @cached_property
    def by_id(self) -> dict[InstanceId, Instance]:
        return {instance.id: instance for instance in self.instances}

    def with_model(self, scale_set: ScaleSet) -> Fleet:
        """The same instances under a model that was read anew."""
        return Fleet(scale_set=scale_set, instances=self.instances)
