"""What a rollout tells while it runs: facts with their numbers, one small class each; the faces choose the words.

Times are seconds since the rollout began.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.decide import Blocked, Situation, Wait
from rollset.core.fleet import UpgradeMode
from rollset.core.ids import InstanceId
from rollset.core.image import Image
from rollset.core.plan import Plan
from rollset.core.progress import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The rollout begins to act on the plan."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWritten:
    """The upgrade policy of the set was changed from `before` to `mode`."""

    at: float
    before: UpgradeMode
    mode: UpgradeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWritten:
    """The image in the model was changed; instances are untouched so far."""

    at: float
    before: Image | None
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The fleet was looked at, whole or in part."""

    at: float
    situation: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Azure was asked to upgrade these."""

    at: float
    instances: tuple[InstanceId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An instance was read back on the target image and healthy; `seconds` after it was asked for, if it was."""

    at: float
    instance: InstanceId
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An instance did not make it; nothing more is started."""

    at: float
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing to do for `seconds`; `decision` says why."""

    at: float
    decision: Wait | Blocked
    seconds: float

    @property
    def reason(self) -> str:
        return self.decision.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """Azure could not be asked; the rollout holds still for `seconds` and asks again."""

    at: float
    reason: str
    seconds: float


class Ending(StrEnum):
    """How a rollout ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    STARTED = "started"
    """Only the first step was asked for, as the user wished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rollout leaves behind."""

    ending: Ending
    reason: str
    exit_status: int
    plan: Plan
    upgraded: tuple[InstanceId, ...]
    """Read back on the image and healthy: those that were asked for, and those of the plan that were on their way."""
    in_flight: tuple[InstanceId, ...]
    """Asked for, and neither proven nor failed yet."""
    failures: tuple[Failure, ...]
    seconds: float
    arm_requests: int
    remarks: tuple[str, ...] = ()
    """What an operator has to know or do by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The rollout is over."""

    outcome: Outcome


Event = Began | PolicyWritten | ModelWritten | Looked | Asked | Proven | Failed | Waiting | Troubled | Ended
