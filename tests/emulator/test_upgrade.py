"""The upgrade of instances, as a client sees it from outside. Its faults are in test_faults.py."""

from typing import Any

import pytest

from tests.emulator.local import START, path_of

NEW = "4.0.20160229"
OLD = "4.0.20160126"
OLDER = "4.0.20151214"


def exact_version(instance: dict[str, Any]) -> str:
    return instance["properties"]["storageProfile"]["imageReference"]["exactVersion"]


def statuses(instance: dict[str, Any]) -> list[str]:
    return [one["code"] for one in instance["properties"]["instanceView"]["statuses"]]


def health(instance: dict[str, Any]) -> str:
    return instance["properties"]["instanceView"]["vmHealth"]["status"]["code"]


def test_a_model_change_in_manual_mode_touches_no_instance_but_marks_all_as_behind(azure):
    changed = azure.set_version(NEW)
    assert changed.status == 200
    assert azure.follow(changed)["status"] == "Succeeded"
    instances = azure.instances()
    assert {one["properties"]["latestModelApplied"] for one in instances} == {False}
    assert {exact_version(one) for one in instances} == {OLD}
    assert {one["properties"]["provisioningState"] for one in instances} == {"Succeeded"}
    assert azure.account()["most_out_at_once"] == 0


def test_an_upgraded_instance_runs_the_new_image_and_is_healthy(azure):
    azure.set_version(NEW)
    ended = azure.follow(azure.upgrade("0", "5"))
    azure.later(10)
    upgraded = azure.instance(5)
    assert ended["status"] == "Succeeded"
    assert exact_version(upgraded) == NEW
    assert upgraded["properties"]["latestModelApplied"] is True
    assert statuses(upgraded) == ["ProvisioningState/succeeded", "PowerState/running"]
    assert health(upgraded) == "HealthState/healthy"
    assert exact_version(azure.instance(1)) == OLD


def test_the_upgrade_passes_through_drain_shutdown_new_disk_and_boot(azure):
    azure.set_version(NEW)
    azure.upgrade("0")
    [record] = azure.account()["instances"][0]["upgrades"]
    seen = []
    for share in (0.0, 0.03, 0.2, 0.4, 0.7, 1.1):
        azure.clock.time = START + share * record["seconds"]
        instance = azure.instance(0)
        power = statuses(instance)[1].partition("/")[2]
        seen.append((power, exact_version(instance), health(instance).partition("/")[2]))
    assert seen == [
        ("running", OLD, "healthy"),  # The probe has not looked yet.
        ("running", OLD, "unhealthy"),
        ("stopping", OLD, "unhealthy"),
        ("starting", NEW, "unhealthy"),
        ("running", NEW, "unhealthy"),
        ("running", NEW, "healthy"),
    ]


def test_latest_model_applied_turns_true_only_at_the_end(azure):
    azure.set_version(NEW)
    azure.upgrade("0")
    [record] = azure.account()["instances"][0]["upgrades"]
    azure.later(record["seconds"] - 1)
    before = azure.instance(0)["properties"]
    azure.later(1)
    after = azure.instance(0)["properties"]
    assert (before["latestModelApplied"], before["provisioningState"]) == (False, "Updating")
    assert (after["latestModelApplied"], after["provisioningState"]) == (True, "Succeeded")


def test_the_operation_ends_when_its_slowest_instance_does(azure):
    azure.set_version(NEW)
    accepted = azure.upgrade("0", "1", "2")
    slowest = max(one["upgrades"][0]["seconds"] for one in azure.account()["instances"][:3])
    azure.later(slowest - 0.5)
    assert azure.get(path_of(accepted)).body["status"] == "InProgress"
    azure.later(0.5)
    assert azure.get(path_of(accepted)).body["status"] == "Succeeded"


def test_the_set_is_updating_from_the_moment_manualupgrade_answers(azure):
    azure.follow(azure.set_version(NEW))
    accepted = azure.upgrade("0")
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Updating"
    assert azure.get(f"{azure.set_path()}/instanceView").body["statuses"][0]["code"] == "ProvisioningState/updating"
    azure.follow(accepted)
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Succeeded"


def test_durations_are_the_same_for_the_same_seed_in_any_order_of_calls(azure_with):
    fleet = "scale_sets: [{resource_group: myrg, name: myvmss, capacity: 4}]"

    def durations(order: list[str], seed: int) -> dict[str, float]:
        azure = azure_with(fleet, seed)
        azure.set_version(NEW)
        for instance_id in order:
            azure.upgrade(instance_id)
        return {one["id"]: one["upgrades"][0]["seconds"] for one in azure.account()["instances"]}

    assert durations(["0", "1", "2", "3"], 7) == durations(["3", "1", "0", "2"], 7)
    assert durations(["0", "1", "2", "3"], 7) != durations(["0", "1", "2", "3"], 8)


def test_windows_upgrades_take_about_seven_minutes(azure):
    azure.set_version(NEW)
    azure.upgrade("*")
    seconds = sorted(one["upgrades"][0]["seconds"] for one in azure.account()["instances"])
    assert 0.6 * 420 <= seconds[0] < seconds[-1] <= 1.8 * 420
    assert 350 < seconds[10] < 500


