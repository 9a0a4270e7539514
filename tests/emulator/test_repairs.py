"""Automatic instance repairs, over the wire: who is repaired when and how, and the service that does it."""

import pytest

MINUTES = 60.0
NEW = "4.0.20160229"


def enable(azure, action="Replace", grace="PT10M", **members):
    policy = {"enabled": True, "gracePeriod": grace, "repairAction": action}
    return azure.patch(azure.set_path(), {"properties": {"automaticRepairsPolicy": policy, **members}})


def with_repairs(azure, action="Replace", grace="PT10M"):
    assert azure.follow(enable(azure, action, grace))["status"] == "Succeeded"
    return azure


def break_down(azure, *ids):
    assert azure.fault(kind="unhealthy-now", set="myrg/myvmss", instances=list(ids)).status == 201


def ids(azure):
    return {one["id"] for one in azure.account()["instances"]}


def service(azure, **more):
    (found,) = azure.get(f"{azure.set_path()}/instanceView", **more).body["orchestrationServices"]
    return found


def state_of(azure):
    return service(azure)["serviceState"]


def set_state(azure, action, name="AutomaticRepairs"):
    body = {"serviceName": name, "action": action}
    return azure.post(f"{azure.set_path()}/setOrchestrationServiceState", body)


def test_an_unhealthy_instance_is_replaced_after_the_grace_period(azure):
    with_repairs(azure)
    azure.follow(azure.set_version(NEW))
    break_down(azure, "3")
    azure.later(9 * MINUTES)
    assert "3" in ids(azure)
    azure.later(2 * MINUTES)
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Succeeded"
    azure.later(5 * MINUTES)
    account = azure.account()
    assert {one["id"] for one in account["instances"]} == {str(one) for one in (*range(3), *range(4, 21))}
    assert (account["capacity"], account["out_now"]) == (20, 0)
    assert [one["image"] for one in account["instances"] if one["id"] == "20"] == [NEW]  # From the latest model.


@pytest.mark.parametrize(("action", "heals"), [("Reimage", True), ("Restart", False)])
def test_other_actions_keep_the_instance(azure, action, heals):
    with_repairs(azure, action)
    disk = azure.instance(3)["properties"]["storageProfile"]["osDisk"]["name"]
    break_down(azure, "3")
    azure.later(14 * MINUTES)
    assert (ids(azure), azure.account()["out_now"] == 0) == ({str(one) for one in range(20)}, heals)
    assert (azure.instance(3)["properties"]["storageProfile"]["osDisk"]["name"] != disk) is heals


def test_few_at_once(azure_with):
    azure = with_repairs(azure_with("scale_sets: [{resource_group: myrg, name: myvmss, capacity: 40}]"))
    break_down(azure, "1", "2", "3", "4", "5")
    azure.later(11 * MINUTES)
    assert len(ids(azure) & {"1", "2", "3", "4", "5"}) == 3  # Five percent of 40 at a time.
    azure.later(20 * MINUTES)
    assert not ids(azure) & {"1", "2", "3", "4", "5"}


def test_who_is_left_alone(azure_with):
    azure = azure_with(
        "scale_sets: [{resource_group: myrg, name: myvmss, capacity: 5, instances: {"
        "0: {health: unhealthy, protected: true}, 1: {power: deallocated}, 2: {power: stopped}}}]"
    )
    azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=["3"])
    azure.set_version(NEW)
    azure.follow(azure.upgrade("3"), step=30)
    with_repairs(azure)
    azure.later(60 * MINUTES)
    assert ids(azure) == {"0", "1", "2", "3", "4"}


def test_each_change_of_the_set_gives_another_grace_period(azure):
    with_repairs(azure)
    break_down(azure, "3")
    for _ in range(3):
        azure.later(8 * MINUTES)
        azure.follow(azure.patch(azure.set_path(), {"tags": {"at": str(azure.clock.time)}}))
    assert "3" in ids(azure)
    azure.later(11 * MINUTES)
    azure.later(MINUTES)
    assert "3" not in ids(azure)


