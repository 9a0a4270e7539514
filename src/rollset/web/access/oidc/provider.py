"""The way of a sign-in: authorization code with PKCE (RFC 7636), state and nonce."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from rollset.engine.durable.access.attempts import Attempt
from rollset.engine.durable.access.person import Person
from rollset.web.access.oidc.claims import person_of
from rollset.web.access.oidc.discovery import Discovery, Metadata
from rollset.web.access.oidc.documents import Asker, text_of
from rollset.web.access.oidc.faults import SignInFailed
from rollset.web.access.oidc.idtoken import verified
from rollset.web.access.oidc.keys import Keys
from rollset.web.access.settings import ProviderSettings

SHOWN_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A sign-in that begins: `attempt` is remembered under `state`, and the browser is sent to `url`."""

    state: str
    attempt: Attempt
    url: str


class Provider:
    """One provider, as this dashboard uses it."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self._asker = Asker()
        self._discovery = Discovery(settings, self._asker, clock)
        self._keys = Keys(self._asker, clock)

    async def close(self) -> None:
        await self._asker.close()

    async def begin(self, back_to: str) -> Journey:
        """A new sign-in.

        Raises:
            SignInFailed: the provider cannot be asked where to go.
        """
        metadata = await self._discovery.metadata()
        state = secrets.token_urlsafe(32)
        attempt = Attempt(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48), back_to=back_to)
        fields = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect,
            "scope": " ".join(self.settings.scopes),
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization else "?"
        return Journey(state=state, attempt=attempt, url=f"{metadata.authorization}{joint}{urlencode(fields)}")

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Person:
        """Who came back with `answer`, the query of the address that the provider sent the browser to.

        Raises:
            SignInFailed: the provider did not say who it is, or he has no role here.
        """
        metadata = await self._discovery.metadata()
        issuer = answer.get("iss")
        # A tenant of one that is for many names itself there; which one is checked in the token.
        if not metadata.is_for_many and (issuer or metadata.answers_with_issuer) and issuer != metadata.issuer:
            raise SignInFailed("another provider answered than the one that was asked; sign in again")
        if (error := answer.get("error")) is not None:
            raise SignInFailed(f"the provider let nobody in: {_said(error, answer.get('error_description', ''))}")
        token = await self._exchange(metadata, answer.get("code", ""), attempt.verifier)
        claims = await verified(token, self.settings, metadata, self._keys, attempt.nonce)
        return person_of(claims, self.settings)

    async def _exchange(self, metadata: Metadata, code: str, verifier: str) -> str:
        """The id token for a code."""
        if not code:
            raise SignInFailed("the provider sent no code back; sign in again")
        settings = self.settings
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if settings.client_secret is not None and metadata.secret_in_header:
            headers["authorization"] = _basic(settings.client_id, settings.client_secret)
        elif settings.client_secret is not None:
            fields["client_secret"] = settings.client_secret
        status, document = await self._asker.post("the provider's token endpoint", metadata.token, fields, headers)
        token = text_of(document, "id_token")
        if status != 200 or not token:  # noqa: PLR2004 (OK)
            said = _said(text_of(document, "error") or f"status {status}", text_of(document, "error_description"))
            raise SignInFailed(f"the provider took the code for no id token: {said}; check client_id and the secret")
        return token


def _basic(client: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are encoded as in a form before they are joined."""
    joined = f"{quote(client, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(joined.encode()).decode()}"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _said(error: str, description: str) -> str:
    """In the provider's words, on one line."""
    said = f"{error}: {description}" if description else error
    return " ".join(said.split())[:SHOWN_MAX]
