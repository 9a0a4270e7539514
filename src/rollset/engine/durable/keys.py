"""Numbers for the names of locks."""

from __future__ import annotations

import hashlib


def key_of(name: str) -> int:
    """The number by which PostgreSQL knows the lock with that name."""
    return int.from_bytes(hashlib.sha256(f"rollset {name}".encode()).digest()[:8], signed=True)
