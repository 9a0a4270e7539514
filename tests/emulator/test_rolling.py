"""The first rolling pass: batches, each after the health of the one before."""

import pytest

from rollset.emulator.rolling import batch_size
from tests.emulator.local import path_of

NEW = "4.0.20160229"
ROLLING = {"properties": {"upgradePolicy": {"mode": "Rolling"}}}


@pytest.fixture
def rolling(azure):
    azure.follow(azure.patch(azure.set_path(), ROLLING))
    return azure


def latest(azure):
    return azure.get(f"{azure.set_path()}/rollingUpgrades/latest")


def test_there_was_none(azure):
    answer = latest(azure)
    assert (answer.status, answer.body["error"]) == (404, {"code": "NotFound", "message": "The entity was not found."})


def test_a_model_change_rolls_through_the_set_in_batches(rolling):
    changed = rolling.set_version(NEW)
    status = latest(rolling).body
    assert "id" not in status
    assert status["properties"]["runningStatus"]["code"] == "RollingForward"
    assert status["properties"]["progress"] == {
        "successfulInstanceCount": 0,
        "failedInstanceCount": 0,
        "inProgressInstanceCount": 4,
        "pendingInstanceCount": 16,
    }
    assert rolling.follow(changed, step=20)["status"] == "Succeeded"
    account = rolling.account()
    assert {one["image"] for one in account["instances"]} == {NEW}
    assert (account["most_out_at_once"], account["out_now"]) == (4, 0)
    assert latest(rolling).properties["runningStatus"]["code"] == "Completed"
    assert latest(rolling).properties["progress"]["successfulInstanceCount"] == 20


def test_the_first_batch_that_fails_ends_it(rolling):
    rolling.fault(kind="boots-unhealthy", set="myrg/myvmss", image=NEW)
    ended = rolling.follow(rolling.set_version(NEW), step=20)
    assert ended["status"] == "Failed"
    assert ended["error"]["code"] == "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
    assert [one["image"] for one in rolling.account()["instances"]].count(NEW) == 4
    status = latest(rolling).properties
    assert (status["runningStatus"]["code"], status["progress"]["failedInstanceCount"]) == ("Faulted", 4)


def test_cancel(rolling):
    rolling.set_version(NEW)
    rolling.later(30)
    accepted = rolling.post(f"{rolling.set_path()}/rollingUpgrades/cancel")
    assert accepted.status == 202
    assert rolling.follow(accepted)["status"] == "Succeeded"
    status = latest(rolling).properties["runningStatus"]
    assert (status["code"], status["lastAction"]) == ("Cancelled", "Cancel")
    rolling.later(3000)
    assert [one["image"] for one in rolling.account()["instances"]].count(NEW) == 4


def test_nothing_to_cancel(rolling):
    refused = rolling.post(f"{rolling.set_path()}/rollingUpgrades/cancel")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert refused.body["error"]["message"] == "There is no ongoing Rolling Upgrade to cancel."


def test_becoming_rolling_picks_up_what_is_behind(azure):
    azure.set_version(NEW)
    assert azure.follow(azure.patch(azure.set_path(), ROLLING), step=20)["status"] == "Succeeded"
    assert {one["image"] for one in azure.account()["instances"]} == {NEW}


def test_a_write_during_a_pass_waits_for_its_end(rolling):
    first = rolling.set_version(NEW)
    rolling.later(100)
    second = rolling.patch(rolling.set_path(), {"tags": {"a": "b"}})
    assert rolling.follow(second, step=20)["status"] == "Succeeded"
    assert rolling.get(path_of(first)).body["status"] == "Succeeded"
    assert {one["image"] for one in rolling.account()["instances"]} == {NEW}


@pytest.mark.parametrize(
    ("capacity", "percent", "size"), [(10, 20, 2), (5, 20, 1), (4, 20, 1), (9, 20, 1), (20, 100, 20)]
)
def test_batches_are_rounded_down_and_never_empty(capacity, percent, size):
    assert batch_size(capacity, percent) == size


def test_there_is_no_history_of_os_upgrades(azure):
    assert azure.get(f"{azure.set_path()}/osUpgradeHistory").body == {"value": []}
