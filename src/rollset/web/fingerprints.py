"""Addresses of scripts and styles that change with their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
DIGITS = 12
FOREVER = "public, max-age=31536000, immutable"


@cache
def fingerprinted(name: str) -> str:
    """The address of a static file.

    >>> fingerprinted("rollset.css").startswith("/static/rollset.css?")
    True
    """
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:DIGITS]}"


def names_its_content(name: str, query: str) -> bool:
    """Whether an address that ends in this query is the one that `fingerprinted` gives now."""
    return fingerprinted(name) == f"/static/{name}?{query}"
