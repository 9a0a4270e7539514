"""Upgrades of the OS image of sets that follow `latest`: on demand, by Azure itself, and what is published."""

import pytest

from tests.emulator.local import image_change

URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"
NEWEST, NEXT = "4.0.20160229", "4.0.20160401"
HOURS = 3600.0
GALLERY = "galleries/g/images/web"


def follow_latest(azure, **automatic):
    """The article's set on `latest`, whose instances run the newest version there is; automatic upgrades if asked."""
    body = image_change(version="latest")
    if automatic:
        body["properties"]["upgradePolicy"] = {"automaticOSUpgradePolicy": automatic}
    azure.follow(azure.patch(azure.set_path(), body))
    azure.follow(azure.upgrade("*"), step=60)
    return azure


def publish(azure, version=NEXT, **more):
    return azure.post("/emulator/publish", {"image": f"{URN}:{version}", **more})


def images(azure):
    return [one["image"] for one in azure.account()["instances"]]


def start(azure, action="osRollingUpgrade"):
    return azure.post(f"{azure.set_path()}/{action}")


def history(azure, **more):
    return [one["properties"] for one in azure.get(f"{azure.set_path()}/osUpgradeHistory", **more).body["value"]]


def until_begun(azure):
    """Goes on until the first attempt begins, minute by minute."""
    for _ in range(4 * 60):
        if history(azure):
            return
        azure.later(60)
    raise AssertionError("no attempt has begun")


def latest(azure):
    return azure.get(f"{azure.set_path()}/rollingUpgrades/latest").properties


def test_a_published_version_is_on_offer(azure):
    answer = publish(azure)
    assert (answer.status, answer.body["upgrades"]) == (201, [])
    place = f"{azure.compute}/locations/westus/publishers/MicrosoftWindowsServer/artifacttypes/vmimage/offers"
    versions = azure.get(f"{place}/WindowsServer/skus/2012-R2-Datacenter/versions").body
    assert versions[-1]["name"] == NEXT
    assert azure.set_version(NEXT).status == 200


def test_a_version_published_elsewhere_is_not_here(azure):
    publish(azure, locations=["East US"])
    assert azure.set_version(NEXT).code == "PlatformImageNotFound"
    assert images(follow_latest(azure)) == [NEWEST] * 20
    publish(azure, locations=["westus"])
    assert azure.set_version(NEXT).status == 200


def test_a_sku_of_its_own_can_be_published(azure):
    new = azure.post("/emulator/publish", {"image": "acme:shop:web:1.0.0"})
    assert (new.status, new.body["new_sku"]) == (201, True)
    assert azure.post("/emulator/publish", {"image": "acme:shop:WEB:1.0.1"}).body["new_sku"] is False
    assert "acme" in str(azure.get(f"{azure.compute}/locations/westus/publishers").body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image": "a:b:c"},
        {"image": "a:b:c:latest"},
        {"image": "a:b:c:1"},
        {"image": ":b:c:1.0.0"},
        {"image": "a/../b:b:c:1.0.0"},
        {"image": f"{URN}:1.0.0", "locations": []},
        {"image": f"{URN}:1.0.0", "locations": [""]},
        {"image": f"{URN}:1.0.0", "where": "here"},
        [],
    ],
)
def test_what_cannot_be_published(azure, body):
    refused = azure.post("/emulator/publish", body)
    assert (refused.status, refused.code) == (400, "BadRequest")


def test_on_demand(azure):
    follow_latest(azure)
    publish(azure)
    accepted = start(azure)
    assert (accepted.status, accepted.headers["x-ms-request-charge"]) == (202, "0")
    assert latest(azure)["progress"]["inProgressInstanceCount"] == 4
    assert azure.follow(accepted, step=20)["status"] == "Succeeded"
    assert (images(azure), azure.account()["most_out_at_once"]) == ([NEXT] * 20, 20)
    reference = azure.instance(3)["properties"]["storageProfile"]["imageReference"]
    assert (reference["version"], reference["exactVersion"]) == ("latest", NEXT)
    (attempt,) = history(azure)
    assert (attempt["startedBy"], attempt["runningStatus"]["code"]) == ("User", "Completed")
    assert attempt["targetImageReference"]["version"] == NEXT
    assert set(attempt["runningStatus"]) == {"code", "startTime", "endTime"}
    assert "completedTime" in history(azure, api="2019-12-01")[0]["runningStatus"]


