"""Power, disk and delete actions, protection, and instance views."""

import pytest

from tests.emulator.local import path_of

NEW = "4.0.20160229"


def power(azure, number):
    return azure.instance(number)["properties"]["instanceView"]["statuses"][1]["code"]


@pytest.mark.parametrize(
    ("action", "ends"),
    [
        ("poweroff", "PowerState/stopped"),
        ("deallocate", "PowerState/deallocated"),
        ("restart", "PowerState/running"),
        ("redeploy", "PowerState/running"),
        ("reimage", "PowerState/running"),
        ("reimageall", "PowerState/running"),
    ],
)
@pytest.mark.parametrize("place", ["", "/virtualMachines/3"])
def test_an_action_takes_the_instance_out_and_ends_where_it_should(azure, action, ends, place):
    ids = None if place else {"instanceIds": ["3"]}
    accepted = azure.post(f"{azure.set_path()}{place}/{action}", ids)
    assert (accepted.status, accepted.headers["x-ms-request-charge"]) == (202, "1")
    assert azure.account()["out_now"] == 1
    assert azure.instance(3)["properties"]["provisioningState"] == "Updating"
    assert azure.follow(accepted)["status"] == "Succeeded"
    azure.later(10)
    assert power(azure, 3) == ends
    assert azure.account()["out_now"] == (0 if ends == "PowerState/running" else 1)
    assert azure.account()["most_out_at_once"] == 1


def test_starting_brings_a_deallocated_instance_back(azure):
    azure.follow(azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["3"]}))
    view = azure.get(f"{azure.set_path()}/virtualMachines/3/instanceView").body
    assert "placementGroupId" not in view
    assert azure.follow(azure.post(f"{azure.set_path()}/start", {"instanceIds": ["3"]}))["status"] == "Succeeded"
    azure.later(10)
    assert azure.account()["out_now"] == 0


def test_no_ids_and_a_star_mean_all(azure):
    assert azure.post(f"{azure.set_path()}/restart").headers["x-ms-request-charge"] == "20"
    assert azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["*"]}).headers["x-ms-request-charge"] == "20"
    assert azure.post(f"{azure.set_path()}/restart", {"instanceIds": None}).headers["x-ms-request-charge"] == "20"
    assert azure.post(f"{azure.set_path()}/restart", {"instanceIds": []}).status == 400


def test_what_is_so_already_is_not_done_again(azure):
    assert azure.post(f"{azure.set_path()}/start").headers["x-ms-request-charge"] == "0"
    assert azure.account()["most_out_at_once"] == 0


def test_reimage_keeps_the_image_and_changes_the_disk(azure):
    azure.set_version(NEW)
    before = azure.instance(0)["properties"]["storageProfile"]
    azure.follow(azure.post(f"{azure.set_path()}/reimage", {"instanceIds": ["0"]}))
    after = azure.instance(0)["properties"]["storageProfile"]
    assert after["imageReference"] == before["imageReference"]
    assert after["osDisk"]["name"] != before["osDisk"]["name"]
    assert azure.instance(0)["properties"]["latestModelApplied"] is False


def test_protection_stops_the_set_and_not_the_instance(azure):
    azure.protect(0)
    assert azure.post(f"{azure.set_path()}/poweroff").headers["x-ms-request-charge"] == "19"
    assert azure.post(f"{azure.set_path()}/virtualMachines/0/poweroff").headers["x-ms-request-charge"] == "1"


def test_protection_is_kept_shown_and_taken_away(azure):
    answer = azure.protect(0)
    assert answer.properties["provisioningState"] == "Updating"
    assert azure.follow(answer)["status"] == "Succeeded"
    whole = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    assert azure.instance(0)["properties"]["protectionPolicy"] == whole
    assert "protectionPolicy" not in azure.instance(1)["properties"]
    azure.protect(0, protectFromScaleIn=False, protectFromScaleSetActions=False)
    assert set(azure.instance(0)["properties"]["protectionPolicy"].values()) == {False}
    assert azure.account()["most_out_at_once"] == 0