def test_repairs_that_do_not_help_suspend_the_service(azure):
    azure.fault(kind="boots-unhealthy", set="myrg/myvmss", instances=["3"])
    with_repairs(azure, "Reimage")
    break_down(azure, "3")
    azure.later(30 * MINUTES)
    assert state_of(azure) == "Running"
    azure.later(60 * MINUTES)
    assert state_of(azure) == "Suspended"
    azure.delete("/emulator/faults")
    break_down(azure, "3")
    azure.later(60 * MINUTES)
    assert azure.account()["out_now"] == 1
    assert azure.follow(set_state(azure, "Resume"))["status"] == "Succeeded"
    azure.later(15 * MINUTES)
    assert (state_of(azure), azure.account()["out_now"]) == ("Running", 0)


def test_suspend_and_resume(azure):
    with_repairs(azure)
    accepted = set_state(azure, "Suspend")
    assert (accepted.status, accepted.headers["x-ms-request-charge"]) == (202, "0")
    azure.follow(accepted)
    assert service(azure) == {"serviceName": "AutomaticRepairs", "serviceState": "Suspended"}
    break_down(azure, "3")
    azure.later(60 * MINUTES)
    assert "3" in ids(azure)
    set_state(azure, "Resume")
    azure.later(12 * MINUTES)
    assert "3" not in ids(azure)


def test_newer_versions_tell_more_of_the_service(azure):
    with_repairs(azure)
    found = service(azure, api="2025-04-01")
    assert (found["serviceState"], found["latestOperationStatus"]) == ("Running", "Completed")
    assert found["lastStatusChangeTime"].startswith("20")


def test_switched_off(azure):
    with_repairs(azure)
    azure.patch(azure.set_path(), {"properties": {"automaticRepairsPolicy": {"enabled": False}}})
    break_down(azure, "3")
    azure.later(60 * MINUTES)
    assert ("3" in ids(azure), state_of(azure)) == (True, "NotRunning")
    assert set_state(azure, "Suspend").code == "OperationNotAllowed"


@pytest.mark.parametrize(
    ("name", "action"),
    [("AutomaticRepairs", "Stop"), ("Other", "Suspend"), (None, "Suspend"), ("AutomaticRepairs", None)],
)
def test_states_that_cannot_be_set(azure, name, action):
    with_repairs(azure)
    assert set_state(azure, action, name).code == "InvalidParameter"


def test_what_a_policy_must_be(azure, set_document):
    assert enable(azure, grace="PT9M").code == "InvalidParameter"
    assert enable(azure, grace="PT91M").code == "InvalidParameter"
    assert enable(azure, action="Pray").code == "InvalidParameter"
    refused = azure.put(azure.set_path("web"), set_document(automaticRepairsPolicy={"enabled": True}))
    assert (refused.status, refused.code) == (400, "BadRequest")
    on = {"properties": {"automaticRepairsPolicy": {"enabled": True}}}
    filled = azure.patch(azure.set_path(), on).properties["automaticRepairsPolicy"]
    assert filled == {"enabled": True, "gracePeriod": "PT10M", "repairAction": "Replace"}
    assert enable(azure, action="Restart").code == "PropertyChangeNotAllowed"


def test_an_initializing_application_is_waited_for(azure, set_document):
    document = set_document(1, overprovision=False, automaticRepairsPolicy={"enabled": True})
    kind = {"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux", "typeHandlerVersion": "2.0"}
    extension = {"name": "health", "properties": {**kind, "settings": {"gracePeriod": 3600}}}
    document["properties"]["virtualMachineProfile"]["extensionProfile"] = {"extensions": [extension]}
    azure.fault(kind="bad-image", image="22.04.202408080")
    azure.put(azure.set_path("web"), document)
    azure.later(55 * MINUTES)
    assert [one["id"] for one in azure.account("web")["instances"]] == ["0"]
    azure.later(15 * MINUTES)
    assert [one["id"] for one in azure.account("web")["instances"]] == ["1"]