def test_with_nothing_to_do_it_takes_a_while_and_counts_all_as_done(azure):
    follow_latest(azure)
    begun = azure.clock.time
    assert azure.follow(start(azure))["status"] == "Succeeded"
    assert azure.clock.time - begun == 100
    assert latest(azure)["progress"]["successfulInstanceCount"] == 20


def test_extensions_take_ten_minutes_a_batch(azure):
    begun = azure.clock.time
    assert azure.follow(start(azure, "extensionRollingUpgrade"), step=60)["status"] == "Succeeded"
    assert azure.clock.time - begun == 3000
    assert latest(azure)["progress"]["successfulInstanceCount"] == 20
    assert (azure.account()["most_out_at_once"], history(azure)) == (0, [])


def test_refused_where_nobody_follows_latest(azure):
    refused = start(azure)
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert refused.body["error"]["message"].endswith("some instances which have imageReference.version set to latest.")


def test_instances_that_are_pinned_by_the_model_they_have_stay(azure):
    azure.follow(azure.patch(azure.set_path(), image_change(version="latest")))
    azure.follow(azure.upgrade("0", "1"), step=60)
    publish(azure)
    assert azure.follow(start(azure), step=20)["status"] == "Succeeded"
    assert sorted(images(azure)) == ["4.0.20160126"] * 18 + [NEXT] * 2


def test_one_started_by_hand_puts_nothing_back(azure):
    follow_latest(azure)
    publish(azure)
    azure.fault(kind="boots-unhealthy", set="myrg/myvmss", image=NEXT)
    assert azure.follow(start(azure), step=20)["status"] == "Failed"
    assert images(azure).count(NEXT) == 4
    assert history(azure)[0]["rollbackInfo"]["successfullyRolledbackInstanceCount"] == 0


def test_azure_begins_by_itself_within_three_hours(azure):
    follow_latest(azure, enableAutomaticOSUpgrade=True)
    published_at = azure.clock.time
    (planned,) = publish(azure).body["upgrades"]
    assert planned["set"] == "myrg/myvmss"
    assert azure.post("/emulator/publish", {"image": "acme:shop:web:1.0.0"}).body["upgrades"] == [], "of that image"
    azure.later(600)
    assert history(azure) == []
    until_begun(azure)
    assert azure.clock.time - published_at <= 3 * HOURS
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Updating"
    azure.later(2 * HOURS)
    assert images(azure) == [NEXT] * 20
    (attempt,) = history(azure)
    assert (attempt["startedBy"], attempt["progress"]["successfulInstanceCount"]) == ("Platform", 20)
    azure.later(24 * HOURS)
    assert len(history(azure)) == 1


def test_without_the_policy_it_does_not(azure):
    follow_latest(azure, enableAutomaticOSUpgrade=False)
    assert publish(azure).body["upgrades"] == []
    azure.later(24 * HOURS)
    assert images(azure) == [NEWEST] * 20


def test_switched_on_behind_a_version_it_begins_too(azure):
    follow_latest(azure)
    publish(azure)
    policy = {"properties": {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}}}
    answer = azure.patch(azure.set_path(), policy).properties
    assert answer["upgradePolicy"]["automaticOSUpgradePolicy"] == {
        "enableAutomaticOSUpgrade": True,
        "useRollingUpgradePolicy": False,
        "disableAutomaticRollback": False,
    }
    windows = answer["virtualMachineProfile"]["osProfile"]["windowsConfiguration"]
    assert windows["enableAutomaticUpdates"] is False
    azure.later(5 * HOURS)
    assert images(azure) == [NEXT] * 20


@pytest.mark.parametrize(("disabled", "left"), [(False, 0), (True, 4)])
def test_azures_own_pass_puts_back_what_does_not_recover(azure, disabled, left):
    follow_latest(azure, enableAutomaticOSUpgrade=True, disableAutomaticRollback=disabled)
    azure.fault(kind="boots-unhealthy", set="myrg/myvmss", image=NEXT)
    publish(azure)
    azure.later(5 * HOURS)
    assert images(azure).count(NEXT) == left
    assert azure.account()["out_now"] == left
    (attempt,) = history(azure)
    assert attempt["runningStatus"]["code"] == "Faulted"
    assert attempt["error"]["code"] == "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
    assert attempt["rollbackInfo"]["successfullyRolledbackInstanceCount"] == 4 - left
    azure.later(48 * HOURS)
    assert len(history(azure)) == 1  # The same version is not tried again.


