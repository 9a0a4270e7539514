"""Azure's engine of rolling upgrades, over the wire: batches, checks, pauses, zones, surge, putting back, cancelling."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from rollset.emulator.isodurations import seconds_of
from rollset.emulator.rollingpolicy import RollingPolicy
from tests.emulator.local import Client, path_of

OLD, NEW, OTHER = "4.0.20160126", "4.0.20160229", "4.0.20151214"
DAY = 86_400.0


def rolling_policy(**policy):
    return {"properties": {"upgradePolicy": {"mode": "Rolling", "rollingUpgradePolicy": policy}}}


def become_rolling(azure, name="myvmss", **policy):
    """Rolling mode, by way of the pass over a current set that this starts."""
    ended = azure.follow(azure.patch(azure.set_path(name), rolling_policy(**policy)), step=20)
    assert ended["status"] == "Succeeded"
    return azure


def fleet_of(capacity=10, **members):
    extra = "".join(f", {name}: {value}" for name, value in members.items())
    return f"scale_sets: [{{resource_group: myrg, name: myvmss, capacity: {capacity}{extra}}}]"


@pytest.fixture
def rolling(azure):
    return become_rolling(azure)


def latest(azure):
    return azure.get(f"{azure.set_path()}/rollingUpgrades/latest")


def status_of(azure):
    """`code`, and the four counts: done, failed, in progress, pending."""
    properties = latest(azure).properties
    return properties["runningStatus"]["code"], tuple(properties["progress"].values())


def images(azure):
    return [one["image"] for one in azure.account()["instances"]]


def break_down(azure, *ids):
    azure.fault(kind="unhealthy-now", set="myrg/myvmss", instances=list(ids))
    azure.later(10)


def test_there_was_none(azure):
    answer = latest(azure)
    assert (answer.status, answer.body["error"]) == (404, {"code": "NotFound", "message": "The entity was not found."})


def test_a_model_change_rolls_through_the_set_in_batches(rolling):
    changed = rolling.set_version(NEW)
    assert changed.headers["x-ms-request-charge"] == "1"
    status = latest(rolling).body
    assert "id" not in status
    assert status_of(rolling) == ("RollingForward", (0, 0, 4, 16))
    running = status["properties"]["runningStatus"]
    assert running["lastActionTime"] < running["startTime"]
    assert rolling.follow(changed, step=20)["status"] == "Succeeded"
    account = rolling.account()
    assert {one["image"] for one in account["instances"]} == {NEW}
    assert (account["most_out_at_once"], account["out_now"]) == (4, 0)
    assert status_of(rolling) == ("Completed", (20, 0, 0, 0))


def test_a_batch_stays_in_one_update_domain(rolling):
    rolling.follow(
        rolling.patch(rolling.set_path(), rolling_policy(maxBatchInstancePercent=100, maxUnhealthyInstancePercent=100)),
        step=20,
    )
    rolling.set_version(NEW)
    assert status_of(rolling) == ("RollingForward", (0, 0, 4, 16))
    assert {one["update_domain"] for one in rolling.account()["instances"] if one["provisioning"] == "Updating"} == {0}


def test_a_write_that_changes_nothing_walks_over_a_current_set_a_minute_a_batch(rolling):
    etag = int(rolling.get(rolling.set_path()).headers["etag"].strip('"'))
    started = rolling.clock.time
    answer = rolling.patch(rolling.set_path(), {})
    begun = rolling.get(path_of(answer)).body["startTime"]
    assert status_of(rolling) == ("RollingForward", (0, 0, 4, 16))
    ended = rolling.follow(answer)
    assert (ended["status"], rolling.clock.time - started) == ("Succeeded", 300)
    assert ended["startTime"] > begun
    assert status_of(rolling) == ("Completed", (20, 0, 0, 0))
    assert int(rolling.get(rolling.set_path()).headers["etag"].strip('"')) == etag + 1 + 2 * 5
    assert rolling.account()["most_out_at_once"] == 0


def test_too_many_unhealthy_before_any_batch(rolling):
    break_down(rolling, "1", "2", "3", "4", "9")
    ended = rolling.follow(rolling.set_version(NEW))
    assert ended["error"]["code"] == "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade"
    assert "25% of instances are in an unhealthy state, more than the threshold of 20%" in ended["error"]["message"]
    assert status_of(rolling) == ("Faulted", (0, 0, 0, 20))
    assert set(images(rolling)) == {OLD}


def test_exactly_the_limit_is_not_too_many_and_makes_batches_smaller(rolling):
    break_down(rolling, "0", "1")
    changed = rolling.set_version(NEW)
    assert status_of(rolling) == ("RollingForward", (0, 0, 3, 17))  # 0, which is down, and two more of its domain.
    rolling.fault(kind="recover", set="myrg/myvmss")
    assert rolling.follow(changed, step=20)["status"] == "Succeeded"
    assert rolling.account()["most_out_at_once"] == 4


def test_a_breach_from_elsewhere_stops_it_after_the_batch(rolling):
    changed = rolling.set_version(NEW)
    break_down(rolling, "2", "3", "4", "7", "8")
    ended = rolling.follow(changed, step=20)
    assert ended["error"]["code"] == "MaxUnhealthyInstancePercentExceededInRollingUpgrade"
    assert "25% of instances are in an unhealthy state - more than the threshold of 20%" in ended["error"]["message"]
    assert images(rolling).count(NEW) == 4
    assert status_of(rolling) == ("Faulted", (4, 0, 0, 16))


def test_too_many_of_the_upgraded_unhealthy(rolling):
    rolling.fault(kind="boots-unhealthy", set="myrg/myvmss", image=NEW)
    ended = rolling.follow(rolling.set_version(NEW), step=20)
    assert ended["error"]["code"] == "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
    assert "100% of instances are in an unhealthy state after being upgraded" in ended["error"]["message"]
    assert ended["error"]["message"].endswith("First failed instance ID is: 0.")
    assert images(rolling).count(NEW) == 4
    assert status_of(rolling) == ("Faulted", (0, 4, 0, 16))
    assert rolling.get(rolling.set_path()).properties["provisioningState"] == "Failed"


def test_failures_within_the_limit_do_not_stop_it(azure):
    become_rolling(azure, maxUnhealthyUpgradedInstancePercent=25)
    azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=["5"], code="VMStartTimedOut")
    assert azure.follow(azure.set_version(NEW), step=20)["status"] == "Succeeded"
    assert status_of(azure) == ("Completed", (19, 1, 0, 0))
    assert latest(azure).properties["error"]["code"] == "RollingUpgradeInProgressWithFailedUpgradedVMs"


def test_those_that_failed_are_put_back_where_the_policy_says_so(azure):
    become_rolling(azure, rollbackFailedInstancesOnPolicyBreach=True)
    azure.fault(kind="boots-unhealthy", set="myrg/myvmss", instances=["5", "10"], image=NEW)
    changed = azure.set_version(NEW)
    seen = []
    for _ in range(200):
        seen.append(status_of(azure)[0])
        azure.later(20)
    assert [code for code, after in pairwise(seen) if code != after] == [
        "RollingForward",
        "RollingBack",
    ]
    assert azure.follow(changed, step=20)["status"] == "Failed"
    assert status_of(azure) == ("Faulted", (2, 2, 0, 16))
    account = azure.account()
    assert [one["id"] for one in account["instances"] if one["image"] == NEW] == ["0", "15"]
    assert account["out_now"] == 0


def test_the_pause_between_batches(azure):
    become_rolling(azure, pauseTimeBetweenBatches="PT10M", maxBatchInstancePercent=20)
    azure.follow(azure.set_version(NEW), step=20)
    upgrades = [one["upgrades"][0] for one in azure.account()["instances"]]
    requested = sorted({datetime.fromisoformat(one["requested_at"]) for one in upgrades})
    ended = sorted(datetime.fromisoformat(one["ended_at"]) for one in upgrades)
    assert len(requested) == 5
    assert all(later - last >= timedelta(minutes=10) for later, last in zip(requested[1:], ended[3::4], strict=False))


@pytest.mark.parametrize("crosses", [False, True])
def test_zones(azure_with, crosses):
    azure = azure_with(fleet_of(15, zones='["1", "2", "3"]'))
    become_rolling(azure, enableCrossZoneUpgrade=crosses)
    azure.set_version(NEW)
    assert {one["zone"] for one in azure.account()["instances"] if one["provisioning"] == "Updating"} == (
        {"1", "2", "3"} if crosses else {"1"}
    )


def test_unhealthy_ones_first(azure):
    become_rolling(azure, prioritizeUnhealthyInstances=True)
    break_down(azure, "8", "13")
    azure.set_version(NEW)
    taken = [one["id"] for one in azure.account()["instances"] if one["provisioning"] == "Updating"]
    assert taken == ["8", "13"]


def test_protected_ones_are_left_out(rolling):
    rolling.protect(0)
    assert rolling.follow(rolling.set_version(NEW), step=20)["status"] == "Succeeded"
    assert images(rolling).count(OLD) == 1
    assert status_of(rolling) == ("Completed", (19, 0, 0, 0))


def test_surge_makes_new_ones_before_it_takes_old_ones(azure):
    become_rolling(azure, maxSurge=True)
    changed = azure.set_version(NEW)
    assert len(azure.instances()) == 24
    assert azure.follow(changed, step=20)["status"] == "Succeeded"
    account = azure.account()
    assert {one["image"] for one in account["instances"]} == {NEW}
    assert {int(one["id"]) for one in account["instances"]}.isdisjoint(range(20))
    assert (account["capacity"], len(account["instances"]), account["most_out_at_once"]) == (20, 20, 0)
    assert status_of(azure) == ("Completed", (20, 0, 0, 0))


@pytest.mark.parametrize(("capacity", "fault"), [(100, None), (20, "quota-exceeded")])
def test_surge_without_room_is_silently_done_in_place(azure_with, capacity, fault):
    azure = become_rolling(azure_with(fleet_of(capacity)), maxSurge=True)
    if fault:
        azure.fault(kind=fault)
    assert azure.follow(azure.set_version(NEW), step=20)["status"] == "Succeeded"
    assert {one["id"] for one in azure.account()["instances"]} == {str(number) for number in range(capacity)}
    assert set(images(azure)) == {NEW}


def test_surplus_ones_that_never_become_healthy_go_again(azure):
    become_rolling(azure, maxSurge=True)
    azure.fault(kind="bad-image", image=NEW)
    assert azure.follow(azure.set_version(NEW), step=20)["error"]["code"].startswith("MaxUnhealthyUpgraded")
    account = azure.account()
    assert ([one["id"] for one in account["instances"]], account["most_out_at_once"]) == (
        [str(number) for number in range(20)],
        0,
    )


@pytest.mark.parametrize(
    ("meanwhile", "image"),
    [("cancel", OLD), ("another model", OTHER), ("scale in", NEW), ("a newcomer deleted", NEW)],
)
def test_whatever_comes_between_a_surge_leaves_as_many_as_the_capacity_says(azure, meanwhile, image):
    become_rolling(azure, maxSurge=True)
    changed = azure.set_version(NEW)
    azure.later(30)
    capacity = 20
    match meanwhile:
        case "cancel":
            azure.post(f"{azure.set_path()}/rollingUpgrades/cancel")
        case "another model":
            changed = azure.set_version(OTHER)
        case "scale in":
            capacity = 17
            azure.patch(azure.set_path(), {"sku": {"capacity": capacity}})
        case "a newcomer deleted":
            newcomer = azure.instances()[-1]["instanceId"]
            azure.post(f"{azure.set_path()}/delete", {"instanceIds": [newcomer]})
    azure.follow(changed, step=20)
    azure.later(3600)
    account = azure.account()
    assert (account["capacity"], len(account["instances"])) == (capacity, capacity)
    assert image in {one["image"] for one in account["instances"]}
    assert meanwhile != "cancel" or [int(one["id"]) for one in account["instances"]] == list(range(20))


def test_cancel_lets_the_batch_finish_and_tells_it_as_failed(rolling):
    changed = rolling.set_version(NEW)
    rolling.later(30)
    accepted = rolling.post(f"{rolling.set_path()}/rollingUpgrades/cancel")
    assert accepted.status == 202
    assert rolling.follow(accepted)["status"] == "Succeeded"
    assert rolling.follow(changed)["status"] == "Succeeded"
    properties = latest(rolling).properties
    assert (properties["runningStatus"]["code"], properties["runningStatus"]["lastAction"]) == ("Cancelled", "Cancel")
    assert status_of(rolling)[1] == (0, 4, 0, 16)
    assert properties["error"]["code"] == "RollingUpgradeInternalError"
    assert properties["error"]["details"][0] == {
        "code": "RollingUpgradeCanceled",
        "target": "myvmss/virtualMachines/0",
        "message": "Rolling Upgrade failed as upgrade was canceled while it was in progress.",
    }
    rolling.later(3000)
    assert images(rolling).count(NEW) == 4
    assert rolling.follow(rolling.patch(rolling.set_path(), {}), step=20)["status"] == "Succeeded"
    assert set(images(rolling)) == {NEW}


def test_nothing_to_cancel(rolling):
    refused = rolling.post(f"{rolling.set_path()}/rollingUpgrades/cancel")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert refused.body["error"]["message"] == "There is no ongoing Rolling Upgrade to cancel."


@pytest.mark.parametrize("action", ["manualupgrade", "osRollingUpgrade", "extensionRollingUpgrade"])
def test_what_may_not_happen_beside_it(rolling, action):
    rolling.set_version(NEW)
    refused = rolling.post(f"{rolling.set_path()}/{action}", {"instanceIds": ["*"]})
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert "a Rolling Upgrade is in progress" in refused.body["error"]["message"]


def test_becoming_rolling_picks_up_what_is_behind(azure):
    azure.set_version(NEW)
    assert azure.follow(azure.patch(azure.set_path(), rolling_policy()), step=20)["status"] == "Succeeded"
    assert set(images(azure)) == {NEW}


def test_a_write_beside_it_waits_for_its_end(rolling):
    first = rolling.set_version(NEW)
    rolling.later(100)
    second = rolling.patch(rolling.set_path(), {"tags": {"a": "b"}})
    assert rolling.follow(second, step=20)["status"] == "Succeeded"
    assert rolling.get(path_of(first)).body["status"] == "Succeeded"
    assert set(images(rolling)) == {NEW}


def test_another_model_preempts_it(rolling):
    first = rolling.set_version(NEW)
    rolling.later(100)
    second = rolling.set_version(OLD)
    assert rolling.get(path_of(first)).body["error"]["code"] == "OperationPreempted"
    assert rolling.follow(second, step=20)["status"] == "Succeeded"
    assert set(images(rolling)) == {OLD}


def test_leaving_rolling_mode_ends_it(rolling):
    first = rolling.set_version(NEW)
    rolling.later(100)
    manual = rolling.patch(rolling.set_path(), {"properties": {"upgradePolicy": {"mode": "Manual"}}})
    assert rolling.follow(manual)["status"] == "Succeeded"
    assert rolling.get(path_of(first)).body["error"]["code"] == "OperationPreempted"
    rolling.later(DAY)
    assert images(rolling).count(NEW) == 4
    assert rolling.upgrade("4").status == 202


def test_one_that_hangs_runs_out_of_time(rolling):
    rolling.fault(kind="hangs", set="myrg/myvmss", instances=["0"])
    ended = rolling.follow(rolling.set_version(NEW), step=600, most=2 * DAY)
    assert ended["error"]["code"] == "RollingUpgradeTimeoutError"
    assert "12:00:00" in ended["error"]["message"]


def test_scaling_in_and_deleting_in_its_midst(rolling):
    changed = rolling.set_version(NEW)
    rolling.later(60)
    assert rolling.post(f"{rolling.set_path()}/delete", {"instanceIds": ["0", "4"]}).status == 202
    scaled = rolling.patch(rolling.set_path(), {"sku": {"capacity": 12}})
    assert rolling.follow(changed, step=20)["status"] == "Succeeded"
    assert rolling.follow(scaled, step=20)["status"] == "Succeeded"
    assert images(rolling) == [NEW] * 12


@pytest.mark.parametrize(
    ("member", "value"),
    [("maxBatchInstancePercent", 4), ("maxUnhealthyUpgradedInstancePercent", 101), ("pauseTimeBetweenBatches", "5m")],
)
def test_a_policy_that_cannot_be(azure, member, value):
    refused = azure.patch(azure.set_path(), rolling_policy(**{member: value}))
    assert (refused.status, refused.code) == (400, "InvalidParameter")
    assert refused.body["error"]["target"].endswith(member)


@pytest.mark.parametrize(
    ("capacity", "percent", "size"), [(10, 20, 2), (5, 20, 1), (4, 20, 1), (9, 20, 1), (20, 100, 20)]
)
def test_batches_are_rounded_down_and_never_empty(capacity, percent, size):
    assert RollingPolicy.parsed({"maxBatchInstancePercent": percent}).batch_size(capacity) == size


def test_the_names_of_2017(azure):
    body = {"properties": {"upgradePolicy": {"mode": "Rolling", "rollingUpgradePolicy": {"batchInstancePercent": 10}}}}
    azure.follow(azure.patch(azure.set_path(), body, api="2017-03-30"), step=20)
    azure.set_version(NEW)
    assert status_of(azure)[1] == (0, 0, 2, 18)


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1H2", "PT-1S", "P1Y", "P" + "1" * 50 + "D", 5, None])
def test_texts_that_are_no_durations(text):
    assert seconds_of(text) is None


def test_the_same_seed_rolls_in_the_same_way():
    def run():
        azure = become_rolling(Client(seed=7))
        azure.follow(azure.set_version(NEW), step=20)
        return azure.get("/emulator/sets/myrg/myvmss/history").body

    assert run() == run()
