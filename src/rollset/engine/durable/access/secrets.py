"""Secrets that we give out: long enough that nobody guesses one, and kept as hashes only.

A hash without salt or stretching is right for them: they are random, so there is no list of likely ones to try. Looking
one up by its hash tells nothing by the time it takes: whoever does not know a secret cannot choose how its hash begins.
"""

from __future__ import annotations

import hashlib
import secrets

from rollset.engine.printable import printable

BYTES = 32

SHOWN_MAX = 300
"""Of what comes from outside and is shown to people, so much is kept."""


def new_secret() -> str:
    """256 random bits, as letters that a URL and a header can hold."""
    return secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def on_one_line(text: str, most: int = SHOWN_MAX) -> str:
    """Fit for a row, a log and a terminal, and cut where it is longer than that."""
    plain = printable(text[: 2 * most])
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
