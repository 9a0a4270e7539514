"""Our cookies: signed, for HTTP alone, for this host alone, and not sent with what other sites ask for.

`SameSite=Lax`, and not `Strict`: a link to a rollout that somebody was sent has to work, and a browser that comes back
from a provider has to be known. What changes anything is asked for with a token besides (`csrf.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from itsdangerous import BadData, Signer
from starlette.responses import Response

VALUE_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One kind of cookie."""

    word: str
    key: str
    secure: bool
    port: int

    @property
    def name(self) -> str:
        """Over HTTPS a name that browsers hold to this very host; else one with our port, for cookies know no ports."""
        return f"__Host-rollset-{self.word}" if self.secure else f"rollset-{self.word}-{self.port}"

    def read(self, cookies: Mapping[str, str]) -> str | None:
        """What we put into it; none where it is missing, or not signed by us."""
        value = cookies.get(self.name, "")
        if not 0 < len(value) <= VALUE_MAX:
            return None
        signed = value.encode("latin-1", "replace")
        try:
            secret = self._signer.unsign(signed)
            # Base64 spells the same signature in several ways; we wrote one of them.
            return secret.decode() if self._signer.sign(secret) == signed else None
        except (BadData, UnicodeDecodeError):
            return None

    def write(self, response: Response, value: str, seconds: float) -> None:
        response.set_cookie(
            self.name,
            self._signer.sign(value.encode()).decode(),
            max_age=int(seconds),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")

    @property
    def _signer(self) -> Signer:
        return Signer(self.key, salt=f"rollset.{self.word}", key_derivation="hmac", digest_method=hashlib.sha256)
