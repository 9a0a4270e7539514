"""Bearer tokens: issued by every sign-in endpoint, required by every ARM path.

A token is a real JWT with the claims that clients decode (`tid`, `exp`, ...), signed with a key that every emulator
shares, so that tokens which a client has cached outlive a restart. On loopback it protects nothing; beyond, the key is
another one (`admission.py`).
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from rollset.emulator.documents import Json
from rollset.emulator.refusal import ArmError, Refusal

# Who every token is issued to, unless the client names itself.
PRINCIPAL_ID = "00000000-0000-0000-0000-00000000001d"
_KEY = b"rollset emulator: this key keeps nothing secret"
LIFETIME_SECONDS = 86_400
# Tokens remembered as good; a client holds a handful.
KNOWN_MAX = 1000


class _Known(NamedTuple):
    expires: float
    principal: str


@dataclass(slots=True)
class Tokens:
    """Issues tokens and tells good ones from bad."""

    tenant_id: str
    # Tokens live in the client's time, not in emulated time.
    clock: Callable[[], float] = time.time
    key: bytes = _KEY
    _known: dict[str, _Known] = field(default_factory=dict)
    # How many seconds the next tokens live.
    lifetime: int = LIFETIME_SECONDS
    # What was issued up to here, by second and number, is good no more.
    _expired: tuple[int, int] = (0, 0)
    _issued: int = 0

    def issue(self, audience: str = "https://management.azure.com", client_id: str = "") -> tuple[str, int]:
        """A token and when it expires."""
        now = int(self.clock())
        expires = now + self.lifetime
        self._issued += 1
        claims: Json = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": expires,
            "appid": client_id or PRINCIPAL_ID,
            "oid": PRINCIPAL_ID,
            "tid": self.tenant_id,
            "uti": str(self._issued),
            "idtyp": "app",
            "ver": "1.0",
        }
        head = _part(orjson.dumps({"typ": "JWT", "alg": "HS256", "kid": "rollset-emulator"}))
        body = _part(orjson.dumps(claims))
        return f"{head}.{body}.{_signature(self.key, head, body)}", expires

    def expire(self) -> None:
        """Everything that was issued up to now has expired."""
        self._expired = (int(self.clock()), self._issued)
        self._known.clear()

    @property
    def terms(self) -> tuple[int, tuple[int, int]]:
        """How long tokens live, and up to which one they have expired."""
        return self.lifetime, self._expired

    @terms.setter
    def terms(self, terms: tuple[int, tuple[int, int]]) -> None:
        self.lifetime, self._expired = terms

    def check(self, authorization: str | None) -> str:
        """Refuses a request whose `Authorization` header holds no good token; else answers who it was issued to."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._unauthorized(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
            )
        known = self._known.get(token)
        if known is None:
            known = self._known[token] = self._read(token)
        if known.expires < self.clock():
            raise self._unauthorized("ExpiredAuthenticationToken", "The access token has expired.")
        return known.principal

    def _read(self, token: str) -> _Known:
        try:
            head, body, signature = token.split(".")
            good = hmac.compare_digest(signature, _signature(self.key, head, body))
            claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) if good else {}
            expires, principal = claims["exp"], str(claims.get("appid", ""))
            if (claims["iat"], int(claims.get("uti", "0"))) <= self._expired:
                expires = 0
        except (ValueError, KeyError, TypeError):
            expires, principal = None, ""
        if not isinstance(expires, int):
            raise self._unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if len(self._known) > KNOWN_MAX:
            self._known.clear()
        return _Known(float(expires), principal)

    def _unauthorized(self, code: str, message: str) -> Refusal:
        challenge = (
            f'Bearer authorization_uri="https://login.windows.net/{self.tenant_id}", '
            f'error="invalid_token", error_description="{message}"'
        )
        return Refusal(401, ArmError(code, message), {"WWW-Authenticate": challenge})


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signature(key: bytes, head: str, body: str) -> str:
    return _part(hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest())
