"""Azure's rate limits, enforced: which bucket is empty after how many requests, what is answered, when it goes on."""

import json

import pytest

from rollset.emulator.fleet import default_fleet
from tests.emulator.local import Client
from tests.support.emulated import emulated
from tests.support.virtual import run_virtual

NEW = "4.0.20160229"


@pytest.fixture
def strict():
    return Client(throttle=True)


def until_refused(ask, most=3000):
    """How many were served before one was refused, and the refusal."""
    for served in range(most):
        answer = ask()
        if answer.status == 429:
            return served, answer
    raise AssertionError("nobody was refused")


def test_reads_of_one_set_run_out_and_come_back(strict):
    served, refused = until_refused(lambda: strict.get(strict.set_path()))
    assert served == 36
    assert refused.headers["retry-after"] == "5"  # Twelve a minute.
    assert refused.headers["x-ms-ratelimit-remaining-resource"] == "Microsoft.Compute/GetVMScaleSetResource;0"
    error = refused.body["error"]
    assert error["code"] == "OperationNotAllowed"
    assert error["message"].startswith("The server rejected the request because too many requests have been received")
    assert error["innererror"] == {"internalErrorCode": "TooManyRequestsReceived"}
    [detail] = error["details"]
    inside = json.loads(detail["message"])
    assert (detail["code"], detail["target"], inside["operationGroup"]) == (
        "TooManyRequests",
        "GetVMScaleSetResource",
        "GetVMScaleSetResource",
    )
    assert inside["measuredRequestCount"] > inside["allowedRequestCount"] == 36
    assert strict.get(f"{strict.set_path()}/virtualMachines").status == 200  # Another bucket.
    strict.later(5)
    assert strict.get(strict.set_path()).status == 200
    assert strict.get(strict.set_path()).status == 429


def test_a_refused_write_does_nothing(strict):
    served, _ = until_refused(lambda: strict.set_version(NEW))
    assert served == 12
    assert strict.patch(strict.set_path(), {"tags": {"a": "b"}}).status == 429
    assert strict.get(strict.set_path()).body["tags"] == {}
    strict.later(15)
    assert strict.patch(strict.set_path(), {"tags": {"a": "b"}}).status == 200


def test_polling_one_operation_too_often(strict):
    accepted = strict.upgrade("0")
    path = accepted.headers["azure-asyncoperation"].partition("127.0.0.1:8400")[2]
    assert until_refused(lambda: strict.get(path))[0] == 45


def test_arm_counts_all_reads_of_a_principal_and_starts_the_wait_anew(strict):
    locations = f"{strict.subscription}/locations"
    served, refused = until_refused(lambda: strict.get(locations))
    assert (served, refused.code) == (250, "SubscriptionRequestsThrottled")
    assert refused.headers["x-ms-ratelimit-remaining-subscription-reads"] == "0"
    assert refused.headers["retry-after"] == "1"
    strict.later(0.02)
    assert strict.get(locations).status == 429
    other = strict.post("/t/oauth2/token", raw=b"client_id=other", token=None).body["access_token"]
    assert strict.get(locations, token=other).status == 200
    strict.later(1)
    assert strict.get(locations).status == 200


def test_the_buckets_can_be_looked_at(strict):
    for _ in range(3):
        strict.get(strict.set_path())
    limits = strict.get("/emulator/limits").body
    assert limits["enforced"] is True
    first = limits["value"][0]
    assert (first["policy"], first["left"], first["size"]) == ("GetVMScaleSetResource", 33, 36)
    assert first["owner"].endswith("virtualmachinescalesets/myvmss")


def test_rollsets_own_client_keeps_within_the_limits():
    async def main():
        async with emulated(default_fleet(), throttle=True) as azure:
            for _ in range(60):
                await azure.client.scale_set(azure.id("myvmss", "myrg"))
            statuses = {one.status for one in azure.world.requests.recent}
            assert statuses == {200}

    run_virtual(main())
