"""The whole client as a user runs it: real sockets, TLS, azure-identity, against a running emulator."""

import asyncio
import os
import subprocess
import sys

import pytest

from rollset.arm import retry
from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import ChangedMeanwhile, Unreachable
from rollset.core.fleet import UpgradeMode
from rollset.core.ids import ScaleSetId
from rollset.emulator.faults import LostReply
from rollset.emulator.server import EmulatorServer
from tests.support.inprocess import StaticCredential

LOOK = """
import asyncio, os, sys
from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.arm.subscription import current_subscription
from rollset.core.ids import ScaleSetAddress

async def main():
    async with Azure.open(Endpoint.parse(sys.argv[1])) as azure:
        wanted = ScaleSetAddress.parse("myrg/myvmss").within(current_subscription(os.environ))
        print(len(await azure.instances(await azure.scale_set(wanted))), azure.requests)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def running():
    server = EmulatorServer()
    with server as ready:
        yield server, ready


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_emulators_environment_is_all_that_is_needed(running, scheme):
    """`DefaultAzureCredential` finds the emulated managed identity; TLS finds the emulator's own authority."""
    _, ready = running
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK, getattr(ready, scheme)],
        env=environ | ready.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("20 2\n", "", 0)


def test_a_connection_that_breaks_after_a_write_is_noticed_and_the_write_found_done(running, monkeypatch):
    monkeypatch.setattr(retry, "BACKOFF_SECONDS", 0.001)
    server, ready = running
    pauses = []

    async def main():
        endpoint, credential = Endpoint.parse(ready.http), StaticCredential(server.world.tokens.issue()[0])
        async with Azure.open(endpoint, credential=credential, on_pause=pauses.append) as azure:
            (myvmss,) = await azure.scale_sets(ready.subscription_id)
            server.world.faults.add(LostReply(method="PATCH"))
            with pytest.raises(ChangedMeanwhile):
                await azure.write_upgrade_mode(myvmss, UpgradeMode.ROLLING)
            return await azure.scale_set(myvmss.id)

    assert asyncio.run(main()).upgrade_mode is UpgradeMode.ROLLING
    assert [pause.reason.startswith("no answer (") for pause in pauses] == [True]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_an_answer_that_is_not_packed_as_it_says_is_one_sentence(encoding, status):
    async def answer(reader, writer):
        if await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            head = (
                f"HTTP/1.1 {status}\r\nContent-Encoding: {encoding}\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + b"not packed"[:9])
            await writer.drain()
        writer.close()

    async def main():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            endpoint = Endpoint.parse(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            async with Azure.open(endpoint, credential=StaticCredential()) as azure:
                await azure.scale_set(ScaleSetId(subscription="s", resource_group="rg", name="web"))

    with pytest.raises(Unreachable, match=r"reading scale set rg/web: no answer from .* \(no sound answer: Error -3"):
        asyncio.run(main())
