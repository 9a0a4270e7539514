"""The facts of a rollout as plain data, one shape for each; names of members are a promise to scripts.

Addresses of Azure's operations carry a signature, and are never among them.
"""

from __future__ import annotations

from dataclasses import fields
from typing import assert_never

from rollset.core.decide import Blocked, Hold, Wait
from rollset.core.model.change import spoken
from rollset.core.undo import Undo
from rollset.engine import events
from rollset.engine.order import Order
from rollset.faces.comparing import comparison_document, comparisons_document
from rollset.faces.documents import Json, change_documents, error_document, image_document, moment
from rollset.faces.telling import begun_sentence, sentence

NAMES: dict[type[events.Kept], str] = {
    events.Resumed: "resumed",
    events.PolicyWriting: "policy-writing",
    events.PolicyWritten: "policy-written",
    events.Suspending: "suspending",
    events.Suspended: "suspended",
    events.Restored: "restored",
    events.ModelWriting: "model-writing",
    events.ModelWritten: "model-written",
    events.ModelReady: "model-ready",
    events.Asked: "asked",
    events.Answered: "answered",
    events.Withdrawn: "withdrawn",
    events.ProtectedAgain: "protected-again",
    events.Growing: "growing",
    events.Grown: "grown",
    events.Arrived: "arrived",
    events.Retiring: "retiring",
    events.Retired: "retired",
    events.Unwritten: "not-scaled",
    events.FellBack: "fell-back",
    events.Proven: "proven",
    events.Relapsed: "fell-ill",
    events.Failed: "failed",
    events.Measured: "measured",
    events.GateSaid: "gate-said",
    events.Compared: "compared",
    events.Hooked: "hook-called",
    events.Parked: "parked",
    events.Signalled: "ordered",
    events.Waiting: "waiting",
    events.Troubled: "troubled",
    events.RollStarting: "azures-roll-starting",
    events.RollStarted: "azures-roll-started",
    events.Taken: "taken-by-azure",
    events.RollCancelled: "azures-roll-cancelled",
    events.TurnedBack: "turned-back",
    events.LegDone: "part-done",
    events.Closing: "closing",
    events.Closed: "closed",
}


def order_document(order: Order) -> Json:
    """What was agreed to, as the entry before all others."""
    return {
        "entry": 0,
        "at": moment(order.begun_at),
        "event": "begun",
        "text": begun_sentence(order),
        "by": order.by,
        "image": image_document(order.job.image),
        "changes": change_documents(order.job.model.differences(order.fleet.scale_set)),
        "plan_hash": order.plan_hash,
    }


def fact_document(number: int, event: events.Kept) -> Json:
    """One fact; `number` is that of the entry that holds it."""
    return {
        "entry": number,
        "at": moment(event.at),
        "event": NAMES[type(event)],
        "text": sentence(event),
        **_members(event),
    }


def request_id(event: events.Kept) -> str | None:
    """What Azure calls the request behind the fact, if there was one."""
    return getattr(event, "request_id", None)