def test_everything_means_those_behind_and_unprotected(azure):
    azure.set_version(NEW)
    azure.follow(azure.upgrade("0"))
    azure.protect(1)
    accepted = azure.upgrade("*")
    azure.follow(accepted)
    azure.later(60)
    assert accepted.headers["x-ms-request-charge"] == "18"
    assert [one["id"] for one in azure.account()["instances"] if one["image"] == OLD] == ["1"]
    assert len(azure.account()["instances"][0]["upgrades"]) == 1


def test_naming_a_protected_instance_leaves_it_alone(azure):
    azure.set_version(NEW)
    azure.protect(3)
    assert azure.follow(azure.upgrade("3"))["status"] == "Succeeded"
    assert exact_version(azure.instance(3)) == OLD


def test_nothing_to_do_is_charged_nothing_and_ends_at_once(azure):
    accepted = azure.upgrade("0", "1")
    assert accepted.headers["x-ms-request-charge"] == "0"
    azure.later(1.5)
    assert azure.get(path_of(accepted)).body["status"] == "Succeeded"
    assert azure.account()["most_out_at_once"] == 0


def test_an_instance_under_way_is_not_started_again_and_both_operations_wait_for_it(azure):
    azure.set_version(NEW)
    first = azure.upgrade("0")
    azure.later(100)
    second = azure.upgrade("0")
    [record] = azure.account()["instances"][0]["upgrades"]
    azure.later(record["seconds"] - 100)
    assert azure.get(path_of(first)).body["status"] == "Succeeded"
    assert azure.get(path_of(second)).body["status"] == "Succeeded"
    assert len(azure.account()["instances"][0]["upgrades"]) == 1


def test_a_model_that_moves_on_meanwhile_leaves_the_instance_behind_again(azure):
    azure.set_version(NEW)
    accepted = azure.upgrade("0")
    azure.later(30)
    azure.set_version(OLDER)
    azure.follow(accepted)
    instance = azure.instance(0)
    assert exact_version(instance) == NEW
    assert instance["properties"]["latestModelApplied"] is False


def test_undoing_the_model_change_makes_untouched_instances_current_again(azure):
    azure.set_version(NEW)
    azure.set_version(OLD)
    assert azure.instance(0)["properties"]["latestModelApplied"] is True


@pytest.mark.parametrize("ids", [[], ["99"], ["0", "x"], [None], "0", ["0", ""], [True], ["1" * 5000]])
def test_bad_ids_fail_the_whole_call(azure, ids):
    azure.set_version(NEW)
    refused = azure.post(f"{azure.set_path()}/manualupgrade", {"instanceIds": ids})
    assert (refused.status, refused.code, refused.body["error"]["target"]) == (400, "InvalidParameter", "instanceIds")
    assert azure.account()["out_now"] == 0


def test_manualupgrade_needs_ids(azure):
    assert azure.post(f"{azure.set_path()}/manualupgrade").code == "InvalidParameter"


def test_ids_may_be_numbers(azure):
    azure.set_version(NEW)
    accepted = azure.post(f"{azure.set_path()}/manualupgrade", {"instanceIds": [0, 1]})
    assert (accepted.status, accepted.headers["x-ms-request-charge"]) == (202, "2")


def test_a_deallocated_instance_gets_its_new_disk_and_stays_off(azure):
    azure.follow(azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["2"]}))
    azure.set_version(NEW)
    azure.follow(azure.upgrade("2"))
    instance = azure.instance(2)
    assert exact_version(instance) == NEW
    assert statuses(instance) == ["ProvisioningState/succeeded", "PowerState/deallocated"]
    assert "vmHealth" not in instance["properties"]["instanceView"]


def test_out_of_service_counts_from_the_request_until_healthy_again(azure):
    azure.set_version(NEW)
    azure.upgrade("0", "1")
    assert azure.account()["out_now"] == 2
    azure.upgrade("2")
    assert azure.account()["out_now"] == 3
    azure.later(1000)
    account = azure.account()
    assert (account["out_now"], account["most_out_at_once"]) == (0, 3)
    history = azure.get("/emulator/sets/myrg/myvmss/history").body["value"]
    assert [(one["instance"], one["change"]) for one in history[:3]] == [("0", "out"), ("1", "out"), ("2", "out")]
    assert sorted(one["instance"] for one in history[3:] if one["change"] == "in") == ["0", "1", "2"]


def test_without_a_health_source_there_is_no_verdict(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, health: none}]")
    azure.set_version(NEW)
    azure.upgrade("0")
    assert "vmHealth" not in azure.instance(0)["properties"]["instanceView"]
    assert azure.account()["out_now"] == 1
    azure.later(1000)
    assert azure.account()["out_now"] == 0


def test_a_health_source_in_the_model_shows_only_on_instances_that_have_applied_it(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, health: none}]")
    probe = {"healthProbe": {"id": "/subscriptions/x/loadBalancers/lb/probes/p"}}
    azure.patch(azure.set_path(), {"properties": {"virtualMachineProfile": {"networkProfile": probe}}})
    azure.follow(azure.upgrade("0"))
    azure.later(10)
    assert health(azure.instance(0)) == "HealthState/healthy"
    assert "vmHealth" not in azure.instance(1)["properties"]["instanceView"]
