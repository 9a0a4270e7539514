"""One rolling pass over a set: what it is to do, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from rollset.emulator import rollingerrors
from rollset.emulator.custommetrics import reported
from rollset.emulator.instance import Provisioning

if TYPE_CHECKING:
    from rollset.emulator.documents import Json
    from rollset.emulator.instance import Instance
    from rollset.emulator.lifecyclehooks import HookEvent
    from rollset.emulator.operations import Operation
    from rollset.emulator.refusal import ArmError
    from rollset.emulator.rollingpolicy import RollingPolicy
    from rollset.emulator.rollingwork import Work
    from rollset.emulator.scaleset import ScaleSet
    from rollset.emulator.upgrade import Target


class Code(Enum):
    """`runningStatus.code`."""

    FORWARD = "RollingForward"
    BACK = "RollingBack"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"
    FAULTED = "Faulted"


class StartedBy(Enum):
    """Who started a pass."""

    USER = "User"
    PLATFORM = "Platform"


@dataclass(slots=True)
class RollbackCount:
    """What became of instances that were put back."""

    succeeded: int = 0
    failed: int = 0


@dataclass(slots=True, eq=False, kw_only=True)
class RollingPass:
    """A pass. Every instance is taken once; what it finds then is what it counts."""

    scale_set: ScaleSet
    work: Work
    policy: RollingPolicy
    operation: Operation
    started_at: float
    started_by: StartedBy = StartedBy.USER
    # Every instance that fails is put back at once, and not only when the pass has to stop.
    restores_each: bool = False
    # The pass is about these alone.
    only: set[Instance] | None = None
    # It asks before each batch, where the set has a hook for that; the question that is open.
    hooked: bool = False
    asking: HookEvent | None = None
    # When it has taken too long; put off by the time that answers take.
    deadline: float = 0.0
    # Nobody needed anything when it began: it only walks over the set.
    idle: bool = False
    code: Code = Code.FORWARD
    changed_at: float = 0.0
    ended_at: float | None = None
    batch: list[Instance] = field(default_factory=list)
    # Instances beside the batch that are being made to take its place.
    surging: list[Instance] = field(default_factory=list)
    done: list[Instance] = field(default_factory=list)
    failed: list[Instance] = field(default_factory=list)
    # What those that were taken ran before.
    before: dict[Instance, Target] = field(default_factory=dict)
    left_out: set[Instance] = field(default_factory=set)
    phases: dict[Instance, int] = field(default_factory=dict)
    rollback: RollbackCount = field(default_factory=RollbackCount)
    error: ArmError | None = None
    # How many were left when it ended.
    left: int = 0

    def begin(self, now: float) -> None:
        """Reads, once, what applications say of phases and of being left out, and whether anybody needs anything."""
        told = {one: reported(one) for one in self.scale_set.instances.values()}
        self.left_out = {one for one, said in told.items() if said is not None and said.skip_upgrade}
        self.phases = {one: said.phase for one, said in told.items() if said is not None and said.phase is not None}
        self.changed_at = now
        self.idle = not self.waiting()

    def first_phase(self, instances: list[Instance]) -> list[Instance]:
        """Those of the lowest phase; instances without one come last."""
        lowest = min((self.phases[one] for one in instances if one in self.phases), default=None)
        return instances if lowest is None else [one for one in instances if self.phases.get(one) == lowest]

    @property
    def running(self) -> bool:
        return self.ended_at is None

    def present(self, instances: list[Instance]) -> list[Instance]:
        """Without those that somebody deleted."""
        there = self.scale_set.instances
        return [one for one in instances if there.get(one.id) is one and one.provisioning is not Provisioning.DELETING]

    def waiting(self) -> list[Instance]:
        """Those that the pass still has to take."""
        taken = {*self.batch, *self.done, *self.failed, *self.left_out}
        return [
            one
            for one in self.scale_set.instances.values()
            if one not in taken
            and (self.only is None or one in self.only)
            and (_walked(one) if self.idle else self.work.needed_by(one))
        ]

    def progress(self) -> Json:
        """The counts that Azure shows. Those that need nothing only count where nobody needed anything."""
        return {
            "successfulInstanceCount": len(self.done),
            "failedInstanceCount": len(self.failed),
            "inProgressInstanceCount": len(self.batch),
            "pendingInstanceCount": len(self.waiting()) if self.running else self.left,
        }

    def end(self, now: float, code: Code, error: ArmError | None = None) -> None:
        """Nothing new is begun; those under way in a cancelled pass count as failed, as recorded."""
        self.left = len(self.waiting())
        over = {*self.done, *self.failed}
        under_way = [one for one in self.batch if one not in over]
        if code is Code.CANCELLED and under_way:
            error = error or rollingerrors.cancelled(self.scale_set, under_way)
            self.failed += under_way
        self.code, self.changed_at, self.ended_at = code, now, now
        self.error = error or self.error
        self.batch, self.surging = [], []


def _walked(instance: Instance) -> bool:
    return not instance.protected and instance.provisioning not in (Provisioning.CREATING, Provisioning.DELETING)
