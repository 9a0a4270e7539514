"""Who may ask an emulator that others than the users of this machine can reach: whoever has its token.

On loopback there is none. Beyond it, the emulator's own paths want the token as a bearer token (or, from its page, in a
cookie), sign-in wants it as the secret of the client or of the managed identity, and ARM paths take it beside the
tokens that sign-in issues, which are then signed with a key made of it.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl

from rollset.emulator.http import Reply, Request
from rollset.emulator.refusal import ArmError, Refusal

COOKIE = "rollset_emulator"
TOKEN_BYTES = 24
FORM_CHARACTERS_MAX = 65_536
# Where managed identities name the secret that they were given.
SECRET_HEADERS = ("x-identity-header", "secret")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Admission:
    """The token, and how a request may show it."""

    token: str

    @classmethod
    def fresh(cls) -> "Admission":
        return cls(secrets.token_urlsafe(TOKEN_BYTES))

    @property
    def key(self) -> bytes:
        """What issued tokens are signed with."""
        return hashlib.sha256(self.token.encode()).digest()

    def admits(self, request: Request) -> bool:
        """Whether the request shows the token itself."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._is_it(shown.strip())

    def check(self, request: Request) -> None:
        """Refuses a request to the emulator's own paths that does not show the token."""
        if not (self.admits(request) or self._is_it(_cookie(request))):
            message = "This emulator can be reached from elsewhere, and wants its token: 'Authorization: Bearer TOKEN'."
            raise Refusal(401, ArmError("AuthenticationFailed", message), {"WWW-Authenticate": "Bearer"})

    def check_sign_in(self, request: Request) -> None:
        """Refuses to issue a token to whoever does not know this one."""
        if not request.path.rstrip("/").lower().endswith("/token"):
            return
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")[:FORM_CHARACTERS_MAX]))
        shown = [form.get("client_secret", ""), *(request.headers.get(name, "") for name in SECRET_HEADERS)]
        if not any(self._is_it(one) for one in shown):
            raise Refusal(401, ArmError("invalid_client", "The client secret is to be the token of this emulator."))

    def let_in(self, request: Request) -> Reply | None:
        """Turns the token in the address of the page into a cookie; the address then no longer shows it."""
        if request.method != "GET" or not self._is_it(request.query.get("token", "")):
            return None
        secure = "; Secure" if request.scheme == "https" else ""
        cookie = f"{COOKIE}={self.token}; Path=/emulator; HttpOnly; SameSite=Strict{secure}"
        return Reply(303, b"", {"Location": "/emulator", "Set-Cookie": cookie, "Referrer-Policy": "no-referrer"})

    def _is_it(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), self.token.encode())


def _cookie(request: Request) -> str:
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value
