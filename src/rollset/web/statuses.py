"""What is answered with where something fails."""

from __future__ import annotations

from http import HTTPStatus

from rollset.arm.errors import NotFound
from rollset.core.errors import RollsetError, UnsafeError, UsageError
from rollset.engine.durable.acts.ledger import NoSuchAct
from rollset.engine.durable.drafts import NoSuchDraft
from rollset.engine.durable.faults import NoSuchRollout
from rollset.web.looks import AzureSlow

STATUSES: tuple[tuple[type[RollsetError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NoSuchRollout, HTTPStatus.NOT_FOUND),
    (NoSuchAct, HTTPStatus.NOT_FOUND),
    (NoSuchDraft, HTTPStatus.NOT_FOUND),
    (UnsafeError, HTTPStatus.CONFLICT),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (AzureSlow, HTTPStatus.GATEWAY_TIMEOUT),
    (RollsetError, HTTPStatus.BAD_GATEWAY),
)
"""The first that matches."""


def status_of(error: RollsetError) -> HTTPStatus:
    """What an error is answered with."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))
