"""A small OpenID Connect provider, over real HTTP with keys of its own, that lies where a test asks it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT, SECRET = "rollset-client", "s3cret: %&+"
REDIRECT = "http://dashboard.example/sign-in/back"
RSA = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
EC = ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class Code:
    """What was asked for when it was given out."""

    asked: dict[str, str]
    used: bool = False


@dataclass(slots=True)
class Provider:
    """What it says, which tests change. `claims` go over the right ones; `sign` makes the token."""

    issuer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = RSA[0]
    algorithm: str = "RS256"
    published: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, str] = field(default_factory=dict)
    """What goes over the right answer to the browser."""
    sign: Callable[[Provider, dict[str, Any]], str] | None = None
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""
    down: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to: somebody has signed in."""
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == REDIRECT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(asked)
        return f"{REDIRECT}?{urlencode({'code': code, 'state': asked['state'], **self.answer})}"

    def token(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        code = self.codes.get(fields.get("code", ""))
        basic = base64.b64encode(f"{CLIENT}:{urlencode({'': SECRET})[1:].replace('+', '%20')}".encode()).decode()
        knows_secret = fields.get("client_secret") == SECRET or authorization == f"Basic {basic}"
        if not knows_secret or fields.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client", "error_description": "wrong\r\nsecret"}
        if code is None or code.used or fields.get("redirect_uri") != REDIRECT:
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != code.asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        code.used = True
        return 200, {"id_token": self.id_token(code.asked["nonce"]), "access_token": "x", "token_type": "Bearer"}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "1234",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "preferred_username": "anna@example.com",
            "roles": ["ops"],
        }
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        if self.sign is not None:
            return self.sign(self, claims)
        return jwt.encode(claims, self.key, self.algorithm, {"kid": "one", **self.header})

    def publish(self, *keys: Any, kids: tuple[str, ...] = ("one", "two", "three")) -> None:
        self.published = [published(key, kid) for key, kid in zip(keys, kids, strict=False)]


def published(key: Any, kid: str) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider that is right in everything, until a test changes it."""
    provider = Provider()
    provider.publish(RSA[0])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            match parts.path:
                case _ if provider.down:
                    self._say(503, {})
                case "/.well-known/openid-configuration":
                    self._say(200, provider.document())
                case "/keys":
                    self._say(200, {"keys": provider.published})
                case _:
                    self._say(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*provider.token(fields, self.headers.get("Authorization", "")))

        def _say(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
