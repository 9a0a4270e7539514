"""Each fault, by what a client sees of it."""

import pytest

from rollset.emulator.app import ReplyLostError
from tests.emulator.local import path_of

NEW = "4.0.20160229"
SET = "myrg/myvmss"


def statuses(azure, number):
    return [one["code"] for one in azure.instance(number)["properties"]["instanceView"]["statuses"]]


def health(azure, number):
    return azure.instance(number)["properties"]["instanceView"]["vmHealth"]["status"]["code"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "upgrade-fail", "set": SET}, "expected one of upgrade-fails, boots-unhealthy, hangs"),
        ({"kind": "zone-down", "zone": "9"}, "zone: expected 1, 2 or 3, got '9'"),
        ({"kind": "forbid", "method": "EAT"}, "method: expected one of GET, HEAD, PUT, PATCH, POST, DELETE, got 'EAT'"),
        ({"kind": "hangs", "set": "myrg/other"}, "there is no scale set 'myrg/other'; write it as GROUP/NAME"),
    ],
    ids=["kind", "zone", "method", "set"],
)
def test_a_fault_that_could_never_strike_is_refused_with_what_could(azure, fault, sentence):
    refused = azure.fault(**fault)
    assert refused.status == 400
    assert sentence in refused.body["error"]["message"]
    assert azure.get("/emulator/faults").body["value"] == []


def test_a_fault_that_is_not_there_cannot_be_cleared(azure):
    answer = azure.delete("/emulator/faults/7")
    assert (answer.status, answer.code) == (404, "NotFound")
    assert "no fault 7" in answer.body["error"]["message"]


def test_an_upgrade_that_fails_tells_its_code_everywhere(azure):
    azure.fault(kind="upgrade-fails", set=SET, instances=["4"], code="VMStartTimedOut", message="VM '{name}' is late.")
    azure.set_version(NEW)
    ended = azure.follow(azure.upgrade("3", "4"))
    azure.later(10)
    view = azure.instance(4)["properties"]["instanceView"]
    assert ended["error"] == {"code": "VMStartTimedOut", "message": "VM 'myvmss_4' is late."}
    assert view["statuses"][0]["code"] == "ProvisioningState/failed/VMStartTimedOut"
    assert (view["statuses"][0]["level"], view["statuses"][0]["message"]) == ("Error", "VM 'myvmss_4' is late.")
    assert azure.instance(4)["properties"]["provisioningState"] == "Failed"
    assert azure.instance(4)["properties"]["latestModelApplied"] is False
    assert azure.instance(3)["properties"]["latestModelApplied"] is True
    assert azure.account()["out_now"] == 1


def test_a_failed_instance_can_be_upgraded_again(azure):
    azure.fault(kind="upgrade-fails", set=SET, instances="all", times=1)
    azure.set_version(NEW)
    assert azure.follow(azure.upgrade("4"))["status"] == "Failed"
    assert azure.follow(azure.upgrade("4"))["status"] == "Succeeded"
    azure.later(10)
    assert statuses(azure, 4)[0] == "ProvisioningState/succeeded"
    outcomes = [one["outcome"] for one in azure.account()["instances"][4]["upgrades"]]
    assert outcomes == ["OSProvisioningTimedOut", "succeeded"]
    assert azure.account()["out_now"] == 0


def test_a_fault_of_one_image_spares_the_others(azure):
    azure.fault(kind="upgrade-fails", set=SET, image=NEW)
    azure.set_version("4.0.20151214")
    assert azure.follow(azure.upgrade("0"))["status"] == "Succeeded"
    azure.set_version(NEW)
    assert azure.follow(azure.upgrade("0"))["status"] == "Failed"


def test_an_image_that_boots_unhealthy_is_provisioned_but_never_healthy_until_cleared(azure):
    fault = azure.fault(kind="boots-unhealthy", set=SET, image=NEW).body
    azure.set_version(NEW)
    assert azure.follow(azure.upgrade("0"))["status"] == "Succeeded"
    azure.later(3600)
    assert statuses(azure, 0) == ["ProvisioningState/succeeded", "PowerState/running"]
    assert health(azure, 0) == "HealthState/unhealthy"
    assert azure.account()["out_now"] == 1
    assert azure.delete(f"/emulator/faults/{fault['id']}").status == 204
    azure.later(5)
    assert health(azure, 0) == "HealthState/healthy"


