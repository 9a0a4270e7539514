"""Acts as people read them, and as documents: prices, facts, results, rows of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from rollset.core.acts.act import Act, Edit, OnInstances, Scale
from rollset.core.acts.editing import Clash
from rollset.core.acts.price import Price
from rollset.core.fleet import AzureError, Setting
from rollset.core.ids import ScaleSetAddress
from rollset.core.selection import spoken_ids
from rollset.engine.acts.facts import Closed, Fact, Found, Intended, Sent, Watched
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.result import ActResult, InstanceEnd
from rollset.engine.durable.acts.ledger import ActLedger, ActRow, ActState, FactRow
from rollset.faces.documents import moment

FACT_NAMES: Mapping[type[Fact], str] = {
    Intended: "intended",
    Sent: "sent",
    Found: "found",
    Watched: "watched",
    Closed: "closed",
}


def price_lines(price: Mapping[str, Any]) -> list[str]:
    """The document of a price for people, a line a fact, the sum first."""
    lines = [f"{price['act']}: {price['text']}"]
    lines += [f"{one['path']} {one['before']} -> {one['after']}" for one in price["changes"]]
    lines += [f"lost for good: {price['loses']}"] if price["loses"] else []
    return [*lines, *small_print(price)]


def small_print(price: Mapping[str, Any]) -> list[str]:
    """What else there is to say of a price, besides the sum, what is lost and what is written."""
    lines = [f"the time: {price['seconds_source']}"] if price["seconds_source"] is not None and price["out"] else []
    lines += [f"left alone, {why}: {spoken_ids(ids)}" for why, ids in price["passed_over"].items()]
    return [*lines, *price["notes"]]


def price_document(price: Price) -> dict[str, Any]:
    """A price for machines; the token says which price somebody agrees to."""
    known = price.lasts
    return {
        "act": str(price.act),
        "kind": price.act.kind,
        "text": price.words,
        "dangerous": price.dangerous,
        "instances": list(price.touched),
        "passed_over": {why: list(ids) for why, ids in price.passed_over.items()},
        "total": price.total,
        "serving": price.serving,
        "out": price.out,
        "serving_meanwhile": price.serving_meanwhile,
        "seconds": None if known is None else known.seconds,
        "seconds_source": None if known is None else known.source,
        "loses": price.loses or None,
        "read": [{"path": one.path, "value": one.value} for one in _read(price.act)],
        "changes": [{"path": one.path, "before": one.before, "after": one.after} for one in price.differences],
        "notes": list(price.notes),
        "refusals": list(price.refusals),
        "token": price.token,
    }


def _read(act: Act) -> tuple[Setting, ...]:
    return () if isinstance(act, OnInstances) else act.read


def acts_of(ledger: ActLedger, which: str | None, limit: int) -> list[ActRow]:
    """The newest acts, of all sets or on one: by `RG/NAME` those of that name in whatever subscription."""
    if which is None:
        return ledger.acts(limit=limit)
    address = ScaleSetAddress.parse(which)
    if address.subscription is not None:
        return ledger.acts(address.within(address.subscription).path, limit)
    return ledger.acts_like(address.path_end, limit)


def whole_act_document(ledger: ActLedger, row: ActRow) -> dict[str, Any]:
    """One act with what came of it, and each of its facts."""
    return {**act_with_result(ledger, row), "facts": facts_of_act(ledger, row)}


def act_with_result(ledger: ActLedger, row: ActRow) -> dict[str, Any]:
    """One act with what came of it, once it has ended."""
    result = ledger.result(row.id) if row.state is ActState.ENDED else None
    return {**act_document(row), "result": None if result is None else result_document(result)}


def facts_of_act(ledger: ActLedger, row: ActRow) -> list[dict[str, Any]]:
    """Everything that was done for it, in order."""
    order = ledger.order(row.id)
    return [fact_document_of_act(order, one) for one in ledger.facts(row.id)]


def act_document(row: ActRow) -> dict[str, Any]:
    """A row of the ledger for machines."""
    present = row.present
    return {
        "id": row.id,
        "scale_set": row.scale_set,
        "kind": row.kind,
        "act": row.words,
        "price": row.told,
        "instances": list(row.instances),
        "by": row.by,
        "asked_at": moment(row.asked_at),
        "state": row.state.value,
        "worker": None if row.host is None else {"host": row.host, "pid": row.pid},
        "stage": None if present is None else present.stage.value,
        "text": None if present is None else present.words,
        "done": None if present is None else present.done,
        "request_ids": [] if present is None else list(present.request_ids),
        "ended_at": None if row.ended_at is None else moment(row.ended_at),
        "ending": row.ending,
        "exit_status": row.exit_status,
        "changed": row.changed,
    }


def result_document(result: ActResult) -> dict[str, Any]:
    """What came of an act, instance by instance."""
    return {
        "ending": result.ending.value,
        "text": result.words,
        "at": moment(result.at),
        "took_seconds": result.took_seconds,
        "request_ids": list(result.request_ids),
        "errors": [_error(one) for one in result.errors],
        "conflicts": [_clash(one) for one in result.clashes],
        "instances": [_instance(one) for one in result.instances],
    }


def fact_document_of_act(order: ActOrder, row: FactRow) -> dict[str, Any]:
    """One fact of an act's journal."""
    return {
        "number": row.number,
        "at": moment(row.at),
        "fact": FACT_NAMES[type(row.fact)],
        "text": fact_sentence(order, row.fact),
    }


