"""OS upgrades of Azure's own that somebody has to agree to: deferred ones, and lifecycle hooks. More in test_osupgrade.py."""

import pytest

from tests.emulator.test_osupgrade import HOURS, NEWEST, NEXT, follow_latest, history, images, latest, publish

BEFORE, BATCH = "UpgradeAutoOSScheduling", "UpgradeAutoOSRollingBatchStarting"
LATER = "4.0.20160501"


def deferring(azure):
    return follow_latest(azure, enableAutomaticOSUpgrade=True, osRollingUpgradeDeferral=True)


def pending(azure):
    return [one["id"] for one in azure.account()["instances"] if one["pending_os_upgrade"]]


def ids_on(azure, image):
    return [one["id"] for one in azure.account()["instances"] if one["image"] == image]


def approve(azure, *ids):
    body = {"instanceIds": list(ids)} if ids else None
    answer = azure.post(f"{azure.set_path()}/approveRollingUpgrade", body)
    assert (answer.status, answer.body) == (202, None)
    return answer


def test_an_upgrade_that_is_deferred_waits_for_approval(azure):
    deferring(azure)
    assert pending(azure) == []
    publish(azure)
    azure.later(30 * HOURS)
    assert (len(pending(azure)), images(azure), history(azure)) == (20, [NEWEST] * 20, [])
    approve(azure, "3", "4", "12")
    assert len(pending(azure)) == 17
    azure.later(HOURS)
    assert ids_on(azure, NEXT) == ["3", "4", "12"]
    azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/7/approveRollingUpgrade"))
    azure.later(HOURS)
    assert ids_on(azure, NEXT) == ["3", "4", "7", "12"]
    approve(azure)
    azure.later(5 * HOURS)
    assert (images(azure), pending(azure)) == ([NEXT] * 20, [])
    assert [one["startedBy"] for one in history(azure)] == ["Platform"] * 3


def test_what_is_approved_while_a_pass_runs_joins_it(azure):
    deferring(azure)
    publish(azure)
    azure.later(4 * HOURS)
    approve(azure, "0", "5")
    azure.later(60)
    assert latest(azure)["runningStatus"]["code"] == "RollingForward"
    approve(azure, "1")
    azure.later(2 * HOURS)
    assert ids_on(azure, NEXT) == ["0", "1", "5"]
    assert len(history(azure)) == 1


def test_a_deferred_upgrade_holds_nothing_else_up(azure):
    deferring(azure)
    publish(azure)
    azure.later(4 * HOURS)
    assert azure.follow(azure.patch(azure.set_path(), {"tags": {"a": "b"}}))["status"] == "Succeeded"
    assert azure.upgrade("0").status == 202
    off = {"upgradePolicy": {"automaticOSUpgradePolicy": {"osRollingUpgradeDeferral": False}}}
    azure.follow(azure.patch(azure.set_path(), {"properties": off}))
    azure.later(8 * HOURS)
    assert images(azure) == [NEXT] * 20


def test_approval_of_nothing_changes_nothing(azure):
    assert azure.follow(approve(azure))["status"] == "Succeeded"
    azure.later(HOURS)
    assert azure.account()["most_out_at_once"] == 0


def hooked(azure, *hooks):
    follow_latest(azure, enableAutomaticOSUpgrade=True, useRollingUpgradePolicy=True)
    assert azure.patch(azure.set_path(), hooks_of(*hooks)).status == 200
    publish(azure)
    return azure


def hooks_of(*hooks):
    return {"properties": {"lifecycleHooksProfile": {"lifecycleHooks": list(hooks)}}}


def until_asked(azure, times=1):
    for _ in range(6 * 60):
        if len(found := events(azure)) >= times and found[-1]["properties"]["state"] == "Active":
            return found[-1]
        azure.later(60)
    raise AssertionError("nobody was asked")


def events(azure):
    return azure.get(f"{azure.set_path()}/lifecycleHookEvents").body["value"]


def states(event):
    return [one["actionState"] for one in event["properties"]["targetResources"]]


def answer(azure, event, state, *ids, **properties):
    targets = [
        {"resource": one["resource"], "actionState": state}
        for one in event["properties"]["targetResources"]
        if not ids or one["resource"]["id"].rpartition("/")[2] in ids
    ]
    return azure.patch(event["id"], {"properties": {**({"targetResources": targets} if state else {}), **properties}})