def test_going_back_to_the_old_image_heals_what_the_new_one_broke(azure):
    azure.fault(kind="boots-unhealthy", set=SET, image=NEW)
    azure.set_version(NEW)
    azure.follow(azure.upgrade("0"))
    azure.set_version("4.0.20160126")
    azure.follow(azure.upgrade("0"))
    azure.later(10)
    assert health(azure, 0) == "HealthState/healthy"


def test_an_upgrade_that_hangs_never_ends(azure):
    azure.fault(kind="hangs", set=SET, instances=["0"])
    azure.set_version(NEW)
    accepted = azure.upgrade("0", "1")
    azure.later(80_000)
    assert azure.get(path_of(accepted)).body["status"] == "InProgress"
    assert azure.instance(0)["properties"]["provisioningState"] == "Updating"
    assert azure.instance(1)["properties"]["provisioningState"] == "Succeeded"


def test_a_restart_preempts_a_hanging_upgrade(azure):
    azure.fault(kind="hangs", set=SET, instances=["0"])
    azure.set_version(NEW)
    accepted = azure.upgrade("0")
    azure.later(1000)
    azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/0/restart"))
    assert azure.get(path_of(accepted)).body["error"]["code"] == "OperationPreempted"
    assert statuses(azure, 0) == ["ProvisioningState/succeeded", "PowerState/running"]


def test_unhealthy_now_and_recover(azure):
    azure.fault(kind="unhealthy-now", set=SET, instances=["2"])
    assert 502 in azure.visit(20)
    azure.later(5)
    assert health(azure, 2) == "HealthState/unhealthy"
    assert set(azure.visit(40)) == {200}
    assert azure.account()["out_now"] == 1
    azure.fault(kind="recover", set=SET, instances=["2"])
    azure.later(5)
    assert health(azure, 2) == "HealthState/healthy"
    assert azure.get("/emulator/faults").body == {"value": []}