def fact_sentence(order: ActOrder, fact: Fact) -> str:
    """What a fact says, in one sentence."""
    match fact:
        case Intended():
            return _intent(order, fact)
        case Sent():
            return _answer(fact)
        case Found(written=True):
            return "the answer was lost; the set says what was written"
        case Found():
            seen = f"; to be seen on {spoken_ids(fact.begun)}" if fact.begun else ""
            unseen = f"; nothing is to be seen on {spoken_ids(fact.unseen)}" if fact.unseen else ""
            return f"the answer was lost{seen}{unseen}"
        case Watched():
            told = [str(one) for one in fact.errors] + list(fact.lost)
            return f"the operation has ended: {'; '.join(told) or 'succeeded'}"
        case Closed():
            return f"{fact.result.ending}: {fact.result.words}"
        case _:
            assert_never(fact)


def _intent(order: ActOrder, fact: Intended) -> str:
    if fact.stopped_by is not None:
        return f"stopped by {fact.stopped_by}: nobody else is asked for"
    left = f"; left out: {spoken_ids(fact.left_out)}" if fact.left_out else ""
    return f"about to {_what(order.act, fact)}, for {order.by}{left}"


def _what(act: Act, fact: Intended) -> str:
    match act:
        case OnInstances():
            return f"{act.action} {spoken_ids(fact.instances)}" if fact.instances else f"{act.action} nobody any more"
        case Scale() | Edit():
            return f"{act} (etag {fact.etag})"
        case _:
            assert_never(act)


def _answer(fact: Sent) -> str:
    told = [f"Azure has taken it (request {one.request_id or 'without an id'})" for one in fact.operations[:1]]
    told += [f"and {len(fact.operations) - 1} more"] if len(fact.operations) > 1 else []
    told += [f"{spoken_ids(fact.unanswered)} without an answer"] if fact.unanswered else []
    told += ["no answer came"] if fact.is_lost and not fact.unanswered else []
    told += [f"{one} refused: {refusal.words}" for one, refusal in list(fact.refused.items())[:1]]
    told += [f"not now: {fact.why.words}"] if fact.why is not None and not fact.is_lost else []
    told += ["the set has no such call: machine by machine"] if fact.one_by_one else []
    return "; ".join(told)


def _error(error: AzureError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _clash(clash: Clash) -> dict[str, str | None]:
    return {"path": clash.path, "read": clash.read, "now": clash.now, "wanted": clash.wanted}


def _instance(end: InstanceEnd) -> dict[str, Any]:
    seen = end.seen
    return {
        "id": end.id,
        "outcome": end.word.value,
        "why": end.why or None,
        "power": None if seen is None else seen.power.value,
        "provisioning": None if seen is None else seen.provisioning.value,
        "health": None if seen is None or seen.health is None else seen.health.value,
        "error": None if seen is None or seen.error is None else _error(seen.error),
    }
