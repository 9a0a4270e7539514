"""The token in our own forms: a page of another site cannot know it, even if a browser would send it our cookie.

It is a code of the session under the server's key, different on each page, so that nothing has to be kept, and nobody
learns it by watching how pages are compressed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

FIELD = "csrf"
"""The field of a form."""
HEADER = "x-csrf-token"
"""The header of a script."""


def new_token(key: str, session: str) -> str:
    """A token for the session called `session`."""
    salt = secrets.token_urlsafe(12)
    return f"{salt}.{_code(key, session, salt)}"


def is_right(key: str, session: str, token: str) -> bool:
    """Whether it is one of that session."""
    salt, _, code = token.partition(".")
    return hmac.compare_digest(_code(key, session, salt).encode(), code.encode("utf-8", "surrogatepass"))


def _code(key: str, session: str, salt: str) -> str:
    words = f"csrf {session} {salt}".encode("utf-8", "surrogatepass")
    return hmac.new(key.encode(), words, hashlib.sha256).hexdigest()
