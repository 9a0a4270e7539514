"""Which faults are in force, and what is left of each."""

from collections.abc import Iterator
from typing import TypeVar

from rollset.emulator import imagereference
from rollset.emulator.draws import share as drawn
from rollset.emulator.faultbase import Fault
from rollset.emulator.faults import (
    AllocationFails,
    AnyFault,
    BadImage,
    BootsUnhealthy,
    ExpireOperations,
    ExtensionFails,
    OperationsHang,
    QuotaExceeded,
    ShortTokens,
    StaleLists,
    UpgradeFault,
    ZoneDown,
)
from rollset.emulator.instance import Instance
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation
from rollset.emulator.requestfaults import Answering, Dropped, Forbid, Http, LostReply, RequestFault, Slow, Storm
from rollset.emulator.scaleset import ScaleSet

Kind = TypeVar("Kind", bound=Fault)


class InForce:
    """A fault that is in force, with what is left of it."""

    __slots__ = ("asked", "fault", "held", "id", "left", "skip")

    def __init__(self, number: int, fault: AnyFault) -> None:
        self.id = number
        self.fault = fault
        self.left: int | None = getattr(fault, "times", None)
        self.skip: int = getattr(fault, "skip", 0)
        # How many requests it might have struck.
        self.asked = 0
        # Operations that it keeps from ending.
        self.held: list[Operation] = []

    def use(self, seed: int) -> bool:
        """Whether it strikes this time; counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.left == 0:
            return False
        self.asked += 1
        if isinstance(self.fault, RequestFault) and self.draw(seed, "strikes") >= self.fault.share:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def draw(self, seed: int, about: str) -> float:
        """A draw of its own for each time that it is asked."""
        return drawn(seed, "fault", self.id, self.asked, about)


class Faults:
    """The faults in force, oldest first; of several that fit, the oldest strikes."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._next = 1
        self._in_force: list[InForce] = []
        # Those that requests have used, since somebody last looked.
        self.used: list[InForce] = []

    def __iter__(self) -> Iterator[InForce]:
        return iter(self._in_force)

    def add(self, fault: AnyFault) -> InForce:
        entry = InForce(self._next, fault)
        self._next += 1
        if not fault.momentary:
            self._in_force.append(entry)
        return entry

    def remove(self, number: int | None = None) -> list[InForce]:
        """Takes one fault away, or all; answers those taken."""
        gone = [entry for entry in self._in_force if number is None or entry.id == number]
        self._in_force = [entry for entry in self._in_force if entry not in gone]
        return gone

    def holds(self, entry: InForce) -> bool:
        return entry in self._in_force

    def for_upgrade(self, instance: Instance, target: Model) -> UpgradeFault | None:
        """What goes wrong with an upgrade of the instance."""
        for entry in self._in_force:
            match entry.fault:
                case UpgradeFault() as fault if fault.strikes(instance, target) and entry.use(self.seed):
                    return fault
                case BadImage() as fault if fault.strikes(instance, target, self.seed):
                    return fault.on(instance)
                case ZoneDown() as fault if fault.covers(instance):
                    return fault.on(instance)
                case _:
                    pass
        return None

    def for_creation(self, instance: Instance) -> UpgradeFault | None:
        """What goes wrong with an instance that is made, or made anew."""
        models = imagereference.of_instance(instance)
        for entry in self._in_force:
            match entry.fault:
                case BadImage() as fault if any(fault.strikes(instance, one, self.seed) for one in models):
                    return fault.on(instance)
                case _:
                    pass
        return self.for_start(instance)

    def keeps_sick(self, instance: Instance) -> bool:
        """Whether the instance, made anew on the image that it has, would be unhealthy again."""
        models = imagereference.of_instance(instance)
        for entry in self._in_force:
            match entry.fault:
                case BootsUnhealthy() as fault if entry.left != 0:
                    found = any(fault.strikes(instance, one) for one in models)
                case BadImage(effect="unhealthy") as fault:
                    found = any(fault.strikes(instance, one, self.seed) for one in models)
                case _:
                    found = False
            if found:
                return True
        return False

    def failing_extensions(self, instance: Instance) -> dict[str, ExtensionFails]:
        """Which extensions of the instance fail, by name in small letters; of several faults the oldest strikes."""
        found: dict[str, ExtensionFails] = {}
        for fault in self._of(ExtensionFails):
            models = imagereference.of_instance(instance)
            if fault.strikes(instance, models, self.seed):
                found.setdefault(fault.extension.lower(), fault)
        return found

    def for_start(self, instance: Instance) -> UpgradeFault | None:
        """What goes wrong where an instance that has no place is to start."""
        for entry in self._in_force:
            match entry.fault:
                case ZoneDown() as fault if fault.covers(instance):
                    return fault.on(instance)
                case AllocationFails() as fault if fault.strikes(instance, instance.applied) and entry.use(self.seed):
                    return fault.on(instance)
                case _:
                    pass
        return None

    def for_request(self, method: str, path: str) -> tuple[Answering, InForce] | None:
        """The fault that answers in place of Azure, or lets nobody answer."""
        for entry in self._in_force:
            fault = entry.fault
            if isinstance(fault, Http | Storm | Forbid | Dropped) and fault.meets(method, path) and self._use(entry):
                return fault, entry
        return None

    def loses_reply(self, method: str, path: str) -> bool:
        return any(
            isinstance(entry.fault, LostReply) and entry.fault.meets(method, path) and self._use(entry)
            for entry in self._in_force
        )

    def delay(self, method: str, path: str) -> float:
        """By how many emulated seconds the answer is late."""
        seconds = 0.0
        for entry in self._in_force:
            fault = entry.fault
            if isinstance(fault, Slow) and fault.meets(method, path) and self._use(entry):
                spread = max(0.0, (fault.most or fault.seconds) - fault.seconds)
                seconds += fault.seconds + spread * entry.draw(self.seed, "delay")
        return seconds

    def for_growth(self, scale_set: ScaleSet) -> QuotaExceeded | None:
        """The quota that a set which wants more instances runs into."""
        for entry in self._in_force:
            fault = entry.fault
            if isinstance(fault, QuotaExceeded) and fault.covers_set(scale_set) and entry.use(self.seed):
                return fault
        return None

    def hold(self, operation: Operation, scale_set: ScaleSet) -> None:
        """Keeps a new operation from ending, where a fault wants that."""
        for entry in self._in_force:
            fault = entry.fault
            if (
                isinstance(fault, OperationsHang)
                and fault.covers_set(scale_set)
                and fault.operation in (None, operation.kind)
                and entry.use(self.seed)
            ):
                operation.hold()
                entry.held.append(operation)
                return

    def stale_seconds(self, scale_set: ScaleSet) -> float:
        """How far lists of the set's instances lag behind."""
        return max((one.seconds for one in self._of(StaleLists) if one.covers_set(scale_set)), default=0.0)

    @property
    def token_seconds(self) -> int | None:
        return min((one.seconds for one in self._of(ShortTokens)), default=None)

    @property
    def new_operations_expire(self) -> bool:
        return any(one.which == "new" for one in self._of(ExpireOperations))

    def zones_down(self, instance: Instance) -> frozenset[int]:
        """The faults that keep the instance's zone from answering."""
        return frozenset(
            entry.id for entry in self._in_force if isinstance(entry.fault, ZoneDown) and entry.fault.covers(instance)
        )

    def _use(self, entry: InForce) -> bool:
        if entry not in self.used:
            self.used.append(entry)
        return entry.use(self.seed)

    def _of(self, kind: type[Kind]) -> Iterator[Kind]:
        return (entry.fault for entry in self._in_force if isinstance(entry.fault, kind))
