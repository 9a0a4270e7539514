"""A small application behind the guard, served over real HTTP in a thread, and callers as careless as attackers are."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from rollset.engine.durable.access.person import Person
from rollset.engine.durable.database import Database
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.ready import open_database
from rollset.web.access.access import Access
from rollset.web.access.asking import acting, audit_log, csrf_token, needs, who_of
from rollset.web.access.install import install
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings
from rollset.web.access.who import How, Who
from rollset.web.listening import configured

Operator = Annotated[Who, Depends(needs(Role.OPERATOR))]
Approver = Annotated[Who, Depends(needs(Role.APPROVER))]

SECONDS_MAX = 60.0
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Clock:
    """Stands still unless a test turns it on."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def document(self) -> Any:
        return json.loads(self.text)


@dataclass(slots=True)
class Behind:
    """What was done behind the guard, and by whom."""

    done: list[tuple[str, str]] = field(default_factory=list)


Build = Callable[[AsyncExitStack, Database, Access], Awaitable[FastAPI]]
"""What makes an application that is guarded already; what it holds is given back with the stack."""


def small_app(behind: Behind) -> FastAPI:
    """A route for each role, and the kinds of thing that go wrong."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    @app.get("/view")
    async def view(request: Request) -> HTMLResponse:
        return HTMLResponse(f"<p>Secret of the fleet, for {who_of(request).name}</p>{csrf_token(request)}")

    @app.get("/api/me")
    async def me(request: Request) -> JSONResponse:
        who = who_of(request)
        return JSONResponse({"name": who.name, "roles": sorted(who.roles), "csrf": csrf_token(request)})

    @app.api_route("/act", methods=["POST", "PUT", "PATCH", "DELETE"])
    @app.post("/api/act")
    async def act(request: Request, who: Operator) -> Response:
        async with acting(request, "restart", "set web", detail=(await request.body()).decode("latin-1")):
            behind.done.append(("act", who.name))
        return JSONResponse({"done": True})

    @app.post("/approve")
    async def approve(request: Request, who: Approver) -> Response:
        async with acting(request, "approve", "rollout web-1"):
            behind.done.append(("approve", who.name))
        return JSONResponse({"done": True})

    @app.post("/forgetful")
    async def forgetful(request: Request) -> Response:
        behind.done.append(("forgetful", who_of(request).name))
        return JSONResponse({"done": True})

    @app.get("/broken")
    async def broken() -> Response:
        raise ZeroDivisionError("the secret of the fleet")

    _streams(app, behind)
    return app


def _streams(app: FastAPI, behind: Behind) -> None:
    @app.get("/flood")
    async def flood() -> StreamingResponse:
        async def pour() -> Any:
            try:
                while True:
                    yield b"x" * 65536
                    await asyncio.sleep(0)
            finally:
                behind.done.append(("flood", "over"))

        return StreamingResponse(pour(), media_type="text/event-stream")

    @app.get("/live")
    @app.get("/live/stream")
    async def live() -> StreamingResponse:
        async def beat() -> Any:
            for number in itertools.count():
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.01)

        return StreamingResponse(beat(), media_type="text/event-stream")


@dataclass(slots=True, kw_only=True)
class Guarded:
    """The application as it listens, and what stands behind and beside it."""

    port: int
    access: Access
    clock: Clock
    behind: Behind
    loop: asyncio.AbstractEventLoop

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        host: str | None = None,
    ) -> Answer:
        """One request, just as it is given."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        try:
            line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self.host if host is None else host, **(headers or {})}.items():
                line.putheader(name, value)
            if body is not None and not {"transfer-encoding", "content-length"} & {
                one.lower() for one in headers or {}
            }:
                line.putheader("Content-Length", str(len(body)))
            line.endheaders(body)
            return answer_of(line.getresponse())
        finally:
            line.close()

    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[str]:
        """The lines of a stream, as long as they are read."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        try:
            line.request("GET", path, headers={"Host": self.host, **headers})
            response = line.getresponse()
            assert response.status == 200, response.read()
            while raw := response.readline():
                yield raw.decode()
        finally:
            line.close()

    def send(self, raw: bytes) -> bytes:
        """Bytes that need be no request, and what comes back before the line is cut."""
        came = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX) as line, suppress(ConnectionError):
            line.sendall(raw)
            while piece := line.recv(65536):
                came += piece
        return came

    def browser(self, *roles: Role, name: str = "anna@example.com", how: How = How.PROVIDER) -> Browser:
        """A browser in which somebody has signed in."""
        person = Person(name=name, subject=f"issuer {name}", how=how, roles=frozenset(roles))
        secret = self.access.sessions.begin(person, "127.0.0.1", self.clock())
        return Browser(guarded=self, cookies={self.access.cookie.name: signed(self.access, secret)})

    def link(self, name: str = "anna@desk") -> str:
        return f"/sign-in/link?key={self.access.links.make(name, self.clock())}"

    def token(self, *roles: Role, name: str = "ci", ends_at: float | None = None) -> dict[str, str]:
        """The headers of a machine."""
        token = self.access.tokens.add(name, roles, made_by="test", at=self.clock(), ends_at=ends_at)
        return {"Authorization": f"Bearer {token}"}

    def audited(self) -> list[tuple[str, str, str, str]]:
        """Who did what on what, and what came of it; the newest first."""
        entries = asyncio.run_coroutine_threadsafe(audit_log(self.access, 100), self.loop).result(SECONDS_MAX)
        return [(one.name, one.verb, one.target, str(one.outcome)) for one in entries]


def answer_of(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    cookies = tuple(value for name, value in response.getheaders() if name.lower() == "set-cookie")
    # Of a stream, that it began is enough.
    is_stream = "event-stream" in headers.get("content-type", "")
    return Answer(response.status, headers, "" if is_stream else response.read().decode("utf-8", "replace"), cookies)


def signed(access: Access, secret: str) -> str:
    """The value of the cookie with that secret, as the server writes it."""
    response = Response()
    access.cookie.write(response, secret, 60)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


@dataclass(slots=True, kw_only=True)
class Browser:
    """Sends its cookies wherever it is told to, and keeps those that it gets."""

    guarded: Guarded
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        own = {"Cookie": self.cookie} if self.cookies else {}
        answer = self.guarded.ask(method, path, {**own, "Accept": "text/html", **(headers or {})}, body)
        self.keep(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        for cookie in answer.cookies:
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def csrf(self) -> str:
        return self.ask("GET", "/api/me").document["csrf"]

    def post(self, path: str, fields: bytes = b"", **headers: str) -> Answer:
        """As a form of our own pages does."""
        body = b"csrf=" + self.csrf().encode() + (b"&" + fields if fields else b"")
        own = {"Content-Type": FORM, "Origin": f"http://{self.guarded.host}", "Sec-Fetch-Site": "same-origin"}
        return self.ask("POST", path, {**own, **headers}, body)


@contextmanager
def guarded(
    state: Path, settings: AccessSettings | None = None, clock: Clock | None = None, build: Build | None = None
) -> Iterator[Guarded]:
    """The small application, or the one that is built, for as long as the block lasts."""
    started: Future[Guarded] = Future()
    leaving = threading.Event()
    clock, behind = clock or Clock(), Behind()

    async def small(stack: AsyncExitStack, database: Database, access: Access) -> FastAPI:
        app = small_app(behind)
        install(app, access)
        return app

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            database = stack.enter_context(open_database(SqliteState(directory=state)))
            port = listener.getsockname()[1]
            access = await stack.enter_async_context(
                Access(database, settings or AccessSettings.of_loopback(port), clock)
            )
            server = _Server(configured(await (build or small)(stack, database, access)))
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
            loop = asyncio.get_running_loop()
            started.set_result(Guarded(port=port, access=access, clock=clock, behind=behind, loop=loop))
            await asyncio.to_thread(leaving.wait)
            server.should_exit = True
            await task

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="guarded")
    thread.start()
    try:
        yield started.result(SECONDS_MAX)
    finally:
        leaving.set()
        thread.join(SECONDS_MAX)
        assert not thread.is_alive()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def guess() -> str:
    """A secret of the right form that nobody gave out."""
    return secrets.token_urlsafe(32)
