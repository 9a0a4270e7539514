"""A plan as `rollset plan -o json` prints it, with what `rollset doctor` finds around the set."""

from __future__ import annotations

from typing import Any

from rollset.web.api.documents.base import Change, Document, Image, Moment


class Images(Document):
    """From which image to which."""

    before: Image | None
    after: Image | None


class Budget(Document):
    """How many may be out at once, and how many are."""

    total: int
    in_service: int
    out: int
    allowed: int


class Checkpoint(Document):
    """Where it stops to wait, or to be approved."""

    number: int
    share: str
    instances: int
    of: int
    wait_seconds: float | None


class Lasts(Document):
    """How long it is expected to take."""

    p50_seconds: int
    p90_seconds: int
    measured: int | bool
    approvals: int | bool


class Opening(Document):
    """A time in which batches may start."""

    opens: Moment | None
    closes: Moment | None
    window: str | None
    freeze: str | None


class Openings(Document):
    """When batches may start, next."""

    batch_seconds: int
    next: list[Opening]
    used: int
    ends_by: Moment | None


class Charge(Document):
    """What it asks of one of Azure's allowances."""

    bucket: str
    what: str
    expected: int
    gives: int | None
    at_once: int
    each_minute: float


class Group(Document):
    """Instances that would go back to one image."""

    image: Image | None
    instances: list[str]


class WayBack(Document):
    """Where an undo would lead."""

    groups: list[Group]
    model: Image | None
    not_known: list[str]


class PlannedInstance(Document):
    """What happens to one instance: upgrade, replace, wait or skip."""

    id: str
    action: str
    step: int | None
    reason: str
    update_domain: int | None
    fault_domain: int | None
    zone: str | None
    image: Image | None


class Surge(Document):
    """How many instances are added for the time being."""

    add: int
    fallback: str


class Plan(Document):
    """What `rollset plan -o json` prints, and what `rollset upgrade --plan` takes."""

    form: int
    scale_set: str
    upgrade_policy: str
    image: Images
    changes: list[Change]
    model_changes: bool
    selection: str
    order: str
    at_once: int
    budget: Budget
    checkpoints: list[Checkpoint]
    hash: str
    steps: int
    upgrades: int
    lasts: Lasts | None
    openings: Openings | None
    requests: list[Charge]
    undo: WayBack
    bake_seconds: float
    bake_end_seconds: float
    on_failure: str
    compare: dict[str, Any] | None
    surge: Surge | None
    instances: list[PlannedInstance]
    notes: list[str]
    refused: str | None
    nothing_to_do: bool
    exact: dict[str, Any]
    checksum: str


class Finding(Document):
    """What was found around the set; one that can be accepted is accepted by its name."""

    name: str
    severity: str
    fact: str
    remedy: str
    accept: bool


class Counts(Document):
    """How many findings there are of each weight."""

    blocking: int
    warning: int
    note: int


class Examined(Document):
    """What stands in the way of an upgrade."""

    scale_set: str
    image: Images
    findings: list[Finding]
    count: Counts
    arm_requests: int | None
    """How many requests it took; not counted here, where others ask at the same time."""
    order: str | None
    """The plan as the engine keeps it, if it was asked for; packed, and rollset's own."""


class Planned(Document):
    """`can_begin`: once all that can be accepted is. `going` is the rollout of the set that has not ended."""

    plan: Plan
    findings: list[Finding]
    can_begin: bool
    going: str | None
    workers: int
    order: str | None
    """The plan as the engine keeps it, if it was asked for; packed, and rollset's own."""
