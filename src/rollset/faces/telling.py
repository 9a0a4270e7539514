"""One sentence for each fact of a rollout, wherever it is told: in lines, in a history, in the log of a worker."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from rollset.core.control import Signal
from rollset.core.decide import Hold
from rollset.core.model.change import Says
from rollset.core.selection import spoken_ids
from rollset.core.surging.surge import Fallback
from rollset.core.undo import Undo
from rollset.engine import events
from rollset.engine.order import Order
from rollset.faces.durations import spoken_duration
from rollset.faces.exactly import short_hash
from rollset.faces.words import plural


def sentence(event: events.Kept) -> str:  # noqa: C901, PLR0911, PLR0912 (a line for each fact)
    """What happened, without the time."""
    match event:
        case events.Resumed():
            return f"goes on from here, carried out by {event.by or 'another process'}"
        case events.PolicyWriting():
            return f"about to set the upgrade policy to {event.mode}"
        case events.PolicyWritten():
            return f"the upgrade policy was {event.before} and is {event.mode} now"
        case events.Suspending():
            return f"about to switch {event.service} off for the time being"
        case events.Suspended():
            return f"{event.service} is off for the time of the rollout"
        case events.Restored():
            return f"{event.service} is on again"
        case events.ModelWriting():
            return f"about to write {_with_changes(event)} into the model"
        case events.ModelWritten():
            return f"the model names {_with_changes(event)} now"
        case events.ModelReady():
            return "the model is as it has to be: instances may go"
        case events.Asked():
            return f"{'reimaging' if event.reimage else 'upgrading'} {spoken_ids(event.instances)} ({event.reason})"
        case events.Answered():
            return _answered(event)
        case events.Withdrawn():
            return f"{spoken_ids(event.instances)} not reached by the request: free to be chosen again"
        case events.ProtectedAgain():
            return f"{event.instance} is protected from scale set actions again"
        case events.Growing():
            return f"about to add {plural(event.by, 'instance')} ({event.reason})"
        case events.Grown():
            return f"Azure makes {plural(event.by, 'new instance')}"
        case events.Arrived():
            return f"{spoken_ids(event.instances)} appeared" + (
                f"; {spoken_ids(event.missed)} vanished in favour of these" if event.missed else ""
            )
        case events.Retiring():
            return f"about to delete {spoken_ids(event.instances)} ({event.reason})"
        case events.Retired():
            return f"Azure deletes {spoken_ids(event.instances)}"
        case events.Unwritten():
            return f"the number of instances was not changed: {event.why}"
        case events.FellBack():
            what = "stops here" if event.fallback is Fallback.STOP else "goes on in place, within --max-unavailable"
            return f"no room for more instances ({event.why}): the upgrade {what}"
        case events.Proven():
            return f"{event.instance} {proven_words(event.seconds, off=event.off)}"
        case events.Relapsed():
            again = "" if event.times == 1 else f" once more, {event.times} times now"
            return f"{event.instance} fell ill{again} before it had baked: it bakes anew when it is well"
        case events.Failed(failure=failure):
            return f"instance {failure.instance} failed: {failure.error}"
        case events.Measured():
            return f"gate {event.gate} measured {event.number:g} at {event.instance} before it goes"
        case events.GateSaid():
            return _gate(event)
        case events.Compared(comparison=comparison):
            return f"the upgraded compared with the rest: {comparison}"
        case events.Hooked():
            return _hook(event)
        case events.Parked():
            return f"{spoken_ids(event.instances)} parked: {event.reason}"
        case events.Signalled(signal=signal):
            return ordered(signal)
        case events.Waiting():
            return why_it_waits(event)
        case events.Troubled():
            return f"{event.reason}; going on in {event.seconds:.0f} s"
        case events.RollStarting():
            return f"about to start {event.reason} ({event.policy})"
        case events.RollStarted():
            return _started(event)
        case events.Taken():
            return f"{spoken_ids(event.instances)} taken by Azure's rolling upgrade"
        case events.RollCancelled():
            return "Azure's own rolling upgrade was running, and was told to stop"
        case events.TurnedBack():
            return f"{event.reason}; {way_back(event.undo)}"
        case events.LegDone():
            return "all that go back to this image are on it and healthy"
        case events.Closing(verdict=verdict):
            return f"ending: {verdict.reason}"
        case events.Closed(result=result):
            return f"{result.ending}: {result.reason.removeprefix(f'{result.ending}: ')}"
        case _:
            assert_never(event)


def proven_words(seconds: float | None, *, off: bool) -> str:
    """What was seen of it: of one that is off, nobody has seen more than its image."""
    took = f" after {spoken_duration(seconds)}" if seconds is not None else ""
    return f"on the image{took}, left stopped and not seen to boot" if off else f"on the image and healthy{took}"


def begun_sentence(order: Order) -> str:
    """What was agreed to, by whom."""
    onto = f"undo of {order.way_back.rollout}" if order.way_back else f"onto {order.job.aim}"
    return f"begun by {order.by}: {order.fleet.scale_set.id} {onto}, plan {short_hash(order.plan_hash)}"


def ordered(signal: Signal) -> str:
    """An operator's order, and whose it is."""
    checkpoint = "" if signal.checkpoint is None else f" (checkpoint {signal.checkpoint})"
    return f"{signal.verb}{checkpoint} ordered by {signal.by}"


