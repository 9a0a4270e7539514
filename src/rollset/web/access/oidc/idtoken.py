"""What an id token must be (OpenID Connect Core 1.0, 3.1.3.7) before a word of it is believed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from rollset.web.access.oidc.discovery import TENANT, Metadata
from rollset.web.access.oidc.documents import text_of
from rollset.web.access.oidc.faults import SignInFailed
from rollset.web.access.oidc.keys import ALGORITHMS, Keys
from rollset.web.access.settings import ProviderSettings

LEEWAY_SECONDS = 60
"""So much may the clocks of the provider and of this machine differ."""

LENGTH_MAX = 64 * 1024

Claims = Mapping[str, Any]


async def verified(token: str, settings: ProviderSettings, metadata: Metadata, keys: Keys, nonce: str) -> Claims:
    """The claims of a token that this provider signed, for us, for this sign-in, and that has not expired.

    Raises:
        SignInFailed: it did not, or that cannot be shown.
    """
    header = _header(token)
    algorithm, kid = text_of(header, "alg"), text_of(header, "kid")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise SignInFailed(f"the provider signed in a way that is not trusted ({algorithm[:20]!r}); have it use RS256")
    key = await keys.find(metadata.keys, kid, algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=settings.client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_iss": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise SignInFailed(f"the provider's answer is not to be trusted: {_why(error)}; sign in again") from error
    _check_issuer(claims, settings, metadata, key.issuer)
    _check_party(claims, settings)
    _check_nonce(claims, nonce)
    return claims


def _header(token: str) -> Mapping[str, Any]:
    if len(token) > LENGTH_MAX:
        raise SignInFailed("the provider's answer is too long; have it put fewer groups into the token")
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise SignInFailed("the provider's answer holds no id token that can be read; check client_id") from error


def _check_issuer(claims: Claims, settings: ProviderSettings, metadata: Metadata, of_key: str) -> None:
    tenant = text_of(claims, "tid")
    expected = metadata.issuer.replace(TENANT, tenant)
    if claims["iss"] != expected or (of_key and of_key.replace(TENANT, tenant) != expected):
        raise SignInFailed("the provider's answer is of another issuer; check issuer, and sign in again")
    if settings.tenants and tenant not in settings.tenants:
        raise SignInFailed(
            f"the tenant {tenant[:80]!r} is not among those that may sign in here; add it to oidc.tenants if it should"
        )


def _check_party(claims: Claims, settings: ProviderSettings) -> None:
    """Where a token is for several, one asked for it: that must have been us."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp")
    if (several and party is None) or (party is not None and party != settings.client_id):
        raise SignInFailed("the provider's answer was made for another application; check client_id")


def _check_nonce(claims: Claims, nonce: str) -> None:
    if not hmac.compare_digest(text_of(claims, "nonce").encode("utf-8", "surrogatepass"), nonce.encode()):
        raise SignInFailed("the provider's answer belongs to another sign-in; sign in again")


def _why(error: Exception) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired, or the clock of this machine is wrong"
        case jwt.ImmatureSignatureError():
            return "it is from the future, or the clock of this machine is wrong"
        case jwt.InvalidAudienceError():
            return "it is for another application than client_id"
        case jwt.InvalidSignatureError():
            return "its signature is wrong"
        case jwt.MissingRequiredClaimError():
            return f"it lacks {error.claim}"
        case _:
            return "it cannot be read"
