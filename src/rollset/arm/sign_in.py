"""Signing in, only when a token is first needed: azure-identity takes longer to load than many commands take to run."""

from __future__ import annotations

import logging
import re
from typing import Protocol, Self

from azure.core.credentials import AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError

from rollset.arm.errors import NotSignedIn

# azure-identity logs its whole list of failures as a warning, which Python prints where no handler is set.
logging.getLogger("azure.identity").addHandler(logging.NullHandler())

_TRIED = re.compile(r"^\t(?P<credential>\w+): (?P<reason>.+)$", re.MULTILINE)
_CLI = "AzureCliCredential"


class Credential(Protocol):
    """Any credential of `azure.identity.aio`."""

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo: ...

    async def close(self) -> None: ...


class SignIn:
    """The caller's credential, or else azure-identity's default, unchanged; its failures come as one sentence."""

    def __init__(self, given: Credential | None) -> None:
        self._given = given
        self._default: Credential | None = None

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A token for `scopes`; the pipeline keeps it and asks again before it expires.

        Raises:
            NotSignedIn: no credential gave one.
        """
        try:
            return await self._credential().get_token_info(*scopes, options=options)
        except (AzureError, ValueError, OSError) as error:
            reason = useful_reason(str(error)) or "no credential gave a token"
            raise NotSignedIn("signing in to Azure", azure_message=reason) from error

    def _credential(self) -> Credential:
        if self._given is not None:
            return self._given
        if self._default is None:
            from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 (see the module's docstring)

            self._default = DefaultAzureCredential()
        return self._default

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes what was opened here; a given credential belongs to its giver."""
        if self._default is not None:
            await self._default.close()


def useful_reason(message: str) -> str:
    r"""The line that matters of azure-identity's answer, which lists each credential that it tried.

    The list ends with the credential that was there but failed. Where it runs on past the Azure CLI's, none was there,
    and what the Azure CLI's says is what most people can act on.

    >>> useful_reason("Failed.\n\tEnvironmentCredential: not set up\n\tAzureCliCredential: Please run 'az login'\n")
    "AzureCliCredential: Please run 'az login'"
    """
    tried = {found["credential"]: found["reason"].strip() for found in _TRIED.finditer(message)}
    if not tried:
        return message.strip().partition("\n")[0]
    decisive = _CLI if _CLI in tried else next(reversed(tried))
    return f"{decisive}: {tried[decisive]}"
