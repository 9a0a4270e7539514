"""The whole state of the emulated Azure, and its time.

Nothing here runs by itself. Whoever asks for something calls `advance()` first, which plays everything that is due by
now in the order of its time; what a request does then happens at once, so requests at the same time cannot disagree.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from rollset.emulator import choices
from rollset.emulator.admission import Admission
from rollset.emulator.autoscalesettings import AutoscaleSettings
from rollset.emulator.buckets import Limits
from rollset.emulator.clock import Clock, ScaledClock
from rollset.emulator.documents import Json
from rollset.emulator.fleet import Fleet, default_fleet
from rollset.emulator.fleetsetup import set_up
from rollset.emulator.identity import Tokens
from rollset.emulator.images import BUILT_IN, Catalogue
from rollset.emulator.inforce import Faults
from rollset.emulator.instance import Instance
from rollset.emulator.journal import Journal
from rollset.emulator.locks import Locks
from rollset.emulator.operations import Operation
from rollset.emulator.past import Past
from rollset.emulator.refusal import group_being_deleted, group_not_found, resource_not_found, subscription_not_found
from rollset.emulator.regions import folded
from rollset.emulator.rendered import Rendered
from rollset.emulator.requestlog import RequestLog
from rollset.emulator.resources import Resources
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.schedule import Schedule

TENANT_ID = "7e0a0000-0000-4000-8000-000000000001"
SUBSCRIPTION_ID = "5b5c0000-0000-4000-8000-000000000001"


@dataclass(slots=True)
class ResourceGroup:
    """A resource group."""

    name: str
    location: str
    tags: Json = field(default_factory=dict)
    being_deleted: bool = False


class World:
    """One subscription with its resource groups, scale sets and images."""

    def __init__(
        self, clock: Clock | None = None, seed: int = 0, fleet: Fleet | None = None, *, throttle: bool = False
    ) -> None:
        """Rate limits are counted and told in any case, and enforced with `throttle`."""
        self.clock: Clock = clock if clock is not None else ScaledClock()
        self.seed = seed
        self.now = self.clock.now()
        self.tenant_id = TENANT_ID
        self.subscription_id = SUBSCRIPTION_ID
        self.schedule = Schedule()
        self.tokens = Tokens(self.tenant_id)
        self.images = Catalogue.of(BUILT_IN)
        self.resources = Resources()
        self.locks = Locks()
        # Paths that somebody asked for and nobody knows, with their methods.
        self.unknown_paths: Counter[tuple[str, str]] = Counter()
        self.autoscale = AutoscaleSettings()
        # Plans of the marketplace whose terms were accepted: publisher, offer and plan in lower case.
        self.accepted_terms: set[tuple[str, ...]] = set()
        # Limits that somebody set, by location and name in lower case; the others are in `quota.py`.
        self.quotas: dict[tuple[str, str], int] = {}
        self.faults = Faults(seed)
        # What lists of instances showed a while ago, where a fault wants them late.
        self.past: dict[str, Past] = {}
        self.requests = RequestLog()
        self.rendered = Rendered()
        self.limits = Limits(self.subscription_id)
        self.throttles = throttle
        # The address of the https listener, once there is one.
        self.https_url: str | None = None
        # Who may ask, where others than this machine's users can.
        self.admission: Admission | None = None
        # Where changes are written down before they are answered.
        self.journal: Journal | None = None
        # What the ready file says, where there are listeners.
        self.ready: Json | None = None
        self.groups: dict[str, ResourceGroup] = {}
        self.sets: dict[str, ScaleSet] = {}
        self.operations: dict[str, Operation] = {}
        self.guids_drawn = 0
        set_up(self, fleet if fleet is not None else default_fleet())

    def advance(self) -> None:
        """Plays everything that is due by now."""
        now = self.clock.now()
        while (due := self.schedule.pop(now)) is not None:
            self.now = max(self.now, due.at)
            due.play()
        self.now = max(self.now, now)

    def guid(self, *key: object) -> str:
        """A GUID: the same for the same seed and key; without a key another one each time."""
        if not key:
            key = ("#", self.guids_drawn)
            self.guids_drawn += 1
        text = "/".join(str(part) for part in (self.seed, *key))
        drawn = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        # Version 4, as RFC 9562 writes it; `uuid.UUID` comes to the same, in three times the time.
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{'89ab'[int(drawn[16], 16) & 3]}{drawn[17:20]}-{drawn[20:]}"

    def start_operation(
        self, kind: str, location: str, poll_pauses: tuple[float, float], scale_set: ScaleSet | None = None
    ) -> Operation:
        """A new operation, held once by the caller, who releases it after having let it wait for what it should."""
        operation = Operation(
            id=self.guid(), location=location, kind=kind, started_at=self.now, poll_pauses=poll_pauses
        )
        operation.hold()
        if scale_set is not None:
            scale_set.operations.add(operation)
            self.faults.hold(operation, scale_set)
            operation.on_end.append(scale_set.settle_operation)
        if not self.faults.new_operations_expire:
            self.operations[operation.id] = operation
            self.schedule.at(self.now + choices.OPERATION_LIFETIME_SECONDS, partial(self._forget, operation))
        return operation

    def release_after(self, operation: Operation, seconds: float) -> None:
        """The operation waits at least this long."""
        self.schedule.at(self.now + seconds, partial(self._release, operation))

    def add_group(self, name: str, location: str) -> ResourceGroup:
        """The group of that name, made if need be."""
        return self.groups.setdefault(name.lower(), ResourceGroup(name, location))

    def find_group(self, name: str, *, to_write: bool = False) -> ResourceGroup:
        """The group of that name; nothing is written any more to one that is being deleted."""
        group = self.groups.get(name.lower())
        if group is None:
            raise group_not_found(name)
        if to_write and group.being_deleted:
            raise group_being_deleted(group.name)
        return group

    def find_set(self, group: str, name: str) -> ScaleSet:
        self.find_group(group)
        scale_set = self.sets.get(f"{group}/{name}".lower())
        if scale_set is None:
            raise resource_not_found("virtualMachineScaleSets", name, group)
        return scale_set

    def find_machine(self, group: str, name: str) -> Instance:
        """A member of a Flexible set, as the virtual machine that it is."""
        self.find_group(group)
        of_group = (one for one in self.sets.values() if one.flexible and one.group.lower() == group.lower())
        found = next((machine for one in of_group if (machine := one.find(name)) is not None), None)
        if found is None:
            raise resource_not_found("virtualMachines", name, group)
        return found

    def region_of(self, variables: dict[str, str]) -> str:
        """The region of a request, by the variables of its path; empty where it has none."""
        scale_set = self.sets.get(f"{variables.get('group', '')}/{variables.get('name', '')}".lower())
        return folded(variables.get("location", "")) if scale_set is None else scale_set.location

    def check_subscription(self, subscription: str) -> None:
        if subscription.lower() != self.subscription_id:
            raise subscription_not_found(subscription)

    def group_id(self, name: str) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{name}"

    def _release(self, operation: Operation) -> None:
        operation.release(self.now)

    def _forget(self, operation: Operation) -> None:
        self.operations.pop(operation.id, None)
