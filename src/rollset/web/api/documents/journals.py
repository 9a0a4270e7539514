"""Rollouts as the engine keeps them: what `rollset` itself reads where it is pointed at a dashboard."""

from __future__ import annotations

from rollset.web.api.documents.base import Document


class Row(Document):
    """What can be told of a rollout without its journal; times are in seconds since the epoch."""

    id: str
    scale_set: str
    image: str
    started_by: str
    begun_at: float
    undoes: str | None
    status: str | None
    executor: str | None
    host: str | None
    pid: int | None
    ended_at: float | None
    ending: str | None
    exit_status: int | None
    shown_at: float | None


class Entry(Document):
    """One entry, as the text that the engine keeps."""

    number: int
    at: float
    text: str


class Shown(Document):
    """How it showed itself last, as the text that the engine keeps."""

    text: str
    at: float


class Order(Document):
    """An order that was left for it."""

    number: int
    verb: str
    by: str
    at: float
    checkpoint: int | None


class Journal(Document):
    """A rollout as it is kept. `order` is packed, and there only where all entries were asked for."""

    row: Row
    order: str | None
    entries: list[Entry]
    present: Shown | None
    signals: list[Order]
    holder: str | None
    taken_up: bool
    workers: int


class WayBack(Document):
    """What would go back to what, in words."""

    scale_set: str
    lines: list[str]
    count: int
