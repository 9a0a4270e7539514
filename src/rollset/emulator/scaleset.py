"""One scale set: its document, its instances, its operations, and the account of who is out of service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rollset.emulator import choices
from rollset.emulator.documents import Json, at, section
from rollset.emulator.lifecyclehooks import HookEvents
from rollset.emulator.metrics import Metrics

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from rollset.emulator.deferral import Deferral
    from rollset.emulator.durations import Durations
    from rollset.emulator.instance import Instance
    from rollset.emulator.model import Model
    from rollset.emulator.operations import Operation
    from rollset.emulator.placement import Placement
    from rollset.emulator.rollingpass import RollingPass


class ServiceChange(NamedTuple):
    """An instance left service or came back."""

    at: float
    instance: str
    change: str
    reason: str


@dataclass(slots=True)
class ServiceAccount:
    """Who is out, how many were out at once, and every coming and going."""

    out_now: int = 0
    most_out_at_once: int = 0
    history: list[ServiceChange] = field(default_factory=list)


@dataclass(slots=True)
class Balancer:
    """The load balancer before a set: whom it may pick, whose turn it is, what came of it."""

    rotation: list[Instance] | None = None
    turn: int = 0
    served: int = 0
    failed: int = 0


@dataclass(slots=True)
class RepairService:
    """Automatic repairs of a set: whether they go on, and how they went."""

    watching: bool = False
    suspended: bool = False
    changed_at: float = 0.0
    under_way: list[Instance] = field(default_factory=list)
    # Repaired, and not yet seen to be healthy or to need it again.
    repaired: list[Instance] = field(default_factory=list)
    # How many repairs in a row did not help.
    failures: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class ScaleSet:
    """One scale set, Uniform or Flexible."""

    id: str
    group: str
    name: str
    location: str
    # What GET answers, without the members that follow from the rest of this object.
    document: Json
    model: Model
    placement: Placement
    created_at: float
    flexible: bool = False
    etag: int = 1
    next_number: int = 0
    # Makes the instances that have stood from the start, once somebody asks for any: most sets of a large fleet are
    # never looked into, and 200,000 instances take their time and their memory.
    stand: Callable[[], None] | None = None
    _instances: dict[str, Instance] = field(default_factory=dict)
    operations: set[Operation] = field(default_factory=set)
    settled_state: str = "Succeeded"
    settled_at: float = 0.0
    # The last rolling pass of any kind, and the last ones of the OS, oldest first.
    rolling: RollingPass | None = None
    os_upgrades: list[RollingPass] = field(default_factory=list)
    # When Azure's own pass over the OS will begin, once one is planned.
    os_upgrade_planned_at: float | None = None
    # One that waits for approval, and the image that somebody did not want.
    deferral: Deferral | None = None
    os_image_rejected: Json | None = None
    hook_events: HookEvents = field(default_factory=HookEvents)
    repairs: RepairService = field(default_factory=RepairService)
    metrics: Metrics = field(default_factory=Metrics)
    upgrade_durations: Durations | None = None
    # Where its instances have their addresses, if somebody has said so.
    subnet: IPv4Network | None = None
    account: ServiceAccount = field(default_factory=ServiceAccount)
    balancer: Balancer = field(default_factory=Balancer)
    # Instances by id, cut into pages; rebuilt after one came or went.
    pages: list[list[Instance]] | None = None

    @property
    def key(self) -> str:
        return f"{self.group}/{self.name}".lower()

    @property
    def instances(self) -> dict[str, Instance]:
        """By id."""
        if self.stand is not None:
            stand, self.stand = self.stand, None
            stand()
        return self._instances

    @property
    def group_id(self) -> str:
        return self.id.rpartition("/providers/")[0]

    @property
    def properties(self) -> Json:
        return section(self.document, "properties")

    @property
    def mode(self) -> str:
        return str(at(self.properties, "upgradePolicy", "mode") or "Manual")

    @property
    def capacity(self) -> int:
        return int(at(self.document, "sku", "capacity") or 0)

    @property
    def provisioning_state(self) -> str:
        """`Updating` while any operation runs, else how the last one ended.

        Scripts built on gbowerman/azurerm look right after `manualupgrade` and are done at the first `Succeeded`.
        """
        kinds = {operation.kind for operation in self.operations}
        if "delete-set" in kinds:
            return "Deleting"
        if "create" in kinds:
            return "Creating"
        return "Updating" if kinds else self.settled_state

    @property
    def etag_text(self) -> str:
        return f'"{self.etag}"'

    def change_capacity(self, by: int) -> None:
        """Instances came or went one by one; a Flexible set without a profile has no capacity to tell."""
        if "sku" in self.document:
            sku = {**self.document["sku"], "capacity": self.capacity + by}
            self.document = {**self.document, "sku": sku}

    def find(self, instance_id: str) -> Instance | None:
        """The instance of an id; names of virtual machines are matched in any case."""
        found = self.instances.get(instance_id)
        if found is None and self.flexible:
            lowered = instance_id.lower()
            return next((one for key, one in self.instances.items() if key.lower() == lowered), None)
        return found

    def settle_operation(self, operation: Operation) -> None:
        """An operation on the set ended; once none runs, the set shows how the last one went."""
        self.operations.discard(operation)
        failed = operation.error is not None and choices.FAILED_OPERATION_FAILS_SET
        self.settled_state = "Failed" if failed else "Succeeded"
        self.settled_at = operation.ended_at or self.settled_at

    def step_etag(self, _ended: Operation) -> None:
        self.etag += choices.ETAG_STEPS_OF_UPGRADE
