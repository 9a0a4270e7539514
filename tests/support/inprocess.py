"""Azure in the same process: an azure-core transport that calls an ASGI app, and a credential that needs no sign-in.

Together with `VirtualLoop` a test drives the real client against the real emulator without a socket or a second of waiting.

    transport = AppTransport(create_app(world))
    async with Azure.open(Endpoint.parse("http://localhost"), credential=StaticCredential(), transport=transport) as azure:
        ...

Faults of the line itself, which no HTTP answer can show, are told to the transport: `transport.fail(ConnectionRefused())`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import (
    AzureError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import case_insensitive_dict

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

READ_SECONDS_MAX = 300.0
"""How long an answer may take where the caller named no `read_timeout`; as azure-core does."""


def connection_refused() -> ServiceRequestError:
    """Nobody listens there."""
    return ServiceRequestError("Cannot connect to host localhost:80 ssl:default [Connect call failed]")


def reply_lost() -> ServiceResponseError:
    """The line broke after the request went out; see `AppTransport.fail(..., after=True)`."""
    return ServiceResponseError("Server disconnected")


@dataclass(slots=True)
class _Answer:
    """What the app has said so far."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    complete: bool = False

    def take(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                self.status = int(message["status"])
                for name, value in message.get("headers", ()):
                    key, text = name.decode("latin-1"), value.decode("latin-1")
                    # aiohttp's azure-core transport joins repeated lines in the same way.
                    self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text
            case "http.response.body":
                self.chunks.append(bytes(message.get("body", b"")))
                self.complete = not message.get("more_body", False)


class AppResponse(AsyncHttpResponseImpl):
    """A whole answer, already in memory."""

    def __init__(self, request: HttpRequest, answer: _Answer) -> None:
        headers = case_insensitive_dict(answer.headers)
        super().__init__(
            request=request,
            internal_response=None,
            status_code=answer.status,
            reason="",
            content_type=headers.get("content-type"),
            headers=headers,
            stream_download_generator=_no_stream,
        )
        self._content = b"".join(answer.chunks)
        self._is_closed = True


def _no_stream(**_: Any) -> AsyncIterator[bytes]:
    raise NotImplementedError("answers are read whole")


class AppTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """Sends each request to `app` as `http` would, one ASGI call a request.

    `sent` counts the requests that reached the line, and `urls` keeps them in order. An app that raises, or ends before its
    answer does, looks to the client like a broken connection.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.sent = 0
        self.requests: list[HttpRequest] = []
        self._faults: deque[tuple[AzureError, bool]] = deque()

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]

    def fail(self, error: AzureError, *, times: int = 1, after: bool = False) -> None:
        """Makes the next requests fail with `error`; with `after`, the app does the work and only its answer is lost."""
        self._faults.extend([(error, after)] * times)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, request: HttpRequest, **options: Any) -> AppResponse:
        self.sent += 1
        self.requests.append(request)
        error, after = self._faults.popleft() if self._faults else (None, False)
        if error is not None and not after:
            raise error
        answer = await self._call(request, options.get("read_timeout", READ_SECONDS_MAX))
        if error is not None:
            raise error
        return AppResponse(request, answer)

    async def _call(self, request: HttpRequest, seconds: float) -> _Answer:
        answer = _Answer()
        incoming: deque[Message] = deque([{"type": "http.request", "body": _body(request), "more_body": False}])

        async def receive() -> Message:
            if incoming:
                return incoming.popleft()
            await asyncio.Event().wait()  # The client stays until it has its answer.
            raise AssertionError

        async def send(message: Message) -> None:
            answer.take(message)

        try:
            async with asyncio.timeout(seconds):
                await self.app(_scope(request), receive, send)
        except TimeoutError as error:
            raise ServiceResponseTimeoutError("no answer in time", error=error) from error
        except Exception as error:
            raise ServiceResponseError("Server disconnected", error=error) from error
        if answer.status is None:
            raise ServiceResponseError("Server disconnected")
        if not answer.complete:
            raise IncompleteReadError("Response payload is not completed")
        return answer


def _body(request: HttpRequest) -> bytes:
    content = request.content
    match content:
        case None:
            return b""
        case str():
            return content.encode()
        case bytes():
            return content
        case _:
            raise TypeError(f"cannot send {type(content).__name__}")


def _scope(request: HttpRequest) -> Scope:
    url = urlsplit(request.url)
    headers = {"host": url.netloc, **{name.lower(): value for name, value in request.headers.items()}}
    path = url.path or "/"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "root_path": "",
        "query_string": url.query.encode("ascii"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": (url.hostname or "localhost", url.port or (443 if url.scheme == "https" else 80)),
        "state": {},
    }


class StaticCredential:
    """Has a token, always the same one, that outlasts any virtual time. `asked` lists the scopes of each request for it."""

    EXPIRES_ON = 32_503_680_000  # The year 3000.

    def __init__(self, token: str = "static-token") -> None:
        self.token = token
        self.asked: list[tuple[str, ...]] = []

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked.append(scopes)
        return AccessToken(self.token, self.EXPIRES_ON)

    async def get_token_info(self, *scopes: str, **_: Any) -> AccessTokenInfo:
        self.asked.append(scopes)
        return AccessTokenInfo(self.token, self.EXPIRES_ON)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...
