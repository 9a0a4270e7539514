"""Rollouts: how each stands, how it came to that, and orders."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from rollset.web.api.documents.base import Change, Document, Image, Moment


class Rollout(Document):
    """A line of `rollset rollouts -o json`."""

    id: str
    scale_set: str
    image: Image | str | None
    onto: str
    changes: list[Change]
    plan_hash: str | None
    state: str
    reason: str | None
    until: Moment | None
    checkpoint: int | None
    approve_with: str | None
    done: int | None
    total: int | None
    out: int | None
    ends_p50: Moment | None
    ends_p90: Moment | None
    begun_at: Moment
    begun_by: str
    undoes: str | None
    holder: str | None
    host: str | None
    pid: int | None
    ended_at: Moment | None
    ending: str | None
    exit_status: int | None
    age_seconds: float


class Rollouts(Document):
    """One page of those that match, newest first."""

    rollouts: list[Rollout]
    page: int
    pages: int
    total: int


class RolloutsOfSet(Document):
    """The newest of one set, the newest first."""

    rollouts: list[Rollout]


class Given(Document):
    """An order that was left for it."""

    number: int
    verb: str
    by: str
    at: Moment
    checkpoint: int | None
    taken: bool


class Offer(Document):
    """An order that makes sense now; `text` says what would come of it.

    It is given with its `verb`, and its `checkpoint` and `plan`, if it has them. `ask_first`: it is not easily taken
    back, so that people are asked before it is sent. `rollout` is the one to order it of: what an undo has not brought
    back is undone further with the rollout that it undoes.
    """

    verb: str
    rollout: str
    label: str
    text: str
    ask_first: bool
    checkpoint: int | None
    plan: str | None


class Offers(Document):
    """The orders that make sense now, and why whoever asks may not give others that do."""

    offers: list[Offer]
    withheld: str | None


class Left(Document):
    """An instance that was left alone."""

    id: str
    reason: str


class Failure(Document):
    """An instance that failed, in Azure's words."""

    instance: str
    code: str
    message: str | None


class Outcome(Document):
    """What `rollset upgrade -o json` prints at the end."""

    rollout: str | None
    scale_set: str
    image: Image | None
    changes: list[Change]
    plan_hash: str
    ending: str
    reason: str | None
    exit_status: int
    upgraded: list[str]
    skipped: list[Left]
    in_flight: list[str]
    failures: list[Failure]
    compared: list[dict[str, Any]]
    left: dict[str, list[str]]
    seconds: float
    arm_requests: int | None
    remarks: list[str]
    look_with: str | None
    continue_with: str | None
    undo_with: str | None


class RolloutStatus(Rollout):
    """What `rollset status -o json` prints. `instances` are all of them, under what each looks like now."""

    instances: dict[str, list[str]]
    compared: list[dict[str, Any]]
    orders: list[Given]
    arm_requests: int | None
    outcome: Outcome | None


class Event(Document):
    """One fact of its history, as `rollset events -o json` prints it; further members belong to the kind of event."""

    model_config = ConfigDict(extra="allow")

    entry: int
    at: Moment
    event: str
    text: str


class Events(Document):
    """Its history, or what came after an entry."""

    events: list[Event]


class Span(Document):
    """What an instance was about: waiting, out, settling, baking, done, brought back, failed or parked."""

    phase: str
    begin: Moment
    end: Moment


class Bar(Document):
    """One instance; `phase` is what it has come to, `sent_at` when it was sent off for the first time."""

    instance: str
    phase: str
    sent_at: Moment | None
    out_seconds: float
    spans: list[Span]


class Timeline(Document):
    """A bar for each instance, in the order in which they were sent off; those that wait come last."""

    begin: Moment | None
    end: Moment | None
    bars: list[Bar]


class Level(Document):
    """From `at` on so many serve, until the next."""

    at: Moment
    serving: int


class Availability(Document):
    """How many instances served: `floor` is how many have to at least, `least` the fewest that ever did."""

    begin: Moment | None
    end: Moment | None
    total: int | None
    floor: int | None
    least: int | None
    levels: list[Level]


class Begun(Document):
    """The rollout that was begun; a worker carries it out, whether or not anybody looks."""

    id: str
