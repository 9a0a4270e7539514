"""What is answered where something fails (RFC 9457)."""

from __future__ import annotations

from typing import Literal

from rollset.web.api.documents.acts import Conflict, Proposal
from rollset.web.api.documents.base import Document


class Azure(Document):
    """What Azure answered, and what it calls the request."""

    status: int | None
    code: str | None
    message: str
    request_id: str | None


class Fault(Document):
    """One thing that is wrong with what was sent; `line` is that of a file."""

    path: str
    line: int | None
    text: str


class Problem(Document):
    """`detail` says what was tried, what came back, and what to do; `request` is in the audit log too."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    request: str
    exit_status: int | None = None
    """What a command ends with on the same fault."""
    in_flags: str | None = None
    """The same as `detail` in the flags of `rollset`, where it names a key of a rollout file, or a page."""
    azure: Azure | None = None
    faults: list[Fault] | None = None
    conflicts: list[Conflict] | None = None
    proposal: Proposal | None = None
