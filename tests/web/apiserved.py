"""The API over real HTTP: behind its guard, over an emulator, with a token for each role."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from jsonschema import Draft202012Validator

from rollset.arm.pauses import unheard
from rollset.cli.beginning import queue_name
from rollset.cli.demo import environment
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import open_azure
from rollset.emulator.server import Ready
from rollset.engine.durable.database import Database
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import open_database
from rollset.fleet.inventory import open_inventory
from rollset.web.access.access import Access
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings
from rollset.web.accounts import Accounts
from rollset.web.app import create_app
from rollset.web.listening import configured
from rollset.web.looks import Looks
from rollset.web.site import Site

SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def document(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The API as it listens. `tokens` are headers, by role."""

    port: int
    tokens: Mapping[str, Mapping[str, str]]
    ready: Ready
    state: Path

    @property
    def set(self) -> str:
        return f"/api/sets/{self.ready.subscription_id}/myrg/web"

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: str | None = "operator",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; a body that is no bytes is sent as JSON."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        own = {**(self.tokens[role] if role else {}), **(headers or {})}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not None:
            own = {"Content-Type": "application/json", **own}
        try:
            line.request(method, path, content, own)
            response = line.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            # Of a stream, that it began is enough.
            is_stream = told.get("content-type", "").startswith("text/event-stream")
            return Answer(response.status, told, "" if is_stream else response.read().decode())
        finally:
            line.close()

    def get(self, path: str, role: str | None = "viewer") -> Any:
        """The document that is answered."""
        answer = self.ask("GET", path, role=role)
        assert answer.status == 200, answer.text
        return answer.document

    def events(self, path: str, count: int) -> list[tuple[str, Any]]:
        """The first events of a stream."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        try:
            line.request("GET", path, headers=dict(self.tokens["viewer"]))
            response = line.getresponse()
            assert response.status == 200
            return list(_read(response, count))
        finally:
            line.close()

    @property
    def description(self) -> Any:
        return self.get("/api/openapi.json")


def _read(response: http.client.HTTPResponse, count: int) -> Iterator[tuple[str, Any]]:
    event = ""
    while count and (raw := response.readline()):
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            count -= 1
            yield event, json.loads(value)


def faults(description: Any, path: str, method: str, answer: Answer) -> list[str]:
    """How an answer differs from what the description promises."""
    told = description["paths"][path.removeprefix("/api")][method.lower()]["responses"].get(str(answer.status))
    if told is None:
        return [f"{method} {path} answers {answer.status}, which is not described: {answer.text[:200]}"]
    kind = answer.headers["content-type"].partition(";")[0]
    if kind not in told["content"]:
        return [f"{method} {path} answers {kind}"]
    schema = {**told["content"][kind]["schema"], "components": description["components"]}
    return [
        f"{one.json_path}: {one.message[:200]}" for one in Draft202012Validator(schema).iter_errors(answer.document)
    ]


async def site_over(stack: AsyncExitStack, database: Database, ready: Ready, *, brings_worker: bool = False) -> Site:
    """What pages need, over the emulator `ready`; no worker is there."""
    connection = ConnectionFlags(subscription=None, endpoint=ready.http)
    presence = stack.enter_context(Presence(database))
    azure = await stack.enter_async_context(open_azure(connection, unheard))
    inventory = await stack.enter_async_context(open_inventory(azure, (ready.subscription_id,), clock=time.time))
    return Site(
        azure=azure,
        presence=presence,
        endpoint=queue_name(connection),
        inventory=inventory,
        looks=Looks(azure, inventory),
        accounts=Accounts(presence),
        brings_worker=brings_worker,
    )


@contextmanager
def api_served(ready: Ready, state: Path, *, brings_worker: bool = False) -> Iterator[Api]:
    """The API, for as long as the block lasts; no worker carries out what is begun, if one is on its way or not."""
    started: Future[Api] = Future()
    leaving = threading.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            database = stack.enter_context(open_database(SqliteState(directory=state)))
            port = listener.getsockname()[1]
            access = await stack.enter_async_context(Access(database, AccessSettings.of_loopback(port)))
            site = await site_over(stack, database, ready, brings_worker=brings_worker)
            server = _Server(configured(create_app(site, access)))
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
            tokens = {role.value: _token(access, role.value, role) for role in Role}
            started.set_result(Api(port=port, tokens=tokens, ready=ready, state=state))
            await asyncio.to_thread(leaving.wait)
            site.closing.set()
            server.should_exit = True
            await task

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    with environment(ready.env):
        thread = threading.Thread(target=run, name="api")
        thread.start()
        try:
            yield started.result(SECONDS_MAX)
        finally:
            leaving.set()
            thread.join(SECONDS_MAX)
            assert not thread.is_alive(), "the API does not end"


def _token(access: Access, name: str, *roles: Role) -> dict[str, str]:
    if name in {one.name for one in access.tokens.list()}:  # That of an earlier server on the same state.
        access.tokens.remove(name)
    made = access.tokens.add(name, roles, made_by="test", at=time.time(), ends_at=None)
    return {"Authorization": f"Bearer {made}"}


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
