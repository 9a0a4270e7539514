"""Asks a provider over HTTP: briefly, within bounds, and only where it said it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from rollset.web.access.oidc.faults import ProviderAway, SignInFailed
from rollset.web.access.sites import LOOPBACK

SECONDS_MAX = 10.0
BYTES_MAX = 512 * 1024
SHOWN_MAX = 200

Document = dict[str, Any]
"""What a provider says, still to be checked by whoever reads it."""


class Asker:
    """The line to one provider, opened when it is first needed."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, what: str, url: str) -> Document:
        """A document that everybody may read."""
        status, document = await self._ask(what, "GET", url, {}, {})
        if status != 200:  # noqa: PLR2004 (OK)
            raise ProviderAway(f"{what} could not be read from {url}: it answered {status}; try again, or check issuer")
        return document

    async def post(
        self, what: str, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Document]:
        """What it answers to a form."""
        return await self._ask(what, "POST", url, fields, headers)

    async def _ask(
        self, what: str, method: str, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Document]:
        check_address(what, url)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS_MAX),
                headers={"accept": "application/json"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        try:
            async with self._session.request(
                method, url, data=fields or None, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.content.read(BYTES_MAX + 1)
                while len(body) <= BYTES_MAX and (more := await answer.content.read(BYTES_MAX)):
                    body += more
                return answer.status, _document(what, url, answer.status, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = str(error) or type(error).__name__
            raise ProviderAway(f"{what} could not be asked at {url}: {why[:SHOWN_MAX]}; try again later") from error


def _document(what: str, url: str, status: int, body: bytes) -> Document:
    if len(body) > BYTES_MAX:
        raise ProviderAway(f"{what} at {url} answered more than {BYTES_MAX // 1024} KiB; check issuer")
    try:
        return msgspec.json.decode(body, type=Document)
    except ValueError as error:
        raise ProviderAway(f"{what} at {url} answered {status} and no JSON object; check issuer") from error


def check_address(what: str, url: str) -> None:
    """Refuses addresses over which anybody on the way could answer in the provider's place."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and host in LOOPBACK | {"::1"}:
        return
    raise SignInFailed(f"{what} is said to be at {url[:SHOWN_MAX]!r}, which is no https address; check the provider")


def text_of(document: Mapping[str, Any], name: str) -> str:
    """A text in it; empty where there is none."""
    value = document.get(name)
    return value if isinstance(value, str) else ""