def test_http_answers_in_place_of_azure(azure):
    azure.fault(kind="http", method="GET", path_contains="/virtualMachines", status=429, retry_after=7, times=2, skip=1)
    path = f"{azure.set_path()}/virtualMachines"
    answers = [azure.get(path) for _ in range(4)]
    assert [one.status for one in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "7"
    assert answers[1].code == "OperationNotAllowed"
    assert azure.get(azure.set_path()).status == 200


def test_http_may_answer_anything(azure):
    azure.fault(kind="http", status=400, body={"error": {"code": "Odd", "message": "odd"}}, times=1)
    assert azure.get(azure.set_path()).code == "Odd"


def test_nothing_is_done_by_a_request_that_a_fault_answers(azure):
    azure.fault(kind="http", method="PATCH", status=503, times=1)
    assert azure.set_version(NEW).status == 503
    assert azure.get(azure.set_path()).body["etag"] == '"1"'


def test_a_lost_reply_means_the_work_is_done(azure):
    azure.fault(kind="lost-reply", method="POST", path_contains="manualupgrade")
    azure.set_version(NEW)
    with pytest.raises(ReplyLostError):
        azure.upgrade("0")
    assert azure.instance(0)["properties"]["provisioningState"] == "Updating"
    assert azure.upgrade("1").status == 202


def test_operations_expire(azure):
    changed = azure.set_version(NEW)
    azure.fault(kind="expire-operations")
    assert azure.get(path_of(changed)).status == 404
    accepted = azure.upgrade("0")
    assert azure.get(path_of(accepted)).status == 200
    azure.fault(kind="expire-operations", which="new")
    assert azure.get(path_of(azure.upgrade("1"))).status == 404
    assert azure.get(path_of(accepted)).status == 200


def test_forbid(azure):
    azure.fault(kind="forbid", method="PATCH")
    refused = azure.set_version(NEW)
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    assert azure.get(azure.set_path()).status == 200


SETS = "Microsoft.Compute/virtualMachineScaleSets"


@pytest.mark.parametrize(
    ("method", "below", "action", "scope"),
    [
        ("GET", "", f"{SETS}/read", ""),
        ("PATCH", "", f"{SETS}/write", ""),
        ("DELETE", "", f"{SETS}/delete", ""),
        ("POST", "/manualupgrade", f"{SETS}/manualUpgrade/action", ""),
        ("POST", "/rollingUpgrades/cancel", f"{SETS}/rollingUpgrades/cancel/action", ""),
        ("GET", "/virtualMachines", f"{SETS}/virtualMachines/read", ""),
        ("GET", "/virtualMachines/3", f"{SETS}/virtualMachines/read", "/virtualMachines/3"),
        ("GET", "/virtualmachines/3/instanceview", f"{SETS}/virtualMachines/instanceView/read", "/virtualmachines/3"),
        ("POST", "/virtualMachines/3/poweroff", f"{SETS}/virtualMachines/powerOff/action", "/virtualMachines/3"),
    ],
)
def test_what_is_forbidden_names_the_missing_right_as_azure_does(azure, method, below, action, scope):
    azure.fault(kind="forbid")
    message = azure.ask(method, f"{azure.set_path()}{below}").body["error"]["message"]
    assert f"does not have authorization to perform action '{action}' over scope '{azure.set_path()}{scope}'" in message
    assert message.endswith("or the scope is invalid. If access was recently granted, please refresh your credentials.")


def test_the_right_to_see_a_group_and_the_subscriptions(azure):
    azure.fault(kind="forbid")
    group = azure.get(azure.group()).body["error"]["message"]
    assert f"'Microsoft.Resources/subscriptions/resourceGroups/read' over scope '{azure.group()}'" in group
    assert "'Microsoft.Resources/subscriptions/read'" in azure.get("/subscriptions").body["error"]["message"]


def test_the_list_of_faults(azure):
    added = azure.fault(kind="http", status=500, times=3)
    assert added.status == 201
    azure.get(azure.set_path())
    assert azure.get("/emulator/faults").body["value"] == [
        {"id": 1, "kind": "http", "status": 500, "times": 3, "left": 2}
    ]
    assert azure.delete("/emulator/faults").status == 204
    assert azure.get("/emulator/faults").body["value"] == []
    assert azure.delete("/emulator/faults/1").status == 404


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "earthquake"}, "earthquake"),
        ({"kind": "hangs"}, "set"),
        ({"kind": "hangs", "set": SET, "instnaces": []}, "instnaces"),
        ({"kind": "http", "status": "many"}, "status"),
        ({}, "kind"),
        ({"kind": "hangs", "set": "myrg/nope"}, "set: there is no scale set 'myrg/nope'"),
        ({"kind": "recover", "set": "nope"}, "set: there is no scale set 'nope'"),
        ({"kind": "hangs", "set": SET, "instances": ["3", "99"]}, "instances: myrg/myvmss has no instance '99'"),
        ({"kind": "unhealthy-now", "set": SET, "instances": ["x" * 5000]}, "instances"),
        ({"kind": "hangs", "set": SET, "times": 0}, "(at times)"),
        ({"kind": "http", "times": -1}, "(at times)"),
        ({"kind": "http", "times": 10**30}, "(at times)"),
        ({"kind": "lost-reply", "times": 0}, "(at times)"),
        ({"kind": "forbid", "skip": -1}, "(at skip)"),
        ({"kind": "http", "retry_after": -1}, "(at retry_after)"),
    ],
)
def test_what_is_no_fault_is_refused_with_its_place(azure, fault, said):
    refused = azure.post("/emulator/faults", fault)
    assert refused.status == 400
    assert said in refused.body["error"]["message"]
    assert azure.get("/emulator/faults").body == {"value": []}


def test_pages_of_other_sites_cannot_bring_faults_into_force(azure):
    refused = azure.post("/emulator/faults", {"kind": "forbid"}, headers={"Origin": "https://evil.example"})
    assert (refused.status, refused.code) == (403, "CrossSiteRequest")
    assert azure.post("/emulator/faults", {"kind": "forbid"}, headers={"Origin": "http://localhost:8400"}).status == 201