def _members(event: events.Kept) -> Json:  # noqa: C901, PLR0911, PLR0912 (a line for each fact)
    match event:
        case events.Resumed():
            return {"by": event.by}
        case events.PolicyWriting():
            return {"mode": event.mode.value}
        case events.PolicyWritten():
            return {"before": event.before.value, "mode": event.mode.value, "request_id": event.request_id}
        case events.Suspending():
            return {"service": event.service.value}
        case events.Suspended() | events.Restored():
            return {"service": event.service.value, "request_id": event.request_id}
        case events.ModelWriting():
            return {"image": image_document(event.image), "changes": change_documents(event.changes)}
        case events.ModelWritten():
            images = {"before": image_document(event.before), "image": image_document(event.image)}
            return {**images, "changes": change_documents(event.changes), "request_id": event.request_id}
        case events.ModelReady() | events.LegDone():
            return {}
        case events.Asked():
            asked: Json = {"instances": list(event.instances), "reason": event.reason}
            return {**asked, "reimage": event.reimage, "protection_lifted": list(event.lifts)}
        case events.Answered():
            return {
                "instances": list(event.instances),
                "begun": event.operation is not None,
                "refused": event.refused,
                "lost": event.lost,
                "request_id": event.request_id,
            }
        case events.RollStarting():
            policy = {one.name: getattr(event.policy, one.name) for one in fields(event.policy)}
            return {"image": image_document(event.image), "reason": event.reason, "policy": policy}
        case events.RollStarted():
            return {"refused": event.refused, "lost": event.lost, "request_id": event.request_id}
        case events.Withdrawn() | events.Taken():
            return {"instances": list(event.instances)}
        case events.ProtectedAgain():
            return {"instance": event.instance}
        case events.Growing():
            return {"add": event.by, "capacity": event.capacity, "reason": event.reason}
        case events.Grown():
            return {"added": event.by, "request_id": event.request_id}
        case events.Arrived():
            return {"instances": list(event.instances), "missed": list(event.missed)}
        case events.Retiring():
            return {"instances": list(event.instances), "made_by_us": event.made, "reason": event.reason}
        case events.Retired():
            ids = list(event.instances)
            return {"instances": ids, "made_by_us": event.made, "request_id": event.request_id}
        case events.Unwritten():
            return {"reason": event.why, "request_id": event.request_id}
        case events.FellBack():
            return {"reason": event.why, "fallback": event.fallback.value}
        case events.Proven():
            return {"instance": event.instance, "seconds": event.seconds, "stopped": event.off}
        case events.Relapsed():
            return {"instance": event.instance, "times": event.times}
        case events.Failed(failure=failure):
            return {"instance": failure.instance, "error": error_document(failure.error)}
        case events.Measured():
            return {"instance": event.instance, "gate": event.gate, "number": event.number}
        case events.GateSaid():
            said = {"yes": event.yes, "words": event.words, "open": event.open}
            return {"instance": event.instance, "gate": event.gate, **said}
        case events.Compared(comparison=comparison):
            return comparison_document(comparison)
        case events.Hooked():
            called = {"moment": event.moment.value, "hook": event.hook, "seconds": event.seconds}
            return {**called, "instances": list(event.instances), "failed": event.failed or None}
        case events.Parked():
            return {"instances": list(event.instances), "reason": event.reason}
        case events.Signalled(signal=one):
            ordered_at = moment(one.at)
            return {"verb": one.verb.value, "by": one.by, "checkpoint": one.checkpoint, "ordered_at": ordered_at}
        case events.Waiting():
            return _waiting(event.decision)
        case events.Troubled():
            return {"reason": event.reason, "seconds": event.seconds}
        case events.RollCancelled():
            return {"request_id": event.request_id}
        case events.TurnedBack():
            return {"reason": event.reason, **_undo(event.undo)}
        case events.Closing(verdict=verdict):
            return {"ending": verdict.ending.value, "reason": verdict.reason, "exit_status": verdict.exit_status}
        case events.Closed(result=result):
            return {
                "ending": result.ending.value,
                "reason": result.reason,
                "exit_status": result.exit_status,
                "left": {word: list(ids) for word, ids in result.left.items()},
                "remarks": list(result.remarks),
                "compared": comparisons_document(result.compared),
            }
        case _:
            assert_never(event)


def _waiting(decision: Wait | Blocked | Hold) -> Json:
    known: Json = {"reason": decision.reason, "until": moment(decision.until)}
    match decision:
        case Hold():
            return {"kind": decision.kind.value, **known, "checkpoint": decision.checkpoint}
        case Blocked():
            return {"kind": "blocked", **known}
        case Wait():
            return {"kind": "wait", **known, "instances": list(decision.instances)}
        case _:
            assert_never(decision)


def _undo(undo: Undo) -> Json:
    return {
        "parts": [{"image": image_document(leg.image), "instances": list(leg.instances)} for leg in undo.legs],
        "left": [{"id": one.instance, "reason": one.why} for one in undo.left],
        "model": image_document(undo.model),
        "lost": list(undo.lost),
        "settings": {one.path: spoken(one) for one in undo.change.wanted},
    }