def test_cancelled_while_it_puts_back_it_counts_each_once(azure):
    follow_latest(azure, enableAutomaticOSUpgrade=True)
    azure.fault(kind="boots-unhealthy", set="myrg/myvmss", image=NEXT)
    publish(azure)
    until_begun(azure)
    for _ in range(100):
        if len(azure.account()["instances"][0]["upgrades"]) == 3:
            break
        azure.later(30)
    assert azure.post(f"{azure.set_path()}/rollingUpgrades/cancel").status == 202
    assert latest(azure)["progress"] == {
        "successfulInstanceCount": 0,
        "failedInstanceCount": 4,
        "inProgressInstanceCount": 0,
        "pendingInstanceCount": 16,
    }


@pytest.mark.parametrize(("uses", "out"), [(True, 2), (False, 4)])
def test_whose_rolling_policy_it_takes(azure, uses, out):
    follow_latest(azure, enableAutomaticOSUpgrade=True, useRollingUpgradePolicy=uses)
    policy = {"properties": {"upgradePolicy": {"rollingUpgradePolicy": {"maxBatchInstancePercent": 10}}}}
    azure.follow(azure.patch(azure.set_path(), policy))
    publish(azure)
    until_begun(azure)
    assert history(azure)[0]["progress"]["inProgressInstanceCount"] == out


def test_another_operation_is_waited_for(azure):
    follow_latest(azure, enableAutomaticOSUpgrade=True)
    azure.fault(kind="operations-hang", operation="restart")
    azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["0"]})
    publish(azure)
    azure.later(4 * HOURS)
    assert history(azure) == []
    azure.delete("/emulator/faults")
    azure.later(2 * HOURS)
    assert images(azure) == [NEXT] * 20


def test_a_new_version_of_a_gallery_image_sets_it_off(azure):
    image_id = f"{azure.group()}/providers/Microsoft.Compute/{GALLERY}"
    for path, properties in (("galleries/g", {}), (GALLERY, {"osType": "Linux"}), (f"{GALLERY}/versions/1.0.0", {})):
        answer = azure.put(
            f"{azure.group()}/providers/Microsoft.Compute/{path}", {"location": "westus", "properties": properties}
        )
        azure.follow(answer)
    azure.follow(azure.put(azure.set_path("web"), gallery_set(image_id)))
    version = {"location": "westus", "properties": {}}
    azure.follow(azure.put(f"{image_id}/versions/1.1.0", version))
    azure.later(5 * HOURS)
    assert [one["image"] for one in azure.account("web")["instances"]] == ["1.1.0"] * 3
    attempts = azure.get(f"{azure.set_path('web')}/osUpgradeHistory").body["value"]
    assert attempts[0]["properties"]["targetImageReference"] == {"id": image_id, "exactVersion": "1.1.0"}


def gallery_set(image_id):
    return {
        "location": "westus",
        "sku": {"name": "Standard_DS1_v2", "tier": "Standard", "capacity": 3},
        "properties": {
            "upgradePolicy": {"mode": "Manual", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
            "virtualMachineProfile": {
                "osProfile": {"computerNamePrefix": "web", "adminUsername": "me", "adminPassword": "secret-1"},
                "storageProfile": {"imageReference": {"id": image_id}},
                "networkProfile": {"healthProbe": {"id": "/subscriptions/any/loadBalancers/lb/probes/web"}},
            },
        },
    }


def test_it_needs_a_health_source(azure, set_document):
    document = set_document()
    document["properties"]["upgradePolicy"]["automaticOSUpgradePolicy"] = {"enableAutomaticOSUpgrade": True}
    refused = azure.put(azure.set_path("web"), document)
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert refused.body["error"]["message"].startswith("Automatic OS Upgrade is not supported")


def test_the_last_five_attempts_are_remembered_for_two_months(azure):
    follow_latest(azure)
    for _ in range(6):
        azure.follow(start(azure))
    attempts = history(azure)
    assert len(attempts) == 5
    times = [one["runningStatus"]["startTime"] for one in attempts]
    assert times == sorted(times, reverse=True)
    azure.later(62 * 24 * HOURS)
    azure.world.tokens.clock = lambda: 0.0
    assert history(azure) == []
