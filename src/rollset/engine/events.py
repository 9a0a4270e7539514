"""What a rollout tells while it runs: facts with their numbers, one small class each; the faces choose the words.

`Kept` are the facts that stay for good, in the rollout's journal: they alone say, after a crash, how it stands.
`Began`, `Looked` and `Ended` are told to whoever looks on, and kept by nobody; `Event` is any of them
all. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self

from rollset.arm.operations import Operation
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.comparing.compare import Comparison
from rollset.core.control import Signal
from rollset.core.decide import Blocked, Hold, Situation, Wait
from rollset.core.fleet import UpgradeMode
from rollset.core.ids import InstanceId
from rollset.core.image import Image
from rollset.core.model.change import Difference
from rollset.core.others import Service
from rollset.core.outside.hooks import Moment
from rollset.core.plan import Plan
from rollset.core.progress import Failure
from rollset.core.surging.surge import Fallback
from rollset.core.undo import Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The rollout begins to act on the plan."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """Another run went on where the one before broke off; `by` is who runs it now."""

    at: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWriting:
    """The upgrade policy is about to be changed to `mode`."""

    at: float
    mode: UpgradeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWritten:
    """The upgrade policy of the set was changed from `before` to `mode`."""

    at: float
    before: UpgradeMode
    mode: UpgradeMode
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspending:
    """A service that acts on the set by itself is on, and about to be switched off for the time being."""

    at: float
    service: Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """It is off."""

    at: float
    service: Service
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """It is on again."""

    at: float
    service: Service
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWriting:
    """The image in the model is about to be changed to `image`, and other members with it."""

    at: float
    image: Image
    changes: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWritten:
    """The image in the model was changed, and other members with it; instances are untouched so far."""

    at: float
    before: Image | None
    image: Image
    request_id: str | None = None
    changes: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReady:
    """The model is as the rollout needs it: instances may go."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The fleet was looked at, whole or in part."""

    at: float
    situation: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Azure is asked to upgrade these: kept before the request goes out, so that nobody can be forgotten."""

    at: float
    instances: tuple[InstanceId, ...]
    reason: str
    reimage: bool = False
    lifts: tuple[InstanceId, ...] = ()
    """Those whose protection is lifted for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of the last request: an operation, a refusal, or nothing that anybody could tell."""

    at: float
    instances: tuple[InstanceId, ...]
    operation: Operation | None = None
    request_id: str | None = None
    refused: str | None = None
    """Azure's own words; then it has not begun."""
    lost: str | None = None
    """Why nobody knows whether Azure has begun."""
    broke_off: bool = False
    """Whether that is because the run ended between the intent and the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Asked for, never reached by the request, and free to be decided on again."""

    at: float
    instances: tuple[InstanceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedAgain:
    """The protection of an instance, lifted for its upgrade, is as it was."""

    at: float
    instance: InstanceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """The capacity is about to be raised `by` so many: kept before the request goes out.

    `capacity` and `etag` are what the set had then: with them a lost answer can be told from a lost request.
    """

    at: float
    by: int
    capacity: int
    etag: str | None
    reason: str
    strangers: tuple[InstanceId, ...] = ()
    """New instances of others that were there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Azure has raised the capacity `by` so many."""

    at: float
    by: int
    strangers: tuple[InstanceId, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Instances that were added have appeared; `missed` had, and have vanished in favour of these."""

    at: float
    instances: tuple[InstanceId, ...]
    missed: tuple[InstanceId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retiring:
    """These are about to be deleted: kept before the request goes out. `made` by this rollout, or replaced by it."""

    at: float
    instances: tuple[InstanceId, ...]
    reason: str
    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """Azure deletes these, and has lowered the capacity by as many."""

    at: float
    instances: tuple[InstanceId, ...]
    made: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """The change of the capacity that was announced last was not made, and will not be."""

    at: float
    why: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack:
    """Azure has no room for more instances: from here on the rollout does as `fallback` says."""

    at: float
    why: str
    fallback: Fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An instance was read back on the target image and healthy; `seconds` after it was asked for, if it was.

    One that is `off` was left stopped: whether it boots nobody has seen.
    """

    at: float
    instance: InstanceId
    seconds: float | None
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relapsed:
    """An upgraded instance fell ill before it had baked: it bakes anew when it is well. It has done so `times` now."""

    at: float
    instance: InstanceId
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An instance did not make it; nothing more is started."""

    at: float
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a gate's number was just before the instance was taken out."""

    at: float
    instance: InstanceId
    gate: str
    number: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSaid:
    """A gate has said something else than before of an instance; `open` is whether it lets it through now."""

    at: float
    instance: InstanceId
    gate: str
    yes: bool
    words: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The upgraded instances were compared with those that are not upgraded yet."""

    at: float
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooked:
    """A hook was called, for these instances or for the rollout as a whole; `failed` is what went wrong."""

    at: float
    moment: Moment
    hook: str
    seconds: float
    instances: tuple[InstanceId, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """These are never sent again: a hook failed for them, or they could not be sent after it."""

    at: float
    instances: tuple[InstanceId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """An operator's order was taken in."""

    at: float
    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing to do for `seconds`; `decision` says why."""

    at: float
    decision: Wait | Blocked | Hold
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCancelled:
    """Azure's own rolling upgrade was running, and was told to stop."""

    at: float
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollStarting:
    """Azure's own rolling upgrade is about to be started: kept before the request goes out.

    `last_began_at` tells the run that there was before, by Azure's clock.
    """

    at: float
    image: Image
    policy: RollingPolicy
    reason: str
    last_began_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollStarted:
    """What came of that: Azure began, refused (in its own words), or nobody knows (`lost` says why)."""

    at: float
    request_id: str | None = None
    refused: str | None = None
    lost: str | None = None
    broke_off: bool = False
    """Whether nobody knows because the run ended between the intent and the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Azure's own rolling upgrade was seen to have taken these."""

    at: float
    instances: tuple[InstanceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedBack:
    """From here on the rollout brings back what it changed."""

    at: float
    reason: str
    undo: Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDone:
    """All that go back to one image are back on it."""

    at: float


class Ending(StrEnum):
    """How a rollout ended."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    UNDONE = "undone"
    STARTED = "started"
    """Only the first step was asked for, as the user wished."""


EXIT_STATUS = {
    Ending.DONE: 0,
    Ending.STARTED: 0,
    Ending.FAILED: 1,
    Ending.UNDONE: 1,
    Ending.STOPPED: 3,
    Ending.INTERRUPTED: 130,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a rollout is going to end, once all is put back."""

    ending: Ending
    reason: str
    exit_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Nothing more is started; what was switched is put back."""

    at: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a rollout leaves behind."""

    ending: Ending
    reason: str
    exit_status: int
    upgraded: tuple[InstanceId, ...]
    """Read back on the image and healthy: those that were asked for, and those of the plan that were on their way."""
    in_flight: tuple[InstanceId, ...]
    """Asked for, and neither proven nor failed yet."""
    failures: tuple[Failure, ...]
    seconds: float
    arm_requests: int
    remarks: tuple[str, ...] = ()
    """What an operator has to know or do by hand."""
    left: Mapping[str, tuple[InstanceId, ...]] = field(default_factory=dict)
    """Every instance, by the state in which the rollout left it."""
    compared: tuple[Comparison, ...] = ()
    """Each comparison of the upgraded with the rest, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Result):
    """The same, with the plan that it came of."""

    plan: Plan

    @classmethod
    def of(cls, result: Result, plan: Plan) -> Self:
        return cls(plan=plan, **{one.name: getattr(result, one.name) for one in fields(Result)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The rollout is over."""

    at: float
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The rollout is over."""

    outcome: Outcome


Kept = (
    Resumed
    | PolicyWriting
    | PolicyWritten
    | Suspending
    | Suspended
    | Restored
    | ModelWriting
    | ModelWritten
    | ModelReady
    | Asked
    | Answered
    | Withdrawn
    | ProtectedAgain
    | Growing
    | Grown
    | Arrived
    | Retiring
    | Retired
    | Unwritten
    | FellBack
    | Proven
    | Relapsed
    | Failed
    | Measured
    | GateSaid
    | Compared
    | Hooked
    | Parked
    | Signalled
    | Waiting
    | Troubled
    | RollCancelled
    | RollStarting
    | RollStarted
    | Taken
    | TurnedBack
    | LegDone
    | Closing
    | Closed
)
"""Facts that are kept in the journal."""

OfSurge = Grown | Arrived | Retired | FellBack
"""Facts that change what a surge owes."""

Event = Began | Looked | Ended | Kept
