"""What a provider says of itself (OpenID Connect Discovery 1.0), kept for an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rollset.web.access.oidc.documents import Asker, Document, check_address, text_of
from rollset.web.access.oidc.faults import SignInFailed
from rollset.web.access.settings import ProviderSettings

KEPT_SECONDS = 3600.0

TENANT = "{tenantid}"
"""In the issuer of Entra's documents for many tenants: there each token names its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The part of it that we need."""

    issuer: str
    authorization: str
    token: str
    keys: str
    answers_with_issuer: bool
    """Whether it says in its answer to the browser who answers (RFC 9207)."""
    secret_in_header: bool
    """Whether it takes the client's secret as Basic authentication; else in the form."""

    @property
    def is_for_many(self) -> bool:
        return TENANT in self.issuer


class Discovery:
    """The metadata of one provider."""

    def __init__(self, settings: ProviderSettings, asker: Asker, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._asker = asker
        self._clock = clock
        self._known: Metadata | None = None
        self._read_at = 0.0

    async def metadata(self) -> Metadata:
        """As read within the last hour.

        Raises:
            SignInFailed: it cannot be read, or is that of somebody else.
        """
        if self._known is None or self._clock() - self._read_at > KEPT_SECONDS:
            url = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            document = await self._asker.get("the provider's configuration", url)
            self._known, self._read_at = self._read(document), self._clock()
        return self._known

    def _read(self, document: Document) -> Metadata:
        issuer, wanted = text_of(document, "issuer"), self._settings.issuer
        if issuer != wanted and not (self._settings.tenants and TENANT in issuer):
            raise SignInFailed(
                f"the provider at {wanted} calls itself {issuer[:200]!r}; write that as issuer, if it is the right one"
                + ("" if TENANT not in issuer else ", and list tenants")
            )
        places = {name: text_of(document, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        for name, place in places.items():
            check_address(f"the provider's {name}", place)
        ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            issuer=issuer,
            authorization=places["authorization_endpoint"],
            token=places["token_endpoint"],
            keys=places["jwks_uri"],
            answers_with_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            secret_in_header=isinstance(ways, list) and "client_secret_post" not in ways,
        )
