"""The audit log as a document, the same for commands and the HTTP API."""

from __future__ import annotations

from rollset.engine.durable.access.audit import AuditEntry
from rollset.faces.documents import Json, moment


def audit_document(entry: AuditEntry) -> Json:
    return {
        "number": entry.number,
        "at": moment(entry.at),
        "who": entry.name,
        "subject": entry.subject,
        "signed_in_with": entry.how,
        "address": entry.address,
        "did": entry.verb,
        "on": entry.target,
        "detail": entry.detail or None,
        "outcome": entry.outcome,
        "ended_at": moment(entry.ended_at),
        "request": entry.request,
    }
