"""Custom metrics of rolling upgrades: the phases that applications ask for, and instances that want to be left out."""

import json

import pytest

OLD, NEW = "4.0.20160126", "4.0.20160229"
PLACE = "/emulator/sets/myrg/myvmss/custom-metrics"


@pytest.fixture
def rolling(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, capacity: 10, health: extension}]")
    policy = {"mode": "Rolling", "rollingUpgradePolicy": {"maxBatchInstancePercent": 20}}
    azure.follow(azure.patch(azure.set_path(), {"properties": {"upgradePolicy": policy}}), step=20)
    return azure


def test_phases_go_in_order_and_those_without_one_last(rolling):
    told = {"7": {"phase": 1}, "3": {"phase": 1}, "9": {"phase": 2}, "0": {"phase": 5, "skip_upgrade": True}}
    assert rolling.put(PLACE, told).status == 200
    assert rolling.follow(rolling.set_version(NEW), step=20)["status"] == "Succeeded"
    upgraded = [one for one in rolling.account()["instances"] if one["upgrades"]]
    order = [one["id"] for one in sorted(upgraded, key=lambda one: one["upgrades"][0]["requested_at"])]
    assert (set(order[:2]), order[2]) == ({"3", "7"}, "9")
    assert [one["id"] for one in rolling.account()["instances"] if one["image"] == OLD] == ["0"]


def test_they_show_in_the_extension_and_can_be_taken_back(rolling):
    rolling.put(PLACE, {"3": {"phase": 1}})
    (health,) = rolling.instance(3)["properties"]["instanceView"]["extensions"]
    (told,) = health["substatuses"]
    assert told["code"] == "ComponentStatus/CustomMetrics/succeeded"
    assert json.loads(told["message"]) == {"rollingUpgrade": {"SkipUpgrade": False, "PhaseOrderingNumber": 1}}
    assert rolling.put(PLACE, {"3": None}).body == {}
    assert "substatuses" not in rolling.instance(3)["properties"]["instanceView"]["extensions"][0]


def test_a_load_balancers_probe_does_not_hear_them(azure):
    azure.put(PLACE, {"3": {"skip_upgrade": True}})
    policy = {"properties": {"upgradePolicy": {"mode": "Rolling"}}}
    azure.follow(azure.patch(azure.set_path(), policy), step=20)
    azure.follow(azure.set_version(NEW), step=20)
    assert {one["image"] for one in azure.account()["instances"]} == {NEW}


@pytest.mark.parametrize("body", [{"3": {"phase": "one"}}, {"3": {"faze": 1}}, {"77": {"phase": 1}}, {"3": 1}, []])
def test_what_cannot_be_told(rolling, body):
    assert rolling.put(PLACE, body).code == "BadRequest"
    assert rolling.get(PLACE).body == {}
