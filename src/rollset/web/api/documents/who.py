"""Who asks, and what was done."""

from __future__ import annotations

from rollset.web.api.documents.base import Document, Moment


class Me(Document):
    """Who asks. `csrf` is what a browser sends back as `X-CSRF-Token`; programs need none."""

    name: str
    signed_in_with: str
    roles: list[str]
    ends_at: Moment | None
    csrf: str


class SignedOut(Document):
    """Whose session was ended."""

    signed_out: str


class AuditEntry(Document):
    """An act and what came of it. One without an outcome is under way, or was cut off."""

    number: int
    at: Moment
    who: str
    subject: str
    signed_in_with: str
    address: str
    did: str
    on: str
    detail: str | None
    outcome: str | None
    ended_at: Moment | None
    request: str


class Audit(Document):
    """What was done, the newest first."""

    entries: list[AuditEntry]
