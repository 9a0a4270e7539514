"""What a decision can be: one small class each, with its reason in words that an operator on call can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.ids import InstanceId
from rollset.core.progress import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Ask Azure to upgrade these, now, in one call.

    `reimage` is for those that are on the model already, and came out badly: an upgrade would leave them alone.
    """

    instances: tuple[InstanceId, ...]
    reason: str
    reimage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grow:
    """Raise the capacity by so many: new instances are made from the model."""

    by: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire:
    """Delete these, which lowers the capacity by as many: others serve in their place.

    `made` says that they were made by this rollout and are too much: that starts nothing, it gives back.
    """

    instances: tuple[InstanceId, ...]
    reason: str
    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Start nothing. `instances` are those waited for; `until` is when a bake or a pause ends, where one runs.

    `barrier` says that all of `instances` must be done before anything else can start, not just one of them. Where it
    does not, some may be on their way while others bake: what comes first, one of them or `until`, is worth a look.
    """

    reason: str
    instances: tuple[InstanceId, ...] = ()
    until: float | None = None
    barrier: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Start nothing, because others hold too many instances out of service; at `until` that becomes a `Halt`."""

    reason: str
    until: float | None = None


class HoldKind(StrEnum):
    """What a rollout is held by."""

    PAUSED = "paused"
    APPROVAL = "approval"
    """A checkpoint that opens when an operator approves it."""
    CHECKPOINT = "checkpoint"
    """A checkpoint that opens by itself at a moment known."""
    BAKE = "bake"
    """All is done, and has to stay well for a while."""
    WINDOW = "window"
    """The calendar: it opens at a moment known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing of ours is in flight, and nothing may start: until a moment, or until an operator says so."""

    reason: str
    kind: HoldKind
    until: float | None = None
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Start nothing ever again: something failed, or nothing can move. Nothing of ours is in flight any more."""

    reason: str
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Every chosen instance was read back on the target image and healthy; or is skipped, and listed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Start nothing ever again, by order. Nothing of ours is in flight any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBack:
    """Bring back what this run changed, by order or after a failure. Nothing of ours is in flight any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRoll:
    """Have Azure's own rolling upgrade begin, under this policy."""

    policy: RollingPolicy
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRoll:
    """Tell Azure's own rolling upgrade to stop."""

    reason: str


Decision = Upgrade | Grow | Retire | Wait | Blocked | Hold | Halt | Finish | Stopped | TurnBack
