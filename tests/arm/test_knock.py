"""Knocking: a wrong endpoint is told as such, quickly, and before anybody is asked to sign in."""

import asyncio
import errno
import os
import socket

import pytest
from azure.core.exceptions import ServiceRequestTimeoutError

from rollset.arm import knock, retry
from rollset.arm.azure import Azure
from rollset.arm.endpoint import PUBLIC, Endpoint
from rollset.arm.errors import Unreachable
from rollset.arm.knock import goes_through_proxy, words
from rollset.arm.pauses import Pause
from rollset.core.ids import ScaleSetId
from tests.support.inprocess import StaticCredential

REFUSED = os.strerror(errno.ECONNREFUSED)
WEB = ScaleSetId(subscription="s", resource_group="rg", name="web")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)"), REFUSED),
        (OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] Connect call failed (1), [Errno 0] (2)"), REFUSED),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("no words"), "no words"),
    ],
)
def test_the_reason_is_what_the_system_calls_it(error, said):
    assert words(error) == said


@pytest.mark.parametrize(
    ("environ", "endpoint", "proxied"),
    [
        ({}, PUBLIC, False),
        ({"HTTPS_PROXY": "http://proxy:1"}, PUBLIC, True),
        ({"ALL_PROXY": "http://proxy:1"}, PUBLIC, True),
        ({"HTTP_PROXY": "http://proxy:1"}, PUBLIC, False),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "management.azure.com"}, PUBLIC, False),
        ({"HTTPS_PROXY": "http://proxy:1"}, Endpoint("https://localhost:1"), False),
        ({"HTTP_PROXY": "http://proxy:1"}, Endpoint("http://127.0.0.1:1"), False),
    ],
)
def test_behind_a_proxy_nobody_knocks(monkeypatch, environ, endpoint, proxied):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert goes_through_proxy(endpoint) is proxied


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://localhost:9"])
def test_a_port_where_nobody_listens_is_told_in_one_sentence_before_signing_in(monkeypatch, url):
    """On real sockets. That it is quick is shown in virtual time, in test_line.py."""
    monkeypatch.setattr(retry, "FIRST_CONTACT_BACKOFF_SECONDS", 0.001)
    credential, pauses = StaticCredential(), []

    async def main():
        async with Azure.open(Endpoint.parse(url), credential=credential, on_pause=pauses.append) as azure:
            try:
                await azure.scale_set(WEB)
            finally:
                assert azure.requests == 0

    with pytest.raises(Unreachable) as caught:
        asyncio.run(main())
    assert str(caught.value) == (
        f"reading scale set rg/web: no answer from {url} ({REFUSED}); check the address, the network and any proxy"
    )
    assert caught.value.exit_status == 1
    assert credential.asked == []
    assert [pause.reason for pause in pauses] == [f"no answer ({REFUSED})"] * 2


async def test_a_host_that_swallows_connections_is_given_up(monkeypatch):
    async def swallow(*_, **__):
        await asyncio.sleep(1e6)

    monkeypatch.setattr(knock.asyncio, "open_connection", swallow)
    with pytest.raises(ServiceRequestTimeoutError, match="no connection within 10 s"):
        await knock.knock(PUBLIC)


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "a moment"), (1.2, "1 s"), (1200, "1200 s")])
def test_a_pause_reads_as_a_sentence(seconds, words):
    pause = Pause(reason="Azure answered 503", seconds=seconds, attempted="reading scale set rg/web")
    assert str(pause) == f"reading scale set rg/web: Azure answered 503; going on in {words}"
