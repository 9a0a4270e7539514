"""Long-running operations on the wire. What they wait for is in test_upgrade.py and test_sets.py."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.emulator.local import Client, HandClock, path_of

NEW = "4.0.20160229"


def test_a_poll_reads_as_recorded(azure):
    azure.set_version(NEW)
    accepted = azure.upgrade("0")
    running = azure.get(path_of(accepted))
    assert set(running.body) == {"startTime", "status", "name"}
    assert running.body["status"] == "InProgress"
    assert running.headers["retry-after"] == "30"
    ended = azure.follow(accepted)
    assert set(ended) == {"startTime", "endTime", "status", "name"}
    assert ended["name"] in accepted.headers["azure-asyncoperation"]
    assert "retry-after" not in azure.get(path_of(accepted)).headers


def test_the_monitor_answers_202_then_200_without_a_body(azure):
    azure.set_version(NEW)
    accepted = azure.upgrade("0")
    monitor = path_of(accepted, "location")
    assert "monitor=true" in monitor
    assert azure.get(monitor).status == 202
    azure.follow(accepted)
    ended = azure.get(monitor)
    assert (ended.status, ended.body) == (200, None)


def test_who_sends_which_headers(azure):
    patched = azure.set_version(NEW)
    accepted = azure.upgrade("0")
    deleted = azure.delete(azure.set_path())
    kept = ("azure-asyncoperation", "location", "retry-after", "azure-asyncnotification")
    assert [name in patched.headers for name in kept] == [True, False, True, True]
    assert [name in accepted.headers for name in kept] == [True, True, False, True]
    assert [name in deleted.headers for name in kept] == [True, True, True, True]
    assert accepted.headers["content-length"] == "0"


def test_old_versions_have_plain_addresses(azure):
    azure.set_version(NEW, api="2019-03-01")
    accepted = azure.post(f"{azure.set_path()}/manualupgrade", {"instanceIds": ["0"]}, api="2019-03-01")
    query = urlsplit(accepted.headers["azure-asyncoperation"]).query
    assert parse_qs(query) == {"api-version": ["2019-03-01"]}
    assert "azure-asyncnotification" not in accepted.headers


@pytest.mark.parametrize("host", ["localhost:99", "127.0.0.1:8443", "management.azure.com"])
def test_addresses_name_the_host_that_was_asked(azure, host):
    answer = azure.set_version(NEW, host=host)
    assert answer.headers["azure-asyncoperation"].startswith(f"http://{host}/subscriptions/")


@pytest.mark.parametrize("operation", ["00000000-0000-0000-0000-000000000000", "x"])
def test_an_unknown_operation(azure, operation):
    answer = azure.get(f"{azure.compute}/locations/westus/operations/{operation}")
    assert (answer.status, answer.code) == (404, "NotFound")


def test_operations_are_forgotten_after_a_day(azure):
    changed = azure.set_version(NEW)
    azure.later(86_000)
    assert azure.get(path_of(changed)).status == 200
    azure.later(1_000)
    assert azure.get(path_of(changed)).status == 404


def test_an_operation_that_fails_says_so_and_so_does_its_set(azure):
    azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=["1"], code="OSProvisioningTimedOut", message="late")
    azure.set_version(NEW)
    ended = azure.follow(azure.upgrade("0", "1"))
    assert ended["status"] == "Failed"
    assert ended["error"] == {"code": "OSProvisioningTimedOut", "message": "late"}
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Failed"
    azure.follow(azure.upgrade("1"))
    azure.world.faults.remove()
    azure.follow(azure.upgrade("1"))
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Succeeded"


def test_retry_after_is_in_the_clients_seconds():
    class Fast(HandClock):
        def real_seconds(self, emulated: float) -> float:
            return emulated / 60

    azure = Client(clock=Fast())
    azure.set_version(NEW)
    polled = azure.get(path_of(azure.upgrade("0")))
    assert polled.headers["retry-after"] == "1"
