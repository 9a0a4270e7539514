"""The headers with which a browser is told to be strict; they are on every answer, refusals included."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing inline, nothing from elsewhere, no frames: a script in a name would not run, even if it were printed."""

STRICT = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

HTTPS_ONLY = "max-age=31536000"
"""Whoever has been here over HTTPS comes over nothing else for a year."""


def be_strict(headers: MutableHeaders, *, secure: bool, request_id: str) -> None:
    """Sets them, whatever the answer says; only how long it may be kept is its own choice."""
    for name, value in STRICT.items():
        headers[name] = value
    if secure:
        headers["strict-transport-security"] = HTTPS_ONLY
    headers["x-request-id"] = request_id
    headers.setdefault("cache-control", "no-store")
