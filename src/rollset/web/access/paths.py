"""Paths of ours: which are for everybody, and where somebody may be led after signing in."""

from __future__ import annotations

import re
from urllib.parse import quote

SIGN_IN = "/sign-in"
LINK = "/sign-in/link"
PROVIDER = "/sign-in/provider"
BACK = "/sign-in/back"
SIGN_OUT = "/sign-out"
SIGN_OUT_API = "/api/sign-out"
HOME = "/"

ASKING = re.compile(
    r"/sets/[^/]+/[^/]+/[^/]+/(roll|roll/plan)|/api/sets/[^/]+/[^/]+/[^/]+/(form|drafts|plan|findings|acts/price)"
)
"""What only asks, though with a body: what a rollout or an act would do."""

STATIC = "/static/"
OPEN = frozenset({SIGN_IN, LINK, PROVIDER, BACK})

LENGTH_MAX = 2000

OURS = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""One slash, not two, for a browser takes `//host` and `/\\host` for another host; no control characters or spaces."""


def is_open(path: str) -> bool:
    """Whether it is for everybody: signing in, and the styles and scripts that this takes."""
    return path in OPEN or path.startswith(STATIC)


def is_stream(path: str) -> bool:
    """Whether what is answered there goes on."""
    return path.endswith("/stream")


def only_asks(path: str) -> bool:
    """Whether nothing is changed there, whatever is sent."""
    return path in (SIGN_OUT, SIGN_OUT_API) or ASKING.fullmatch(path) is not None


def back_to(wanted: str | None) -> str:
    """Where to lead somebody who has signed in: a page of ours, whatever was asked for.

    >>> back_to("/sets/s/g/web?show=health"), back_to("//evil.example"), back_to("https://evil.example")
    ('/sets/s/g/web?show=health', '/', '/')
    """
    if wanted is None or len(wanted) > LENGTH_MAX or not OURS.fullmatch(wanted):
        return HOME
    return HOME if wanted.partition("?")[0] in OPEN | {SIGN_OUT} else wanted


def sign_in_for(wanted: str) -> str:
    """The page to sign in at, which leads back."""
    wanted = back_to(wanted)
    return SIGN_IN if wanted == HOME else f"{SIGN_IN}?to={quote(wanted, safe='/')}"
