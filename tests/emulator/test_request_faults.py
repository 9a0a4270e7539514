"""Faults of requests and tokens: storms, broken connections, late answers, expiry. The first kinds are in test_faults.py."""

import asyncio
import json

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.rest import HttpRequest

from rollset.emulator.app import ReplyLostError, create_app
from rollset.emulator.identity import Tokens
from rollset.emulator.world import World
from tests.emulator.local import Client
from tests.support.inprocess import AppTransport
from tests.support.virtual import run_virtual, virtual_loop

NEW = "4.0.20160229"


def weather(seed):
    azure = Client(seed=seed)
    azure.fault(kind="storm", share=0.5, statuses=[429, 503], retry_after=3, lasts=60)
    return azure, [azure.get(azure.set_path()) for _ in range(40)]


def test_a_storm_strikes_a_share_of_the_requests_and_blows_over():
    azure, answers = weather(1)
    statuses = [one.status for one in answers]
    assert set(statuses) == {200, 429, 503}
    assert 10 <= statuses.count(200) <= 30
    assert {one.headers.get("retry-after") for one in answers if one.status != 200} == {"3"}
    assert [one.status for one in weather(1)[1]] == statuses
    assert [one.status for one in weather(2)[1]] != statuses
    azure.later(60)
    assert {azure.get(azure.set_path()).status for _ in range(20)} == {200}


def test_a_storm_throttles_as_compute_does(azure):
    azure.fault(kind="storm", share=1, statuses=[429], times=1)
    answer = azure.get(f"{azure.set_path()}/virtualMachines")
    error = answer.body["error"]
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "OperationNotAllowed", "60")
    assert error["innererror"] == {"internalErrorCode": "TooManyRequestsReceived"}
    (detail,) = error["details"]
    assert (detail["code"], detail["target"]) == ("TooManyRequests", "HighCostGetVMScaleSetResource")
    inside = json.loads(detail["message"])
    assert inside["measuredRequestCount"] > inside["allowedRequestCount"] == 30


def test_a_dropped_connection_leaves_everything_undone(azure):
    azure.fault(kind="dropped", method="PATCH")
    with pytest.raises(ReplyLostError):
        azure.set_version(NEW)
    assert azure.get(azure.set_path()).body["etag"] == '"1"'
    assert azure.set_version(NEW).status == 200
    assert [one["status"] for one in azure.get("/emulator/requests").body["recent"] if one["method"] == "PATCH"] == [
        0,
        200,
    ]


def test_a_slow_answer_comes_late_although_the_work_was_done_at_once():
    async def main():
        loop = virtual_loop()
        world = World(clock=loop, seed=1)
        transport = AppTransport(create_app(world))
        token = world.tokens.issue()[0]

        async def ask(method, path, body=None, seconds=300.0):
            request = HttpRequest(method, f"http://localhost{path}", json=body)
            request.headers["Authorization"] = f"Bearer {token}"
            begun = loop.time()
            answer = await transport.send(request, read_timeout=seconds)
            return answer, loop.time() - begun

        path = (
            f"/subscriptions/{world.subscription_id}/resourceGroups/myrg/providers/Microsoft.Compute"
            "/virtualMachineScaleSets/myvmss?api-version=2024-07-01"
        )
        slow = {"kind": "slow", "method": "PATCH", "seconds": 10, "most": 20, "times": 2}
        assert (await ask("POST", "/emulator/faults", slow))[1] == 0
        patch = asyncio.ensure_future(ask("PATCH", path, {"tags": {"a": "b"}}))
        await asyncio.sleep(1)
        answer, took = await ask("GET", path)
        assert (answer.json()["tags"], took) == ({"a": "b"}, 0)
        assert 10 <= (await patch)[1] <= 20
        with pytest.raises(ServiceResponseError):
            await ask("PATCH", path, {"tags": {"c": "d"}}, seconds=5)
        assert (await ask("PATCH", path, {"tags": {}}))[1] == 0

    run_virtual(main())


def test_every_token_expires_at_once_and_new_ones_are_good(azure):
    fresh = azure.post("/any/oauth2/token", token=None).body["access_token"]
    assert azure.get(azure.set_path(), token=fresh).status == 200
    assert azure.fault(kind="expire-tokens").status == 201
    for token in (fresh, ""):
        refused = azure.get(azure.set_path(), token=token)
        assert (refused.status, refused.code) == (401, "ExpiredAuthenticationToken")
        assert "Bearer" in refused.headers["www-authenticate"]
    newest = azure.post("/any/oauth2/token", token=None).body["access_token"]
    assert azure.get(azure.set_path(), token=newest).status == 200


def test_tokens_live_shorter_while_a_fault_wants_it(azure):
    time = 1_000_000.0
    azure.world.tokens = Tokens(azure.world.tenant_id, clock=lambda: time)
    azure.fault(kind="short-tokens", seconds=60)
    short = azure.post("/any/oauth2/v2.0/token", token=None).body
    assert short["expires_in"] == 59
    time += 61
    assert azure.get(azure.set_path(), token=short["access_token"]).code == "ExpiredAuthenticationToken"
    azure.delete("/emulator/faults")
    assert azure.post("/any/oauth2/v2.0/token", token=None).body["expires_in"] == 86_399