def test_protection_from_actions_includes_that_from_scale_in(azure):
    assert azure.protect(0, protectFromScaleSetActions=True).status == 200
    whole = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    assert azure.instance(0)["properties"]["protectionPolicy"] == whole


def test_protection_from_actions_but_not_from_scale_in_is_refused(azure):
    refused = azure.protect(0, protectFromScaleIn=False, protectFromScaleSetActions=True)
    assert (refused.status, refused.body["error"]["target"]) == (400, "protectionPolicy")
    azure.protect(0)
    assert azure.protect(0, protectFromScaleIn=False).status == 400
    assert azure.protect(0, protectFromScaleIn=False, protectFromScaleSetActions=False).status == 200


def test_put_of_an_instance_takes_back_what_get_gave(azure):
    before = azure.instance(0)
    assert azure.put(f"{azure.set_path()}/virtualMachines/0", before).status == 200
    assert azure.instance(0) == before
    refused = azure.put(f"{azure.set_path()}/virtualMachines/0", before, headers={"If-Match": '"9"'})
    assert (refused.status, refused.code) == (412, "PreconditionFailed")


def test_deleting_instances_lowers_the_capacity(azure):
    accepted = azure.post(f"{azure.set_path()}/delete", {"instanceIds": ["1", "2"]})
    assert azure.get(azure.set_path()).body["sku"]["capacity"] == 18
    assert azure.instance(1)["properties"]["provisioningState"] == "Deleting"
    assert azure.follow(accepted)["status"] == "Succeeded"
    assert len(azure.instances()) == 18
    assert azure.follow(azure.delete(f"{azure.set_path()}/virtualMachines/3"))["status"] == "Succeeded"
    assert azure.delete(f"{azure.set_path()}/virtualMachines/3").status == 204
    assert azure.get(azure.set_path()).body["sku"]["capacity"] == 17
    assert azure.account()["out_now"] == 0
    assert azure.post(f"{azure.set_path()}/delete").code == "InvalidParameter"


def test_an_instance_that_is_being_deleted_is_no_active_one(azure):
    azure.post(f"{azure.set_path()}/delete", {"instanceIds": ["1"]})
    refused = azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["0", "1"]})
    expected = "The provided instanceId 1 is not an active Virtual Machine Scale Set VM instanceId."
    assert refused.body["error"]["message"] == expected


def test_a_star_deletes_them_all(azure):
    azure.follow(azure.delete(f"{azure.set_path()}/virtualMachines/%2A"))
    assert azure.instances() == []
    assert azure.get(azure.set_path()).body["sku"]["capacity"] == 0


def test_the_summary_of_a_set_counts_its_instances_by_state(azure):
    azure.set_version(NEW)
    azure.upgrade("0", "1")
    view = azure.get(f"{azure.set_path()}/instanceView").body
    summary = {one["code"]: one["count"] for one in view["virtualMachine"]["statusesSummary"]}
    assert summary == {"ProvisioningState/updating": 2, "ProvisioningState/succeeded": 18}
    azure.later(1000)
    view = azure.get(f"{azure.set_path()}/instanceView").body
    assert view["virtualMachine"]["statusesSummary"] == [{"code": "ProvisioningState/succeeded", "count": 20}]
    assert view["statuses"][0]["code"] == "ProvisioningState/succeeded"
    assert view["statuses"][0]["time"]


def test_computer_names_count_in_base_36(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, capacity: 40}]")
    names = {one["instanceId"]: one["properties"]["osProfile"]["computerName"] for one in azure.instances()}
    assert (names["0"], names["10"], names["36"]) == ("myvmss000000", "myvmss00000A", "myvmss000010")


def test_two_operations_on_one_instance_the_newer_one_wins(azure):
    first = azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["0"]})
    second = azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["0"]})
    assert azure.follow(second)["status"] == "Succeeded"
    ended = azure.get(path_of(first)).body
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "OperationPreempted")
    assert power(azure, 0) == "PowerState/running"
