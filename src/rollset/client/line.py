"""One line to a dashboard: asks, and turns whatever comes back into a document or into one sentence.

A look is repeated where nobody answers, once somebody has: a server that is started anew comes back. Where nobody has
yet, and the port is shut, anything is tried again for some seconds, for nothing was sent. What changes something is
sent once, and if its answer is lost that is said; whoever sent it looks before he sends it again.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from rollset import __version__
from rollset.client.address import TOKEN, Address
from rollset.client.faults import Away, Lost, NoListener, NotAdmitted, Refusal, ServerError, Stranger
from rollset.client.told import read_told
from rollset.core.errors import UsageError
from rollset.faces.durations import spoken_duration
from rollset.faces.journals import VERSION_HEADER

CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 120.0
"""A plan looks at a large set as often as Azure lets it."""

RESTART_SECONDS_MAX = 300.0
"""So long a look is repeated while nobody answers."""

OPEN_SECONDS_MAX = 15.0
"""So long a shut port is tried again by whoever was never answered there: about as long as a server takes to start."""

AGAIN_SECONDS = 1.0

KEEP_SECONDS = 2.0
"""A connection is used again within so long: after a question to the user the server has closed it, unnoticed."""

BODY_BYTES_MAX = 256 * 1024 * 1024
"""The journal of the longest rollout of the largest set is smaller."""

WORDS_MAX = 1000
"""So much is told of what a server says."""

VERSION_MAX = 40

GATEWAY = (502, 503, 504)
"""What stands before a server says so while it is away."""

Json = dict[str, Any]


class Line:
    """Open as long as the `async with` block lasts. `tell` is told when a look has to wait for the server."""

    def __init__(self, address: Address, tell: Callable[[str], None]) -> None:
        self._address = address
        self._session: aiohttp.ClientSession | None = None
        self._met = False
        self._version = ""
        self.tell = tell

    @property
    def url(self) -> str:
        return self._address.url

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={
                "Authorization": f"Bearer {self._address.token}",
                "Accept": "application/json",
                "User-Agent": f"rollset/{__version__}",
            },
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX, sock_connect=CONNECT_SECONDS_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
            # One of our own, for aiohttp has made its default before anybody could name an authority.
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(), keepalive_timeout=KEEP_SECONDS),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None, "it was opened"
        await self._session.close()

    async def read(self, path: str, **query: object) -> Json:
        """What is there now; patient with a server that has answered before, or that is about to start.

        Raises:
            ServerError: there is no document; see `faults`.
        """
        return await self._patiently(lambda: self._ask("GET", path, query), self._of_a_look)

    async def consult(self, path: str, body: Json | bytes, **query: object) -> Json:
        """What is answered to a body that changes nothing: asked for as a look is.

        Raises:
            ServerError: there is no document; see `faults`.
        """
        return await self._patiently(lambda: self._ask("POST", path, query, body, lost=Away), self._of_a_look)

    async def send(self, path: str, body: Json | bytes, **query: object) -> Json:
        """What came of something that changes the world; it is sent once.

        Raises:
            Away: it was not sent.
            Lost: nobody knows whether it was done.
            ServerError: it was not done; see `faults`.
        """
        return await self._patiently(lambda: self._ask("POST", path, query, body, lost=Lost), _while_shut)

    def _of_a_look(self, error: Away) -> float:
        return RESTART_SECONDS_MAX if self._met else _while_shut(error)

    async def _patiently(self, ask: Callable[[], Awaitable[Json]], patience: Callable[[Away], float]) -> Json:
        """Asks until there is an answer, as long as the fault is worth it."""
        since: float | None = None
        while True:
            try:
                found = await ask()
            except Away as error:
                now, bound = time.monotonic(), patience(error)
                if not bound or (since is not None and now - since > bound):
                    raise
                if since is None:
                    since = now
                    self.tell(f"{str(error).rstrip('?')}; asking again for {spoken_duration(bound)}")
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                if since is not None:
                    self.tell(f"{self.url} answers {'again' if self._met else 'now'}")
                self._met = True
                return found

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: Json | bytes | None = None,
        lost: type[ServerError] = Away,
    ) -> Json:
        """One request; `lost` is what it means that it was sent and no answer came."""
        assert self._session is not None, "it was opened"
        url = f"{self.url}/api/{path}"
        try:
            async with self._session.request(
                method,
                url,
                params=_told(query),
                data=json.dumps(body).encode() if isinstance(body, dict) else body,
                headers={} if body is None else {"Content-Type": _kind(body)},
                allow_redirects=False,
                proxy=_proxy_for(self.url),
            ) as response:
                return self._document(response, await _all(response, self.url), lost)
        except aiohttp.ClientConnectorCertificateError as error:
            raise Stranger(self._say_untrusted(error.certificate_error)) from error
        except aiohttp.ClientSSLError as error:
            raise Stranger(
                f"{self.url} does not speak TLS as it should ({_reason(error.os_error)}); is the port right?"
            ) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            shut = isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.ECONNREFUSED
            raise (NoListener if shut else Away)(
                f"cannot reach the dashboard at {self.url} ({_reason(error)}); is `rollset serve` running there, and "
                "the address right?"
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"the dashboard at {self.url} was asked, and no answer came ({_reason(error)})"
            raise lost(words) from error

    def _document(self, response: aiohttp.ClientResponse, body: bytes, away: type[ServerError]) -> Json:
        status = response.status
        self._version = response.headers.get(VERSION_HEADER, self._version)[:VERSION_MAX]
        told = read_told(body, self.stranger)
        if response.ok and told is not None:
            return told
        detail = None if told is None else told.get("detail")
        if isinstance(detail, str) and told is not None:
            raise self._refusal(status, told, detail, away)
        if status in GATEWAY:
            raise away(f"the dashboard at {self.url} is away (status {status} of whoever stands before it)")
        if 300 <= status < 400:  # noqa: PLR2004 (the class of redirects)
            raise Stranger(
                f"{self.url} leads elsewhere (status {status}), and nobody goes there, for the token would go along; "
                "name the dashboard's own address"
            )
        raise Stranger(
            f"{self.url} answers, and not as a dashboard does (status {status}, {response.content_type}); is the "
            "address right?"
        )

    def _refusal(self, status: int, told: Json, detail: str, away: type[ServerError]) -> ServerError:
        in_flags = told.get("in_flags")
        words = " ".join((in_flags if isinstance(in_flags, str) else detail).split())[:WORDS_MAX].removesuffix(".")
        exit_status, request = told.get("exit_status"), told.get("request")
        if isinstance(exit_status, int):
            azure = told.get("azure") or {}
            return Refusal(_with_faults(words, told), exit_status, azure.get("code"), azure.get("request_id"))
        match status:
            case 401 | 403:
                return NotAdmitted(f"{self.url} does not allow this to the token of {TOKEN}: {words}")
            case 422:
                return Refusal(_with_faults(words, told), UsageError.exit_status)
            case 404 | 405:
                return self.stranger(words)
            case 503:
                return away(f"the dashboard at {self.url} cannot answer now: {words}")
            case _:
                named = f" (request {request})" if request else ""
                return ServerError(f"{self.url} did not do it (status {status}): {words}{named}")

    def stranger(self, why: str) -> Stranger:
        """It is a dashboard, and of another version."""
        theirs = f", rollset {self._version}," if self._version else ""
        return Stranger(
            f"the dashboard at {self.url}{theirs} and this rollset {__version__} do not understand each other ({why}); "
            "use the version of rollset that runs there"
        )

    def _say_untrusted(self, error: Exception) -> str:
        why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else type(error).__name__
        return (
            f"the certificate of {self.url} is not to be trusted ({why}), so nothing was sent; if it is signed by an "
            "authority of your own, name that authority's file in SSL_CERT_FILE"
        )


def _kind(body: Json | bytes) -> str:
    return "application/json" if isinstance(body, dict) else "application/yaml"


def _told(query: Mapping[str, object]) -> list[tuple[str, str]]:
    """A list is told one by one, and what is `None` not at all."""
    each = [(name, one) for name, value in query.items() for one in (value if isinstance(value, list) else [value])]
    return [(name, str(one)) for name, one in each if one is not None]


async def _all(response: aiohttp.ClientResponse, url: str) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise Stranger(f"{url} answers with more than any dashboard does; is the address right?")
    return bytes(body)


def _with_faults(words: str, told: Json) -> str:
    """Of a file that was sent, every fault is told."""
    faults = [one for one in told.get("faults") or () if isinstance(one, dict)]
    if not faults:
        return words
    return "; ".join(f"{one.get('path')}: {one.get('text')}" for one in faults)


def _reason(error: Exception) -> str:
    """In the system's own words: those of aiohttp hold addresses, and come in several lines."""
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return "not in time"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection was cut off"


def _while_shut(error: Away) -> float:
    """How long to try again what was never sent."""
    return OPEN_SECONDS_MAX if isinstance(error, NoListener) else 0.0


def _proxy_for(url: str) -> str | None:
    """What the environment says; nothing for this machine, where plain HTTP is spoken."""
    parts = urlsplit(url)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get("https")
