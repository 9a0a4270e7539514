"""What comes back from whoever answers at the address of a dashboard: a document, or one sentence and what to do."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from rollset.cli.there import There
from rollset.client import line as lines
from rollset.client.address import Address
from rollset.client.faults import Away, Lost, NotAdmitted, Refusal, ServerError, Stranger
from rollset.client.line import Line
from rollset.engine.durable.ledger import RolloutRow

TOKEN = "rollset_secret"


def answer(status: int, body: object, *headers: str) -> bytes:
    told = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(told)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*head, "", ""]).encode() + told


def problem(status: int, detail: str, **more: object) -> bytes:
    return answer(status, {"detail": detail, "request": "r1", **more})


@asynccontextmanager
async def answering(
    *answers: bytes, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives these answers, one a request; and the heads of the requests that came."""
    asked: list[str] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(one[16:]) for one in head.split("\r\n") if one.lower().startswith("content-length: ")), 0)
        await reader.readexactly(length)
        asked.append(head)
        writer.write(left.pop(0))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}", asked


def line_to(url: str, tell: Callable[[str], None] = lambda _: None) -> Line:
    return Line(Address(url=url, token=TOKEN), tell)


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (problem(401, "The token that was sent opens nothing."), NotAdmitted, "ROLLSET_TOKEN: The token that was sent"),
        (problem(403, "This takes the role operator."), NotAdmitted, "takes the role operator"),
        (problem(409, "is another plan", exit_status=4), Refusal, "is another plan"),
        (problem(429, "try again in 7 s."), ServerError, "status 429): try again in 7 s"),
        (problem(500, "it failed"), ServerError, "status 500): it failed (request r1)"),
        (problem(404, "Not Found"), Stranger, "use the version of rollset that runs there"),
        (answer(200, "<html>"), Stranger, "not as a dashboard does (status 200, application/json)"),
        (answer(302, "", "Location: https://elsewhere.example.com/"), Stranger, "leads elsewhere (status 302)"),
        (answer(502, "<html>bad gateway"), Away, "status 502 of whoever stands before it"),
        (b"", Away, "no answer came"),
    ],
)
async def test_whatever_is_answered_is_one_sentence(told: bytes, kind: type[ServerError], words: str):
    async with answering(told) as (url, asked), line_to(url) as line:
        with pytest.raises(ServerError) as caught:
            await line.read("me")
    assert (type(caught.value), words in str(caught.value)) == (kind, True), str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(asked) == (1 if told else 2), "nobody goes elsewhere, or asks again but on a connection that was cut off"
    assert f"Authorization: Bearer {TOKEN}" in asked[0]


async def test_a_member_that_is_missing_is_told_wherever_it_is_looked_for():
    told = answer(200, {"rollouts": [{"id": "web-1", "approve_with": "x"}], "pages": 1}, "X-Rollset-Version: 9.9")
    async with answering(told) as (url, _), line_to(url) as line:
        with pytest.raises(
            Stranger, match=r"rollset 9\.9, and this .* \(there is no plan_hash in what it tells\); use"
        ):
            await There(line).reports(ended_too=True)
    async with answering(answer(200, {"row": {"id": "x"}})) as (url, _), line_to(url) as line:
        with pytest.raises(Stranger, match="there is no present in what it tells"):
            await There(line).account("x")
    row = {**dict.fromkeys(RolloutRow.__dataclass_fields__), "id": "x", "status": None}
    reading = {"row": row, "order": "1:AAAA", "entries": [], "present": None, "signals": [], "holder": None}
    torn = answer(200, {**reading, "taken_up": False, "workers": 0})
    async with answering(torn) as (url, _), line_to(url) as line:
        with pytest.raises(Stranger, match=r"\(its journal cannot be read: no Order\)"):
            await There(line).account("x")


async def test_a_dashboard_of_another_version_is_told_with_its_version():
    async with answering(answer(200, {"n": 1}, "X-Rollset-Version: 9.9")) as (url, _), line_to(url) as line:
        await line.read("me")
        assert f"the dashboard at {url}, rollset 9.9, and this rollset" in str(line.stranger("its journal is torn"))


@pytest.mark.parametrize("look", [lambda line: line.read("me"), lambda line: line.consult("plan", b"")])
async def test_a_look_is_repeated_once_somebody_has_answered(
    look: Callable[[Line], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lines, "AGAIN_SECONDS", 0.0)
    said: list[str] = []
    answers = (answer(200, {"n": 1}), answer(503, "<html>"), problem(503, "restarting"), answer(200, {"n": 2}))
    async with answering(*answers) as (url, _), line_to(url, said.append) as line:
        assert (await line.read("me"), await look(line)) == ({"n": 1}, {"n": 2})
    assert ["asking again" in said[0], "answers again" in said[1], len(said)] == [True, True, 2]


@pytest.mark.parametrize("ask", [lambda line: line.read("me"), lambda line: line.send("rollouts", {})])
async def test_whatever_meets_a_shut_port_first_waits_for_a_server_that_starts(
    ask: Callable[[Line], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lines, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(lines, "OPEN_SECONDS_MAX", 600.0)
    port, said, refused = free_port(), [], asyncio.Event()

    def tell(words: str) -> None:
        said.append(words)
        refused.set()

    async with line_to(f"http://127.0.0.1:{port}", tell) as line:
        asking = asyncio.create_task(ask(line))
        await refused.wait()
        async with answering(answer(200, {"n": 1}), port=port) as (_, asked):
            assert await asking == {"n": 1}
    assert ["(Connection refused)" in said[0], "answers now" in said[1], len(said), len(asked)] == [True, True, 2, 1]


async def test_a_port_that_stays_shut_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(lines, "OPEN_SECONDS_MAX", 0.05)
    said: list[str] = []
    async with line_to(f"http://127.0.0.1:{free_port()}", said.append) as line:
        with pytest.raises(Away, match=r"cannot reach .* \(Connection refused\); is `rollset serve` running there"):
            await line.read("me")
    assert len(said) == 1


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("told", [b"", answer(504, "<html>late")])
async def test_what_changes_something_is_sent_once(told: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines, "KEEP_SECONDS", 0.0)  # The server has closed the connection meanwhile.
    async with answering(answer(200, {}), told) as (url, asked), line_to(url) as line:
        await line.read("me")
        with pytest.raises(Lost):
            await line.send("rollouts/x/orders", {"verb": "stop"})
    assert len(asked) == 2


async def test_a_certificate_that_nobody_trusts_gets_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with answering(answer(200, {"n": 1}), tls=context) as (url, asked):
        async with line_to(url) as line:
            with pytest.raises(Stranger, match=r"is not to be trusted .*name that authority's file in SSL_CERT_FILE"):
                await line.read("me")
        assert asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        async with line_to(url) as line:
            assert await line.read("me") == {"n": 1}


async def test_a_port_that_speaks_no_tls_is_told_in_words():
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with line_to(f"https://127.0.0.1:{port}") as line:
            with pytest.raises(Stranger, match=r"does not speak TLS as it should \((wrong version|record layer)"):
                await line.read("me")
