"""The line to Azure Resource Manager: one azure-core pipeline, and one way to ask."""

from __future__ import annotations

import asyncio
import platform
import zlib
from collections.abc import AsyncIterator, Mapping
from copy import copy
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from azure.core.exceptions import AzureError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import AsyncHTTPPolicy, HeadersPolicy, RequestIdPolicy, UserAgentPolicy
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy

from rollset import __version__
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import NotFound, StrayLink, Unreachable
from rollset.arm.knock import KnockPolicy
from rollset.arm.pauses import OnPause, pause
from rollset.arm.reply import Page, Reply
from rollset.arm.retry import Request, Response, RetryPolicy, reason
from rollset.arm.sign_in import Credential, SignIn
from rollset.arm.tally import count
from rollset.arm.throttle import Budgets, time_scale, told

CONNECT_SECONDS_MAX = 10.0
READ_SECONDS_MAX = 90.0
"""Silence within an answer. ARM gives up on a slow provider by itself and answers 504; this is for a dead line."""

PAGES_MAX = 10_000
"""Pages of one list; what goes on beyond them has no end."""

Item = TypeVar("Item")

_PATH = "/%:@!$&'()*+,;=~"
"""What stays as it is in a path; a percent sign, because segments from outside arrive quoted."""

Transport = AsyncHttpTransport[HttpRequest, AsyncHttpResponse]


class BudgetPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Counts every request that leaves, and holds it back while its bucket is nearly empty."""

    def __init__(self, on_pause: OnPause, *, emulated: bool) -> None:
        super().__init__()
        self.requests = 0
        self._budgets = Budgets()
        self._on_pause = on_pause
        self._emulated = emulated

    async def send(self, request: Request) -> Response:
        clock = asyncio.get_running_loop()
        lane = _lane(request.http_request.method, request.http_request.url)
        seconds = self._budgets.reserve(lane, clock.time())
        if seconds > 0:
            await pause(
                self._on_pause, "Azure would take few more requests just now", seconds, request.context["attempted"]
            )
        self.requests += 1
        count()
        response = await self.next.send(request)
        headers = response.http_response.headers
        if self._emulated:
            self._budgets.scale = time_scale(headers)
        self._budgets.learn(lane, told(headers), clock.time())
        return response

    def seconds_until(self, method: str, url: str, requests: int, keep: float = 0.0) -> float:
        """How long until so many requests to this address in a row would not be held back, with a share kept."""
        return self._budgets.seconds_until(_lane(method, url), requests, asyncio.get_running_loop().time(), keep)


class Line:
    """Asks one endpoint, with sign-in, retries and budgets; answers are whole replies, refusals are `ArmError`s."""

    def __init__(
        self, endpoint: Endpoint, credential: Credential | None, transport: Transport | None, on_pause: OnPause
    ) -> None:
        self.endpoint = endpoint
        self._sign_in = SignIn(credential)
        self._budget = BudgetPolicy(on_pause, emulated=endpoint.loopback)
        self._once = False
        policies: list[Any] = [
            RequestIdPolicy(),
            # Of what aiohttp would offer to unpack by itself, azure-core knows these two.
            HeadersPolicy({"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}),
            UserAgentPolicy(base_user_agent=f"rollset/{__version__} Python/{platform.python_version()}"),
            RetryPolicy(on_pause),
            # From here on once for each try.
            *([KnockPolicy(endpoint)] if transport is None else []),
            AsyncARMChallengeAuthenticationPolicy(self._sign_in, endpoint.scope),
            self._budget,
        ]
        self._pipeline: AsyncPipeline[HttpRequest, AsyncHttpResponse] = AsyncPipeline(
            transport or _transport(endpoint), policies
        )

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included; signing in is another line."""
        return self._budget.requests

    @property
    def once(self) -> Line:
        """The same line, on which nothing is sent twice: for whoever looks again anyway, and wants to know at once."""
        line = copy(self)
        line._once = True  # noqa: SLF001 (it is our own)
        return line

    async def __aenter__(self) -> Self:
        await self._pipeline.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pipeline.__aexit__()
        await self._sign_in.close()

    def seconds_until(self, method: str, path: str, requests: int, keep: float = 0.0) -> float:
        """How long until so many requests in a row to a path of this endpoint would not be held back.

        `keep` is a share of each of Azure's buckets that shall stay in it, for others.
        """
        return self._budget.seconds_until(method, f"{self.endpoint}{quote(path, safe=_PATH)}", requests, keep)

    async def ask(
        self,
        attempted: str,
        method: str,
        path: str,
        api_version: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        etag: str | None = None,
        missing: type[NotFound] = NotFound,
        once: bool = False,
    ) -> Reply:
        """Sends one request to a path of this endpoint.

        `attempted` names it in errors and pauses; `missing` is what its 404 means; `once` has it never repeated.

        Raises:
            ArmError: Azure did not do it; see the tree in `arm.errors`.
        """
        parameters = urlencode({**(query or {}), "api-version": api_version}, safe="$", quote_via=quote)
        headers = {} if body is None else {"Content-Type": "application/json"}
        if etag is not None:
            headers["If-Match"] = etag
        address = f"{self.endpoint}{quote(path, safe=_PATH)}?{parameters}"
        request = HttpRequest(method, address, headers=headers, content=body)
        reply = await self._send(attempted, request, once=once)
        if not reply.succeeded:
            raise reply.error(missing)
        return reply

    async def follow(self, attempted: str, url: str) -> Reply:
        """Reads a link from an answer, exactly as it was given, whatever its status turns out to be.

        Raises:
            StrayLink: it leads to another host.
            ArmError: there was no answer.
        """
        if not self.endpoint.owns(url):
            raise StrayLink(attempted, _host(url))
        return await self._send(attempted, HttpRequest("GET", url))

    async def all(
        self, first: Reply, decoder: msgspec.json.Decoder[Page[Item]], missing: type[NotFound]
    ) -> AsyncIterator[tuple[Item, Reply]]:
        """Every item of the list that begins with `first`, each with the page that it came on.

        Raises:
            Unreadable: the list does not end.
        """
        async for items, reply in self.pages(first, decoder, missing):
            for item in items:
                yield item, reply

    async def pages(
        self, first: Reply, decoder: msgspec.json.Decoder[Page[Item]], missing: type[NotFound]
    ) -> AsyncIterator[tuple[list[Item], Reply]]:
        """The items of the list that begins with `first`, page by page.

        Raises:
            Unreadable: the list does not end.
        """
        reply = first
        followed: set[str] = set()
        for _ in range(PAGES_MAX):
            page = reply.decode(decoder)
            yield page.value or [], reply
            if not page.next_link:
                return
            if page.next_link in followed:
                raise reply.unreadable("the list leads back to a page already read")
            followed.add(page.next_link)
            reply = await self.follow(first.attempted, page.next_link)
            if not reply.succeeded:
                raise reply.error(missing)
        raise reply.unreadable(f"the list does not end after {PAGES_MAX} pages")

    async def _send(self, attempted: str, request: HttpRequest, *, once: bool = False) -> Reply:
        # A token over plain HTTP is allowed where `Endpoint.parse` and `Endpoint.owns` allowed plain HTTP: on loopback.
        plain = {"enforce_https": False} if self.endpoint.loopback else {}
        try:
            result = await self._pipeline.run(request, attempted=attempted, once=once or self._once, **plain)
        except AzureError as error:
            raise Unreachable(attempted, self.endpoint.url, reason(error)) from error
        except (zlib.error, ValueError) as error:
            # Neither azure-core nor aiohttp makes its own error of a body that is not packed as its header says, or of
            # an address that cannot be sent.
            raise Unreachable(attempted, self.endpoint.url, f"no sound answer: {error}") from error
        response = result.http_response
        return Reply(
            attempted=attempted, status=response.status_code, headers=response.headers, body=response.content or b""
        )


def _lane(method: str, url: str) -> str:
    return f"{method} {urlsplit(url).path.lower()}"


def _transport(endpoint: Endpoint) -> Transport:
    """Real sockets. No proxy from the environment is used towards this machine: it would see a token in plain HTTP."""
    transport: Transport = AioHttpTransport(
        connection_timeout=CONNECT_SECONDS_MAX,
        read_timeout=READ_SECONDS_MAX,
        use_env_settings=not endpoint.loopback,
    )
    return transport


def _host(url: str) -> str:
    """As much of a link as may be shown: its query may carry a signature."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}"
