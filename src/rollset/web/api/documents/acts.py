"""Acts on instances and models: their prices, what is told of them, and what came of them."""

from __future__ import annotations

from rollset.web.api.documents.base import AzureError, Change, Document, Moment, Setting


class Price(Document):
    """What an act would cost. `token` says which price somebody agrees to; `refusals` are why it may not be done."""

    act: str
    kind: str
    text: str
    dangerous: bool
    instances: list[str]
    passed_over: dict[str, list[str]]
    total: int
    serving: int
    out: int
    serving_meanwhile: int
    seconds: float | None
    seconds_source: str | None
    loses: str | None
    read: list[Setting]
    changes: list[Change]
    notes: list[str]
    refusals: list[str]
    token: str


class Proposal(Document):
    """A price that was told. To say yes to it, send its `key` and the `token` of the price.

    `lines` say for people whom it concerns and what else there is to know.
    """

    key: str
    price: Price
    lines: list[str]


class Worker(Document):
    """The process that carries it out."""

    host: str
    pid: int | None


class Act(Document):
    """One act; what is not known yet is null."""

    id: str
    scale_set: str
    kind: str
    act: str
    price: str
    instances: list[str]
    by: str
    asked_at: Moment
    state: str
    worker: Worker | None
    stage: str | None
    text: str | None
    done: int | None
    request_ids: list[str]
    ended_at: Moment | None
    ending: str | None
    exit_status: int | None
    changed: int


class Acts(Document):
    """The newest acts, the newest first."""

    acts: list[Act]


class Conflict(Document):
    """A member of the model that somebody else has changed meanwhile."""

    path: str
    read: str | None
    now: str | None
    wanted: str | None


class InstanceEnd(Document):
    """What came of an act for one instance."""

    id: str
    outcome: str
    why: str | None
    power: str | None
    provisioning: str | None
    health: str | None
    error: AzureError | None


class ActResult(Document):
    """What came of an act."""

    ending: str
    text: str
    at: Moment
    took_seconds: float | None
    request_ids: list[str]
    errors: list[AzureError]
    conflicts: list[Conflict]
    instances: list[InstanceEnd]


class ActWithResult(Act):
    """One act, and what came of it once it has ended."""

    result: ActResult | None


class Fact(Document):
    """One thing that was done for an act."""

    number: int
    at: Moment
    fact: str
    text: str


class Facts(Document):
    """All of them, in order."""

    facts: list[Fact]
