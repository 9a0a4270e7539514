"""One instance of a scale set: what it runs, how it is, and what is being done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.healthsettings import HealthSource, HealthState

if TYPE_CHECKING:
    from rollset.emulator.custommetrics import CustomMetrics
    from rollset.emulator.documents import Json
    from rollset.emulator.failingextensions import ExtensionFailure
    from rollset.emulator.fixedparts import FixedParts
    from rollset.emulator.metrics import Metrics
    from rollset.emulator.model import Model
    from rollset.emulator.operations import Operation
    from rollset.emulator.placement import Slot
    from rollset.emulator.refusal import ArmError
    from rollset.emulator.scaleset import ScaleSet


class Provisioning(Enum):
    """`provisioningState` of an instance."""

    CREATING = "Creating"
    UPDATING = "Updating"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    DELETING = "Deleting"


class Power(Enum):
    """The part of `PowerState/...` after the slash."""

    CREATING = "creating"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"


@dataclass(slots=True)
class UpgradeRecord:
    """One image upgrade of an instance, as the emulator's own API shows it."""

    requested_at: float
    seconds: float
    ended_at: float | None = None
    outcome: str | None = None


@dataclass(slots=True, eq=False)
class Activity:
    """Something that is being done to an instance; planned steps of an older one are void."""

    kind: str
    operations: list[Operation] = field(default_factory=list)
    record: UpgradeRecord | None = None


@dataclass(slots=True)
class Application:
    """What runs in the guest."""

    # It answers requests.
    serving: bool = False
    # Its probe endpoint says that it wants requests; false while it drains.
    ready: bool = False
    # A fault makes it fail whatever else is true.
    sick: bool = False

    @property
    def answers(self) -> bool:
        return self.serving and not self.sick

    @property
    def passes_probe(self) -> bool:
        return self.answers and self.ready


@dataclass(slots=True)
class Probe:
    """What the health source last saw; it looks every few seconds, at instants of its own for each instance."""

    # Where in its interval it looks, as a share of that.
    phase: float
    healthy: bool = False
    changed_at: float = 0.0
    look_planned: bool = False
    # What it would be answered now, and since when.
    passing: bool = False
    passing_since: float = 0.0
    # The machine runs; from when it began to, the rich extension waits this long for the application.
    machine_runs: bool = False
    initializing_until: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Instance:
    """One virtual machine of a scale set."""

    scale_set: ScaleSet
    number: int
    vm_id: str
    disk_id: str
    slot: Slot
    applied: Model
    # Its name as a virtual machine of its own, in a Flexible set.
    vm_name: str | None = None
    # It was attached to a Flexible set: it has a model of its own, and no upgrade of the set changes it.
    attached: bool = False
    image: Json
    created_at: float
    probe: Probe
    provisioning: Provisioning = Provisioning.CREATING
    provisioned_at: float = 0.0
    failure: ArmError | None = None
    power: Power = Power.CREATING
    application: Application = field(default_factory=Application)
    activity: Activity | None = None
    upgrades: list[UpgradeRecord] = field(default_factory=list)
    # An upgrade replaced its disk, and has not ended well.
    half_upgraded: bool = False
    protection: Json | None = None
    tags: Json = field(default_factory=dict)
    # Attached to this instance alone, beside those of its model.
    data_disks: tuple[Json, ...] = ()
    extensions: tuple[Json, ...] = ()
    hibernated: bool = False
    # Beyond the capacity: overprovisioned, or made by a surging pass before it takes an old one.
    surplus: bool = False
    # What its application tells rolling upgrades.
    custom_metrics: CustomMetrics | None = None
    # What Azure Monitor measures of it alone.
    metrics: Metrics | None = None
    # Set once the instance has served; one that never has is new, not out of service.
    joined: bool = False
    out: bool = False
    # Its extensions that say they have failed, by name in small letters.
    failing_extensions: Mapping[str, ExtensionFailure] = field(default_factory=dict)
    # The faults that keep it from answering anybody now, by their ids.
    disturbed: frozenset[int] = frozenset()
    served: int = 0
    failed: int = 0
    etag: int = 1
    # Rendered JSON by form; dropped whenever anything of the above changes.
    fragments: dict[object, bytes] = field(default_factory=dict)
    # Parts of it that outlast most changes.
    fixed: FixedParts | None = None

    @property
    def id(self) -> str:
        return self.vm_name or str(self.number)

    @property
    def name(self) -> str:
        return self.vm_name or f"{self.scale_set.name}_{self.number}"

    @property
    def resource_id(self) -> str:
        return f"{self.scale_set.id}/virtualMachines/{self.id}"

    @property
    def machine_id(self) -> str:
        """The id of the virtual machine itself; that of a Uniform instance shows only in its extensions."""
        return f"{self.scale_set.group_id}/providers/Microsoft.Compute/virtualMachines/{self.name}"

    @property
    def latest_model_applied(self) -> bool:
        if self.attached:
            return True
        if self.half_upgraded and choices.HALF_UPGRADED_IS_ON_NO_MODEL:
            return False
        if choices.LATEST_MODEL_BY_CONTENT:
            return self.applied.fingerprint == self.scale_set.model.fingerprint
        return self.applied is self.scale_set.model

    @property
    def customised(self) -> bool:
        """Whether it has something that its model does not give it."""
        return bool(self.attached or self.data_disks or self.extensions)

    @property
    def all_extensions(self) -> list[Json]:
        """Those of the model that it has applied, and its own."""
        return [*self.applied.extensions, *self.extensions]

    @property
    def protected(self) -> bool:
        return bool(self.protection and self.protection.get("protectFromScaleSetActions"))

    @property
    def protected_from_scale_in(self) -> bool:
        return bool(self.protection and self.protection.get("protectFromScaleIn"))

    @property
    def counts(self) -> bool:
        """Whether the instance is part of the set's capacity."""
        return self.provisioning is not Provisioning.DELETING and not self.surplus

    @property
    def has_verdict(self) -> bool:
        """Whether `vmHealth` exists: the model that the instance has applied names a health source."""
        return self.applied.health_source is not None

    @property
    def health(self) -> HealthState:
        """What the health source says; only the rich extension tells no answer from a bad one, and waits at first."""
        settings = self.applied.health
        if self.probe.healthy:
            return HealthState.HEALTHY
        if self.probe.initializing_until is not None:
            return HealthState.INITIALIZING
        undecided = not self.answers or self.passes_probe
        rich = settings.source is HealthSource.RICH_EXTENSION
        return HealthState.UNKNOWN if rich and not settings.tcp and undecided else HealthState.UNHEALTHY

    @property
    def in_service(self) -> bool:
        """Provisioned, running and, where there is a verdict, healthy."""
        return (
            self.provisioning is Provisioning.SUCCEEDED
            and self.power is Power.RUNNING
            and (self.probe.healthy or not self.has_verdict)
        )

    @property
    def answers(self) -> bool:
        """Whether a request that reaches the instance is answered."""
        return self.power in {Power.RUNNING, Power.STOPPING} and self.application.answers and not self.disturbed

    @property
    def passes_probe(self) -> bool:
        return self.power is Power.RUNNING and self.application.passes_probe and not self.disturbed