def why_it_waits(event: events.Waiting) -> str:
    """The reason, and for a hold that ends by itself also when."""
    hold = isinstance(event.decision, Hold) and event.decision.until is not None
    return f"{event.reason} (until {clock_time(event.decision.until or 0.0)})" if hold else event.reason


def way_back(undo: Undo) -> str:
    """Who goes back to what, and who stays."""
    legs = [f"{spoken_ids(leg.instances)} back to {leg.image}" for leg in undo.legs]
    words = [", then ".join(legs) or "no instance has to go back"]
    words += [f"the model to {Says(image=undo.model, change=undo.change)}"] if undo.model is not None else []
    words += [f"{' and '.join(undo.lost)} cannot be brought back"] if undo.lost else []
    words += [f"{plural(len(undo.left), 'instance')} left as they are"] if undo.left else []
    return "; ".join(words)


def _with_changes(event: events.ModelWriting | events.ModelWritten) -> str:
    return ", ".join((str(event.image), *map(str, event.changes)))


def clock_time(at: float) -> str:
    """A moment of today as a clock shows it; of another day with the date."""
    moment = datetime.fromtimestamp(at).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")


def _gate(event: events.GateSaid) -> str:
    if event.yes and not event.open:
        return f"gate {event.gate} says yes to {event.instance}, not often enough in a row yet: {event.words}"
    door = "lets it through" if event.open else "does not let it through"
    return f"gate {event.gate} says {'yes' if event.yes else 'no'} to {event.instance} and {door}: {event.words}"


def _hook(event: events.Hooked) -> str:
    whom = f" for {spoken_ids(event.instances)}" if event.instances else ""
    return event.failed or f"hook {event.hook} ({event.moment}){whom} done after {spoken_duration(event.seconds)}"


def _started(event: events.RollStarted) -> str:
    if event.refused is not None:
        return f"Azure's rolling upgrade did not begin: {event.refused}"
    if event.lost is not None:
        return f"nobody knows whether Azure's rolling upgrade has begun: {event.lost}; looking tells"
    return "Azure's rolling upgrade was told to begin"


def _answered(event: events.Answered) -> str:
    ids = spoken_ids(event.instances)
    if event.refused is not None:
        return f"Azure did not begin with {ids}: {event.refused}"
    if event.lost is not None:
        return f"nobody knows whether Azure has begun with {ids}: {event.lost}"
    return f"Azure has begun with {ids}"
