"""Gates and hooks as people write them in one text, and as they are written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

from rollset.core.errors import UsageError
from rollset.core.outside.calls import Call, Command, WebCall
from rollset.core.outside.gates import (
    Aggregation,
    AzureMetric,
    AzureView,
    Bounds,
    Gate,
    PrometheusQuery,
    Question,
    TcpProbe,
    ViewPart,
)
from rollset.core.outside.hooks import DEADLINE_SECONDS, Hook, Moment
from rollset.core.outside.placeholders import KNOWN_TO_GATES, check_placeholders, known_at
from rollset.faces.calls import (
    WEB,
    call_document,
    headers_document,
    parse_address,
    parse_call,
    parse_command,
    parse_tcp,
    share_text,
)
from rollset.faces.durations import duration_text

TCP, AZURE, COMMAND = "tcp://", "azure:", "command:"


def parse_gate(text: str) -> Gate:
    """Reads `http://{ip}:8080/healthz`, `tcp://{ip}:22`, `azure:health` or `command: ./check.sh {id}`.

    Raises:
        UsageError: it is none of these.
    """
    stripped = text.strip()
    lowered = stripped.lower()
    if lowered.startswith(WEB):
        return gate_of(WebCall(url=parse_address(stripped)))
    if lowered.startswith(TCP):
        return gate_of(TcpProbe(address=parse_tcp(stripped[len(TCP) :])))
    if lowered.startswith(AZURE):
        return gate_of(AzureView(part=parse_view(stripped[len(AZURE) :])))
    if lowered.startswith(COMMAND):
        return gate_of(Command(argv=parse_command(stripped[len(COMMAND) :])))
    raise UsageError(
        f"cannot read {text!r} as a gate; write it such as http://{{ip}}:8080/healthz, tcp://{{ip}}:22, azure:health, "
        "or 'command: ./check.sh {id}'; other kinds need a file"
    )


def parse_view(text: str) -> ViewPart:
    """Reads what of Azure's own view is meant.

    Raises:
        UsageError: there is no such part.
    """
    words = text.strip().lower()
    known = [part.value for part in ViewPart]
    if words not in known:
        raise UsageError(f"{text!r} is neither {' nor '.join(known)}")
    return ViewPart(words)


def gate_of(question: Question, bounds: Bounds | None = None, name: str | None = None, **pace: float) -> Gate:
    """The gate, which is called as its question is unless it has a name of its own.

    Raises:
        UsageError: there are bounds where no number is, no number keeps to them, or nobody knows a fact that it names.
    """
    bounds = bounds or Bounds()
    check_placeholders(question, KNOWN_TO_GATES)
    if bounds.given and isinstance(question, AzureView | TcpProbe):
        raise UsageError("below, above and within judge a number, and this gate has none; leave them out")
    if bounds.below is not None and bounds.above is not None and bounds.below <= bounds.above:
        raise UsageError(f"no number is above {bounds.above:g} and below {bounds.below:g}")
    return Gate(name=name or str(question), question=question, bounds=bounds, **pace)  # type: ignore[arg-type]


def check_names(gates: Iterable[Gate]) -> None:
    """Makes sure that answers can be told apart.

    Raises:
        UsageError: two gates have the same name.
    """
    for name, count in Counter(gate.name for gate in gates).items():
        if count > 1:
            raise UsageError(f"policy.gates (--gate): {count} gates are called {name}; give each a name of its own")


def check_patience(gates: Iterable[Gate], health_seconds: float) -> None:
    """Makes sure that an instance on which all is well can pass.

    Raises:
        UsageError: a gate wants so many answers in a row that the health deadline is over before the last.
    """
    for place, gate in enumerate(gates):
        needs = (gate.successes - 1) * gate.interval_seconds
        if needs >= health_seconds:
            apart, takes, most = map(duration_text, (gate.interval_seconds, needs, health_seconds))
            raise UsageError(
                f"policy.gates[{place}] (--gate): {gate.successes} yes in a row, {apart} apart, take {takes}, and "
                f"policy.health_deadline (--health-deadline) is {most}: no instance could pass; ask for less, or give "
                "it longer"
            )


def gate_document(gate: Gate) -> dict[str, object]:
    """Its keys in a file."""
    usual = Gate(name=gate.name, question=gate.question)
    document: dict[str, object] = {} if gate.name == str(gate.question) else {"name": gate.name}
    document |= _question_document(gate.question) | _bounds_document(gate.bounds)
    if gate.successes != usual.successes:
        document["successes"] = gate.successes
    if gate.interval_seconds != usual.interval_seconds:
        document["interval"] = duration_text(gate.interval_seconds)
    if gate.timeout_seconds != usual.timeout_seconds:
        document["timeout"] = duration_text(gate.timeout_seconds)
    return document


def _question_document(question: Question) -> dict[str, object]:
    match question:
        case WebCall() | Command():
            return call_document(question, "GET")
        case TcpProbe():
            return {"tcp": question.address}
        case AzureView():
            return {"azure": question.part.value}
        case PrometheusQuery():
            return {"prometheus": question.url, "query": question.query, **headers_document(question.headers)}
        case AzureMetric():
            usual = question.aggregation is Aggregation.AVERAGE
            aggregation = {} if usual else {"aggregation": question.aggregation.value}
            return {"metric": question.name, **aggregation}
        case _:
            assert_never(question)


def _bounds_document(bounds: Bounds) -> dict[str, object]:
    within = None if bounds.within is None else share_text(bounds.within)
    limits = {"below": bounds.below, "above": bounds.above, "within": within}
    return {word: value for word, value in limits.items() if value is not None}


def parse_hook(text: str) -> Hook:
    """Reads `before-instance=./drain.sh {id}`, or an address instead of the command.

    Raises:
        UsageError: there is no such moment, or nothing is called.
    """
    moment, equals, call = text.partition("=")
    known = [one.value for one in Moment]
    if not equals or moment.strip().lower() not in known:
        raise UsageError(
            f"cannot read {text!r} as a hook; write when and what, such as 'before-instance=./drain.sh {{id}}'; when "
            f"is one of {', '.join(known)}"
        )
    return hook_of(Moment(moment.strip().lower()), parse_call(call))


def hook_of(moment: Moment, call: Call, name: str | None = None, deadline_seconds: float = DEADLINE_SECONDS) -> Hook:
    """The hook, which is called as what it calls is unless it has a name of its own.

    Raises:
        UsageError: it wants to be told what nobody knows at that moment.
    """
    check_placeholders(call, known_at(moment))
    return Hook(moment=moment, name=name or str(call), call=call, deadline_seconds=deadline_seconds)


def hook_document(hook: Hook) -> dict[str, object]:
    """Its keys in a file."""
    document: dict[str, object] = {"when": hook.moment.value}
    document |= {} if hook.name == str(hook.call) else {"name": hook.name}
    document |= call_document(hook.call, "POST")
    usual = Hook(moment=hook.moment, name=hook.name, call=hook.call).deadline_seconds
    return document | ({} if hook.deadline_seconds == usual else {"deadline": duration_text(hook.deadline_seconds)})