def test_a_hook_before_upgrades_is_asked_of_the_set(azure):
    hooked(azure, {"type": BEFORE, "waitDuration": "PT8H"})
    event = until_asked(azure)
    about = event["properties"]
    assert (event["type"], about["type"]) == ("Microsoft.Compute/virtualMachineScaleSets/lifecycleHookEvents", BEFORE)
    assert [one["resource"]["id"] for one in about["targetResources"]] == [azure.set_path()]
    assert (states(event), about["defaultAction"]) == (["Waiting"], "Approve")
    azure.later(7 * HOURS)
    assert images(azure) == [NEWEST] * 20
    answered = answer(azure, event, "Approved")
    assert (answered.status, answered.properties["state"], states(answered.body)) == (200, "Completed", ["Approved"])
    azure.later(3 * HOURS)
    assert images(azure) == [NEXT] * 20
    assert azure.get(event["id"]).body["properties"]["state"] == "Completed"
    assert answer(azure, event, "Rejected").code == "OperationNotAllowed"


def test_a_version_that_is_rejected_is_not_tried_and_the_next_one_is_asked_about(azure):
    hooked(azure, {"type": BEFORE, "waitDuration": "PT1H", "defaultAction": "Reject"})
    until_asked(azure)
    azure.later(9 * HOURS)
    assert (images(azure), len(events(azure))) == ([NEWEST] * 20, 1)
    publish(azure, LATER)
    answer(azure, until_asked(azure, times=2), "Approved")
    azure.later(3 * HOURS)
    assert images(azure) == [LATER] * 20


def test_the_time_for_an_answer_can_be_put_off_within_bounds(azure):
    hooked(azure, {"type": BEFORE, "waitDuration": "PT1H", "defaultAction": "Reject"})
    event = until_asked(azure)
    most = event["properties"]["maxWaitUntil"]
    assert answer(azure, event, None, waitUntil="2000-01-01T00:00:00Z").code == "InvalidParameter"
    assert answer(azure, event, None, waitUntil=most.replace("20", "21", 1)).code == "InvalidParameter"
    assert answer(azure, event, None, waitUntil=most).properties["waitUntil"][:25] == most[:25]
    azure.later(100 * HOURS)
    assert states(azure.get(event["id"]).body) == ["Waiting"]
    azure.later(100 * HOURS)
    assert states(azure.get(event["id"]).body) == ["Rejected"]


def test_a_hook_before_batches_leaves_out_who_is_rejected(azure):
    hooked(azure, {"type": BATCH, "waitDuration": "PT30M"})
    event = until_asked(azure)
    ids = [one["resource"]["id"].rpartition("/")[2] for one in event["properties"]["targetResources"]]
    assert (len(ids), azure.account()["out_now"]) == (4, 0)
    assert answer(azure, event, "Rejected", ids[0]).properties["state"] == "Active"
    assert azure.account()["out_now"] == 0
    assert answer(azure, event, "Approved", *ids[1:]).properties["state"] == "Completed"
    azure.later(60)
    assert azure.account()["out_now"] == 3
    azure.later(20 * HOURS)
    assert sorted(images(azure)) == [NEWEST] + [NEXT] * 19
    assert len(events(azure)) == 5
    assert history(azure)[0]["runningStatus"]["code"] == "Completed"


def test_cancelling_a_pass_closes_its_question(azure):
    hooked(azure, {"type": BATCH, "waitDuration": "P2D"})
    event = until_asked(azure)
    azure.later(20 * HOURS)
    assert latest(azure)["runningStatus"]["code"] == "RollingForward", "waiting for an answer takes no time of the pass"
    azure.post(f"{azure.set_path()}/rollingUpgrades/cancel")
    assert azure.get(event["id"]).body["properties"]["state"] == "Completed"
    azure.later(60 * HOURS)
    assert images(azure) == [NEWEST] * 20


@pytest.mark.parametrize(
    "hook",
    [
        {"type": "Later"},
        {"type": BEFORE, "waitDuration": "soon"},
        {"type": BEFORE, "waitDuration": "P30D"},
        {"type": BEFORE, "defaultAction": "Wait"},
    ],
)
def test_hooks_that_there_are_not(azure, hook):
    assert azure.patch(azure.set_path(), hooks_of(hook)).code == "InvalidParameter"
    assert azure.patch(azure.set_path(), hooks_of({"type": BEFORE}, {"type": BEFORE})).code == "InvalidParameter"


def test_answers_that_do_not_fit(azure):
    hooked(azure, {"type": BEFORE})
    event = until_asked(azure)
    assert answer(azure, event, "Perhaps").code == "InvalidParameter"
    wrong = {"properties": {"targetResources": [{"resource": {"id": "x"}, "actionState": "Approved"}]}}
    assert azure.patch(event["id"], wrong).code == "InvalidParameter"
    assert azure.get(f"{azure.set_path()}/lifecycleHookEvents/none").status == 404
    assert states(azure.get(event["id"]).body) == ["Waiting"]
