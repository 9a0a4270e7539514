"""Gates and hooks in a rollout file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from rollset.core.errors import UsageError
from rollset.core.outside.calls import Call, Command, WebCall
from rollset.core.outside.gates import (
    INTERVAL_SECONDS,
    SUCCESSES,
    TIMEOUT_SECONDS,
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
from rollset.faces.calls import (
    METHODS,
    check_words,
    headers_of,
    parse_address,
    parse_command,
    parse_method,
    parse_number,
    parse_share,
    parse_tcp,
    share_text,
)
from rollset.faces.gates import gate_document, gate_of, hook_document, hook_of, parse_gate, parse_hook, parse_view
from rollset.faces.rolloutfile.hours import WORDS
from rollset.faces.rolloutfile.parts import Keyed, Part, key
from rollset.faces.rolloutfile.scalars import BOUND, COUNT, GIVEN, TRUTH, Kind, one_of, text_kind, wrong


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommandLine(Kind):
    """A command, as one text or word by word."""

    def read(self, value: object) -> object:
        if not isinstance(value, list):
            return Kind.read(self, value)
        words = [one for one in value if isinstance(one, str)]
        if not words or len(words) != len(value):
            raise wrong(f"holds something else than words; write them such as {self.example}")
        try:
            return check_words(words)
        except UsageError as error:
            raise wrong(str(error)) from error


COMMAND = CommandLine(
    parse=parse_command,
    schema={"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}]},
    example="[./check.sh, '{id}']",
    write=list,
)
ADDRESS = text_kind(parse_address, "http://{ip}:8080/healthz", pattern=r"^\s*[hH][tT][tT][pP][sS]?://\S+\s*$")
NUMBER = Kind(parse=parse_number, schema={"type": "number"}, example="0.25", write=float)
METHOD = text_kind(parse_method, "GET", enum=list(METHODS))


def _text(text: str) -> str:
    if not text.strip():
        raise UsageError("is empty; write something, or leave the key out")
    return text


TEXT = text_kind(_text, "up", minLength=1)
Header = Annotated[dict[str, str] | None, GIVEN]
HEADERS = "Headers of the request; write a secret as ${NAME}, and it is read from the environment when it is needed."


class GatePart(Part):
    """One question about an instance. Exactly one of http, tcp, azure, prometheus, command and metric."""

    name: Annotated[str | None, WORDS] = key("What reasons call it; when left out, the question itself.")
    http: Annotated[str | None, ADDRESS] = key("An address that must answer with a status from 200 to 299.")
    method: Annotated[str | None, METHOD] = key("How http is asked; GET when left out.")
    headers: Header = key(f"{HEADERS} For http and prometheus.")
    verify: Annotated[bool | None, TRUTH] = key("Whether the certificate of an https address must be good.")
    tcp: Annotated[str | None, text_kind(parse_tcp, "{ip}:22", pattern=r"^\s*\S+:\S+\s*$")] = key(
        "HOST:PORT that must take a connection."
    )
    azure: Annotated[
        ViewPart | None, text_kind(parse_view, "health", lambda part: part.value, enum=[one.value for one in ViewPart])
    ] = key("What Azure itself must say: health (what its health source says), or power (running and provisioned).")
    prometheus: Annotated[str | None, ADDRESS] = key("The address of a Prometheus server; needs query and a bound.")
    query: Annotated[str | None, TEXT] = key("What Prometheus is asked; it must find exactly one number.")
    command: Annotated[tuple[str, ...] | None, COMMAND] = key(
        "A program that must end with status 0; what it prints may be a number to judge. No shell reads it."
    )
    metric: Annotated[str | None, TEXT] = key("A metric of the instance in Azure Monitor; needs a bound.")
    aggregation: Annotated[Aggregation | None, one_of(Aggregation)] = key(
        "How a minute of the metric is summed up; average when left out."
    )
    below: Annotated[float | None, NUMBER] = key("The number must be below this.")
    above: Annotated[float | None, NUMBER] = key("The number must be above this.")
    within: Annotated[float | None, text_kind(parse_share, "20%", share_text, pattern=r"^\s*[0-9.]+%\s*$")] = key(
        "The number must be so near to what it was just before the instance was taken out."
    )
    successes: Annotated[int | None, COUNT] = key(f"So many yes in a row; {SUCCESSES} when left out.")
    interval: Annotated[float | None, BOUND] = key(f"Between two questions; {INTERVAL_SECONDS:g}s when left out.")
    timeout: Annotated[float | None, BOUND] = key(
        f"How long an answer may take; none by then is a no. {TIMEOUT_SECONDS:g}s when left out."
    )


QUESTIONS = ("http", "tcp", "azure", "prometheus", "command", "metric")
BELONGS = {
    "method": ("http",),
    "verify": ("http",),
    "headers": ("http", "prometheus"),
    "query": ("prometheus",),
    "aggregation": ("metric",),
}
"""Keys that mean something only beside others."""


def _gate(part: GatePart) -> Gate:
    given = [name for name in QUESTIONS if getattr(part, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        raise UsageError(f"needs exactly one of {', '.join(QUESTIONS)}, and has {found}")
    for name, owners in BELONGS.items():
        if getattr(part, name) is not None and given[0] not in owners:
            raise UsageError(f"{name} belongs to {' or '.join(owners)}, and this is a gate of kind {given[0]}")
    bounds = Bounds(below=part.below, above=part.above, within=part.within)
    return gate_of(
        _question(part),
        bounds,
        part.name,
        successes=SUCCESSES if part.successes is None else part.successes,
        interval_seconds=INTERVAL_SECONDS if part.interval is None else part.interval,
        timeout_seconds=TIMEOUT_SECONDS if part.timeout is None else part.timeout,
    )


def _question(part: GatePart) -> Question:
    headers = headers_of(part.headers)
    if part.http is not None:
        verify = part.verify is not False
        return WebCall(url=part.http, method=part.method or "GET", headers=headers, verify=verify)
    if part.tcp is not None:
        return TcpProbe(address=part.tcp)
    if part.azure is not None:
        return AzureView(part=part.azure)
    if part.command is not None:
        return Command(argv=part.command)
    if part.metric is not None:
        return AzureMetric(name=part.metric, aggregation=part.aggregation or Aggregation.AVERAGE)
    assert part.prometheus is not None, "one of them is given"
    if part.query is None:
        raise UsageError("needs query as well; a server alone has no number")
    return PrometheusQuery(url=part.prometheus, query=part.query, headers=headers)


class HookPart(Part):
    """One call before or after something. Exactly one of command and http."""

    when: Annotated[Moment, one_of(Moment)] = Field(description="Before or after what it is called.")
    name: Annotated[str | None, WORDS] = key("What reasons call it; when left out, the call itself.")
    command: Annotated[tuple[str, ...] | None, COMMAND] = key(
        "A program that must end with status 0. No shell reads it; its environment says what it is about."
    )
    http: Annotated[str | None, ADDRESS] = key("An address that must answer with a status from 200 to 299.")
    method: Annotated[str | None, METHOD] = key("How it is asked; POST when left out.")
    headers: Header = key(HEADERS)
    body: Annotated[str | None, TEXT] = key("What is sent.")
    verify: Annotated[bool | None, TRUTH] = key("Whether the certificate of an https address must be good.")
    deadline: Annotated[float | None, BOUND] = key(
        f"How long it may take; later, it has failed. {DEADLINE_SECONDS:g}s when left out."
    )


def _hook(part: HookPart) -> Hook:
    return hook_of(part.when, _call(part), part.name, DEADLINE_SECONDS if part.deadline is None else part.deadline)


def _call(part: HookPart) -> Call:
    if (part.command is None) == (part.http is None):
        raise UsageError("needs either command or http; write one of the two")
    if part.http is None:
        assert part.command is not None, "one of them is given"
        web = [name for name in ("method", "headers", "body", "verify") if getattr(part, name) is not None]
        if web:
            raise UsageError(f"{web[0]} belongs to http, and this hook calls a command")
        return Command(argv=part.command)
    return WebCall(
        url=part.http,
        method=part.method or "POST",
        headers=headers_of(part.headers),
        body=part.body,
        verify=part.verify is not False,
    )


GATE = Keyed(
    part=GatePart,
    build=_gate,
    parse=parse_gate,
    write=gate_document,
    schema={"type": "string", "pattern": r"^\s*(https?|tcp|azure|command):"},
    example="http://{ip}:8080/healthz",
)
HOOK = Keyed(
    part=HookPart,
    build=_hook,
    parse=parse_hook,
    write=hook_document,
    schema={"type": "string", "pattern": r"^\s*(before|after)-(rollout|batch|instance)\s*=\s*\S"},
    example="'before-instance=./drain.sh {id}'",
)
Gates = Annotated[tuple[Annotated[Gate, GATE], ...] | None, GIVEN]
Hooks = Annotated[tuple[Annotated[Hook, HOOK], ...] | None, GIVEN]
