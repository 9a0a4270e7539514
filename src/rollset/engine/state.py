"""Where a rollout stands: a fold of what its journal holds, and of nothing else.

    model -> rolling -> closing -> ended
               |           ^
               v           |
            turning -> model, rolling: once for each image that instances go back to -> model_last

The way back begins with an order to undo, which may come before the first model is written, or with a failure where
the job says so. A rollout that undoes another begins with `turning`. Every stage leads to `closing` as well: when a
stop is ordered, when something fails, and when whoever runs it wants to leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import assert_never

from rollset.arm.operations import Operation
from rollset.core.azureroll.rolls import RollStart
from rollset.core.comparing.compare import Comparison
from rollset.core.control import Control
from rollset.core.decide import Blocked, Hold
from rollset.core.fleet import ScaleSet
from rollset.core.ids import InstanceId
from rollset.core.image import Image
from rollset.core.model.change import ModelChange, Says
from rollset.core.others import Service
from rollset.core.outside.hooks import Moment
from rollset.core.pace import Job
from rollset.core.plan import Plan
from rollset.core.progress import Progress
from rollset.core.surging.surge import Ledger
from rollset.core.undo import Undo, leg_job
from rollset.engine import events
from rollset.engine.drained import drained_after
from rollset.engine.entry import Entry
from rollset.engine.order import Order


class Stage(Enum):
    """What a rollout is about."""

    MODEL = auto()
    """Bringing the model, and the policy, to where instances may be asked to follow."""
    ROLLING = auto()
    TURNING = auto()
    """Finding out what has to be brought back."""
    MODEL_LAST = auto()
    """All is back; the model too gets what it had."""
    CLOSING = auto()
    """Putting back what was switched."""
    ENDED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of `manualupgrade`, or of `reimage`, that still concerns somebody."""

    instances: tuple[InstanceId, ...]
    at: float
    reimage: bool = False
    answered: bool = False
    operation: Operation | None = None
    """`None` where the answer was lost, or the operation's address."""
    broke_off: bool = False
    """Whether the run ended between the intent and the request, as far as anybody knows."""

    def without_operation(self) -> Request:
        """Azure no longer knows the operation."""
        return replace(self, operation=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A rollout between two turns."""

    order: Order
    plan: Plan
    stage: Stage
    progress: Progress = field(default_factory=Progress)
    control: Control = field(default_factory=Control)
    requests: tuple[Request, ...] = ()
    touched: frozenset[InstanceId] = frozenset()
    """Ever asked for by this rollout: what an undo has to look at."""
    lifted: frozenset[InstanceId] = frozenset()
    """Those whose protection is lifted, or about to be."""
    held: Blocked | Hold | None = None
    """What keeps anything from starting although nothing is on its way; told in the journal once for each reason."""
    scaling: events.Growing | events.Retiring | None = None
    """A change of the capacity of which nobody knows yet what came of it."""
    announced: bool = False
    """Whether the write that comes next has been announced in the journal."""
    to_restore: frozenset[Service] = frozenset()
    """What Azure did by itself, and was noted to be switched off for the time being."""
    suspended: frozenset[Service] = frozenset()
    """Those of them that are off."""
    roll: RollStart | None = None
    """When Azure's own rolling upgrade was last told to begin."""
    written: bool = False
    """Whether the model was written since the way there, or back, began."""
    undo: Undo | None = None
    leg: int = 0
    hooked: frozenset[Moment] = frozenset()
    """Which hooks of the rollout as a whole were called."""
    parked: Mapping[InstanceId, str] = field(default_factory=dict)
    """Ever parked, also before a way back began: whom an operator has to look after."""
    drained: frozenset[InstanceId] = frozenset()
    """Those made ready by hooks, as far as is known, for an upgrade that Azure has not taken since."""
    compared: tuple[Comparison, ...] = ()
    """Also those before a way back began."""
    verdict: events.Verdict | None = None
    result: events.Result | None = None
    arm_requests: int = 0

    @classmethod
    def begin(cls, order: Order) -> State:
        """Before the first turn."""
        back = order.way_back
        if back is None:
            progress = Progress(former=order.former)
            return cls(order=order, plan=order.plan, stage=Stage.MODEL, progress=progress)
        return cls(order=order, plan=order.plan, stage=Stage.TURNING, touched=frozenset(back.touched))

    @property
    def job(self) -> Job:
        """What is to be done now: the order's job, or the part of the way back that comes next."""
        if self.undo is None or not self.undo.legs:
            return self.order.job
        leg = self.undo.legs[min(self.leg, len(self.undo.legs) - 1)]
        return leg_job(self.order.job, leg, self.undo.change)

    @property
    def model_says(self) -> Says:
        """What the model has to say now."""
        if self.undo is not None and self.stage is Stage.MODEL_LAST:
            return Says(image=self.undo.model, change=self.undo.change)
        return self.job.says

    def is_model_as_it_has_to_be(self, scale_set: ScaleSet) -> bool:
        """Whether the model says it; what nobody can read back has to be written by this rollout, once."""
        says = self.model_says
        return says.is_said_by(scale_set) and (self.written or not says.change.hidden)

    @property
    def own_changes(self) -> tuple[ModelChange, ...]:
        """What the model may say beside its image because of this rollout, or said before it."""
        change = self.order.job.model
        return (change, change.as_said_by(self.order.fleet.scale_set))

    @property
    def own_images(self) -> tuple[Image | None, ...]:
        """What the model may name because of this rollout, or named before it; anything else is somebody else's."""
        legs = self.undo.legs if self.undo is not None else ()
        named = (self.order.fleet.scale_set.image, self.order.job.image, *(leg.image for leg in legs))
        back = self.order.way_back
        if back is None:
            return named
        # An earlier way back of the same rollout may have ended between two images.
        return (*named, *{one.image for one in self.order.fleet.instances if one.id in back.touched and one.image})

    @property
    def unanswered(self) -> Request | None:
        """The request that was about to be made when the last entry was written."""
        return next((one for one in self.requests if not one.answered), None)

    def after(self, entry: Entry) -> State:
        """What the entry makes of it."""
        state = replace(
            self,
            progress=entry.change.applied(self.progress),
            arm_requests=self.arm_requests + entry.arm_requests,
            held=None,
        )
        state = state.after_events(entry.events)
        drained = drained_after(self.drained, entry.events, self.order.job.hooks)
        return replace(state, requests=_concerning(state.requests, state.progress), drained=drained)

    def after_events(self, told: Iterable[events.Kept]) -> State:
        """What these facts make of it, one after the other; changes in `progress` aside."""
        state = self
        for event in told:
            state = state.after_event(event)
        return state

    def after_event(self, event: events.Kept) -> State:  # noqa: C901, PLR0911, PLR0912 (an arrow of the drawing each)
        """What one fact makes of it; changes in `progress` aside."""
        match event:
            case events.PolicyWriting() | events.ModelWriting():
                return replace(self, announced=True)
            case events.PolicyWritten():
                return replace(self, announced=False)
            case events.Suspending(service=service):
                return replace(self, to_restore=self.to_restore | {service})
            case events.Suspended(service=service):
                return replace(self, suspended=self.suspended | {service})
            case events.ModelWritten():
                return replace(self, announced=False, written=True)
            case events.ModelReady():
                progress = replace(self.progress, model_ready=True)
                return replace(self, stage=Stage.ROLLING, announced=False, progress=progress)
            case events.Asked(instances=instances, reimage=reimage, lifts=lifts):
                others = tuple(_without(one, instances) for one in self.requests)
                request = Request(instances=instances, at=event.at, reimage=reimage)
                touched = self.touched | set(instances) if self.undo is None else self.touched
                return replace(self, requests=(*others, request), touched=touched, lifted=self.lifted.union(lifts))
            case events.ProtectedAgain(instance=instance):
                return replace(self, lifted=self.lifted - {instance})
            case events.Waiting(decision=decision):
                return replace(self, held=decision if isinstance(decision, Blocked | Hold) else None)
            case events.Growing() | events.Retiring():
                return replace(self, scaling=event)
            case events.Unwritten():
                return replace(self, scaling=None)
            case events.Grown() | events.Arrived() | events.Retired() | events.FellBack():
                return self._after_surge(event)
            case events.RollStarting() | events.RollStarted():
                return replace(self, roll=_rolling_on(self.roll, event))
            case events.Taken(instances=instances):
                return replace(self, touched=self.touched | set(instances))
            case events.Answered():
                return replace(self, requests=tuple(_answers(self.requests, event)))
            case events.Signalled(signal=signal):
                # What held it may hold no more: the next look tells, and nobody sleeps on.
                return replace(self, control=self.control.after(signal), held=None)
            case events.TurnedBack(undo=undo):
                stage = Stage.MODEL if undo.legs else Stage.MODEL_LAST
                turned = replace(self, stage=stage, undo=undo, leg=0, announced=False, written=False, held=None)
                return replace(turned, progress=self._progress_anew(), requests=())
            case events.LegDone():
                return self._next_leg()
            case events.Hooked(moment=moment, instances=()):
                return replace(self, hooked=self.hooked | {moment})
            case events.Parked(instances=instances, reason=reason):
                touched = self.touched | set(instances) if self.undo is None else self.touched
                return replace(self, parked={**self.parked, **dict.fromkeys(instances, reason)}, touched=touched)
            case events.Compared(comparison=comparison):
                return replace(self, compared=(*self.compared, comparison))
            case events.Closing(verdict=verdict):
                return replace(self, stage=Stage.CLOSING, verdict=verdict, announced=False, held=None)
            case events.Closed(result=result):
                return replace(self, stage=Stage.ENDED, result=result)
            case _:
                return self

    def _after_surge(self, event: events.OfSurge) -> State:
        surge = ledger_after(self.progress.surge, event)
        done = isinstance(event, events.Grown | events.Retired)
        names = event.instances if isinstance(event, events.Arrived | events.Retired) else ()
        return replace(
            self,
            progress=replace(self.progress, surge=surge),
            scaling=None if done else self.scaling,
            touched=self.touched.union(names),
        )

    def _progress_anew(self) -> Progress:
        return Progress(surge=self.progress.surge.renewed())

    def _next_leg(self) -> State:
        assert self.undo is not None, "only a way back has legs"
        last = self.leg + 1 == len(self.undo.legs)
        stage = Stage.MODEL_LAST if last else Stage.MODEL
        progress = self._progress_anew() if not last else self.progress
        return replace(self, stage=stage, leg=self.leg + 1, announced=False, progress=progress, requests=())


def ledger_after(surge: Ledger, event: events.OfSurge) -> Ledger:
    """What a fact makes of the ledger of a surge."""
    match event:
        case events.Grown():
            return surge.grown(event.by, event.strangers, event.at)
        case events.Arrived():
            return surge.seen(event.instances, event.missed)
        case events.Retired():
            return surge.without(event.instances)
        case events.FellBack():
            return surge.fell_back(event.why)
        case _:
            assert_never(event)


def _rolling_on(last: RollStart | None, event: events.RollStarting | events.RollStarted) -> RollStart:
    if isinstance(event, events.RollStarting):
        number = 1 if last is None else last.number + (0 if last.broke_off else 1)
        return RollStart(at=event.at, number=number, policy=event.policy, last_began_at=event.last_began_at)
    assert last is not None, "who has begun was about to"
    begun = event.refused is None and event.lost is None
    return replace(last, answered=True, refused=event.refused is not None, begun=begun, broke_off=event.broke_off)


def _answers(requests: Iterable[Request], event: events.Answered) -> Iterable[Request]:
    for one in requests:
        if one.answered:
            yield one
        elif event.refused is None:
            yield replace(one, answered=True, operation=event.operation, broke_off=event.broke_off)


def _without(request: Request, instances: tuple[InstanceId, ...]) -> Request:
    """What became of an earlier request for one of these is no answer to a later one."""
    return replace(request, instances=tuple(one for one in request.instances if one not in instances))


def _concerning(requests: tuple[Request, ...], progress: Progress) -> tuple[Request, ...]:
    return tuple(one for one in requests if any(asked in progress.asked for asked in one.instances))
