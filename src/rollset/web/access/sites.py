"""Which site a request means, and which site sent the browser here.

Host keeps away pages elsewhere whose name was made to lead to this machine (DNS rebinding). What browsers say of where
a request comes from (Origin, Sec-Fetch-Site) keeps away what other sites have them ask for; the token in our own forms
(`csrf.py`) holds where a browser says nothing.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from rollset.web.access.refusal import Refused

SAFE = frozenset({"GET", "HEAD"})
METHODS = SAFE | {"POST", "PUT", "PATCH", "DELETE"}

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)

OWN = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of our own pages, and of addresses that somebody typed or opened from elsewhere."""


WITHHELD = ("null", "same-origin")
"""Origin and `Sec-Fetch-Site` of our own forms: a page that names itself to nobody (`no-referrer`) has no origin to
tell, but the browser knows that it is ours. One that it does not know, as one in a sandbox, it calls cross-site."""


def check_host(headers: Headers, allowed: frozenset[str]) -> None:
    """Refuses a request for a host that is not ours."""
    hosts = headers.getlist("host")
    match = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None or match["name"].lower() not in allowed:
        raise Refused(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This dashboard does not answer for the host that was asked; use the address that it was started with, or "
            "add the host to allowed_hosts.",
        )


def check_origin(method: str, headers: Headers, own: str) -> None:
    """Refuses what a page of another site has a browser ask for; `own` is our origin."""
    site = headers.get("sec-fetch-site")
    if method in SAFE:
        # A link elsewhere may lead here; no script, picture or frame elsewhere may use what is here.
        if site not in (None, *OWN) and headers.get("sec-fetch-mode") != "navigate":
            raise _elsewhere()
        return
    origin = headers.get("origin")
    if site not in (None, "same-origin") or not (origin is None or same(origin, own) or (origin, site) == WITHHELD):
        raise _elsewhere()


def same(one: str, other: str) -> bool:
    """Whether two origins are one.

    >>> same("HTTPS://rollset.example.com", "https://rollset.example.com:443")
    True
    >>> same("null", "https://rollset.example.com")
    False
    """
    return _parts(one) == _parts(other) is not None


def _parts(origin: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname or "", port)


def _elsewhere() -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, "A page of another site asked for this, so it was not done; ask for it here.")
