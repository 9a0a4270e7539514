"""The keys that a provider signs with. They change: one that is not known is looked for anew, but not without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt

from rollset.web.access.oidc.documents import Asker, text_of
from rollset.web.access.oidc.faults import SignInFailed

KEPT_SECONDS = 3600.0
"""A key that the provider has withdrawn is trusted no longer than this."""

AGAIN_SECONDS = 10.0
"""Whoever sends tokens of unknown keys has us ask the provider no more often than this."""

KEYS_MAX = 100

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a key pair. With a shared secret (`HS256`), whoever knows a public key could sign."""

KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A public key; `issuer` is set where it is for the tokens of one tenant, or of a pattern of them."""

    id: str
    kind: str
    algorithm: str
    issuer: str
    key: Any

    def fits(self, kid: str, algorithm: str) -> bool:
        """Whether a token with this header may have been signed with it."""
        kinds = KINDS.get(algorithm[:2]) == self.kind and self.algorithm in ("", algorithm)
        return kinds and (kid in ("", self.id))


class Keys:
    """The keys of one provider."""

    def __init__(self, asker: Asker, clock: Callable[[], float]) -> None:
        self._asker = asker
        self._clock = clock
        self._url = ""
        self._known: tuple[Key, ...] = ()
        self._read_at: float | None = None

    async def find(self, url: str, kid: str, algorithm: str) -> Key:
        """The key for a token with this header.

        Raises:
            SignInFailed: the provider has no such key, or not only one.
        """
        if self._is_older_than(KEPT_SECONDS) or url != self._url:
            await self._read(url)
        found = self._fitting(kid, algorithm)
        if not found and self._is_older_than(AGAIN_SECONDS):
            await self._read(url)
            found = self._fitting(kid, algorithm)
        if len(found) != 1:
            raise SignInFailed(
                f"the provider signed with a key that it does not publish ({kid[:80] or 'no kid'!r}); sign in again, "
                "and if that does not help, check issuer"
            )
        return found[0]

    def _fitting(self, kid: str, algorithm: str) -> list[Key]:
        return [key for key in self._known if key.fits(kid, algorithm)]

    def _is_older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._clock() - self._read_at > seconds

    async def _read(self, url: str) -> None:
        document = await self._asker.get("the provider's keys", url)
        told = document.get("keys")
        self._known = tuple(_keys(told[:KEYS_MAX] if isinstance(told, list) else []))
        self._url, self._read_at = url, self._clock()


def _keys(told: list[Any]) -> Iterator[Key]:
    """Those to check signatures with; a provider may publish others, and kinds that we do not know."""
    for one in told:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        try:
            parsed = jwt.PyJWK(one)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        kind = text_of(one, "kty")
        if kind in KINDS.values():
            yield Key(
                id=text_of(one, "kid"),
                kind=kind,
                algorithm=text_of(one, "alg"),
                issuer=text_of(one, "issuer"),
                key=parsed.key,
            )
