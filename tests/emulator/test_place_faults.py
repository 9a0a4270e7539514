"""Faults of images, zones, regions and quotas, and faults that come and go. Those of one upgrade are in test_faults.py."""

from itertools import pairwise

import pytest

from tests.emulator.local import Client, path_of

NEW = "4.0.20160229"
SET = "myrg/myvmss"
ZONAL = """
scale_sets:
  - {resource_group: myrg, name: myvmss, location: westus2, capacity: 6, zones: ["1", "2", "3"], os: Linux}
  - {resource_group: myrg, name: other, location: westeurope, capacity: 2, zones: ["1"], os: Linux}
"""


def out(azure, name="myvmss"):
    return {one["id"] for one in azure.account(name)["instances"] if one["out"]}


def upgraded_with(seed, **fault):
    """Who is out and who has failed after everybody was upgraded."""
    azure = Client(seed=seed)
    azure.fault(kind="bad-image", image=NEW, **fault)
    azure.set_version(NEW)
    azure.follow(azure.upgrade("*"), step=60)
    azure.later(60)
    failed = {one["id"] for one in azure.account()["instances"] if one["provisioning"] == "Failed"}
    return azure, out(azure), failed


def test_an_image_is_bad_on_a_share_of_the_instances_the_same_ones_each_time():
    azure, first, failed = upgraded_with(1, share=0.3)
    assert 2 <= len(first) <= 10
    assert not failed
    assert upgraded_with(1, share=0.3)[1] == first
    assert upgraded_with(2, share=0.3)[1] != first
    assert azure.delete("/emulator/faults").status == 204
    azure.later(10)
    assert out(azure) == set()


def test_an_image_may_fail_to_provision_and_trying_again_does_not_help():
    azure, first, failed = upgraded_with(1, share=0.3, effect="fails", code="OSProvisioningClientError")
    assert failed == first != set()
    again = azure.follow(azure.upgrade(*failed), step=60)
    assert again["error"]["code"] == "OSProvisioningClientError"


def test_an_image_that_is_bad_elsewhere_is_good_here():
    assert upgraded_with(1, region="West Europe")[1] == set()
    assert len(upgraded_with(1, region="West US")[1]) == 20


def test_new_instances_of_a_bad_image_are_not_healthy(azure):
    azure.fault(kind="bad-image", image="4.0.20160126")
    azure.patch(azure.set_path(), {"sku": {"capacity": 22}})
    azure.later(600)
    assert {one["id"] for one in azure.account()["instances"] if not one["in_rotation"]} == {"20", "21"}


def test_a_zone_goes_down_and_comes_back(azure_with):
    azure = azure_with(ZONAL)
    fault = azure.fault(kind="zone-down", region="westus2", zone="2", lasts=600).body
    azure.later(5)
    dark = {one["id"] for one in azure.account()["instances"] if one["zone"] == "2"}
    assert out(azure) == dark
    assert len(dark) == 2
    assert out(azure, "other") == set()
    assert set(azure.visit(12)) == {200}
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 9}}))
    states = {(one["zone"], one["provisioning"]) for one in azure.account()["instances"]}
    assert states == {("1", "Succeeded"), ("2", "Succeeded"), ("2", "Failed"), ("3", "Succeeded")}
    azure.later(600)
    assert out(azure) == set()
    assert azure.delete(f"/emulator/faults/{fault['id']}").status == 404


def test_what_is_done_in_a_zone_that_is_down_fails(azure_with):
    azure = azure_with(ZONAL)
    azure.fault(kind="zone-down", zone="2")
    dark = next(one["id"] for one in azure.account()["instances"] if one["zone"] == "2")
    ended = azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/{dark}/restart"))
    assert ended["error"]["code"] == "ZonalAllocationFailed"


def test_an_instance_flaps(azure):
    azure.fault(kind="flaps", set=SET, instances=["3"], down=30, up=60)
    seen = []
    for _ in range(60):
        azure.later(5)
        seen.append("3" in out(azure))
    changes = sum(1 for before, after in pairwise(seen) if before != after)
    assert 5 <= changes <= 7  # Three rounds of a minute and a half in five minutes.
    assert 12 <= sum(seen) <= 30
    assert out(azure) <= {"3"}
    azure.delete("/emulator/faults")
    azure.later(60)
    assert out(azure) == set()
    azure.later(600)
    assert azure.account()["most_out_at_once"] == 1


def test_who_flaps_on_one_image_works_on_another(azure):
    azure.fault(kind="flaps", set=SET, instances=["3"], image=NEW, down=30, up=60)
    azure.later(600)
    assert azure.account()["most_out_at_once"] == 0
    azure.set_version(NEW)
    azure.follow(azure.upgrade("3", "4"), step=60)
    azure.later(600)
    seen = set()
    for _ in range(60):
        azure.later(10)
        seen |= out(azure)
    assert seen == {"3"}


def test_allocation_fails_for_new_instances_and_for_deallocated_ones(azure):
    azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/4/deallocate"))
    azure.fault(kind="allocation-fails", set=SET)
    ended = azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 21}}))
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "AllocationFailed")
    view = azure.instance(20)["properties"]
    assert (view["provisioningState"], view["instanceView"]["statuses"][1]["code"]) == (
        "Failed",
        "PowerState/deallocated",
    )
    assert (
        azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/4/start"))["error"]["code"] == "AllocationFailed"
    )
    assert azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/5/restart"))["status"] == "Succeeded"
    azure.delete("/emulator/faults")
    assert azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/20/start"))["status"] == "Succeeded"


def test_a_used_up_quota_refuses_growth_and_nothing_else(azure, set_document):
    azure.fault(kind="quota-exceeded", region="westus")
    refused = azure.patch(azure.set_path(), {"sku": {"capacity": 21}})
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert "exceeding approved Total Regional Cores quota" in refused.body["error"]["message"]
    assert azure.put(azure.set_path("more"), set_document()).status == 409
    assert azure.get(azure.set_path("more")).status == 404
    assert azure.get(azure.set_path()).body["sku"]["capacity"] == 20
    assert azure.patch(azure.set_path(), {"sku": {"capacity": 19}}).status == 200
    assert azure.set_version(NEW).status == 200


def test_lists_lag_behind(azure):
    azure.fault(kind="stale-lists", seconds=20)
    azure.set_version(NEW)
    azure.upgrade("0")
    azure.delete(f"{azure.set_path()}/virtualMachines/7")

    def listed():
        return {one["instanceId"]: one["properties"] for one in azure.instances(__expand="instanceView")}

    azure.later(19)
    assert {one["provisioningState"] for one in listed().values()} == {"Succeeded"}
    assert {one["latestModelApplied"] for one in listed().values()} == {True}
    assert azure.instance(0)["properties"]["provisioningState"] == "Updating"
    azure.later(2)
    assert [key for key, one in listed().items() if one["provisioningState"] == "Updating"] == ["0"]
    assert {one["latestModelApplied"] for one in listed().values()} == {False}
    azure.later(20)
    assert "7" in listed()
    azure.later(10)
    assert "7" not in listed()
    azure.delete("/emulator/faults")
    assert {key for key, one in listed().items() if one["provisioningState"] == "Updating"} == {"0"}


def test_an_operation_does_not_end_although_its_work_does(azure):
    azure.fault(kind="operations-hang", set=SET, operation="manualupgrade", times=1)
    azure.set_version(NEW)
    stuck, other = azure.upgrade("0"), azure.upgrade("1")
    azure.later(3600)
    assert azure.instance(0)["properties"]["latestModelApplied"] is True
    assert azure.get(path_of(stuck)).body["status"] == "InProgress"
    assert azure.get(path_of(other)).body["status"] == "Succeeded"
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Updating"
    azure.delete("/emulator/faults")
    assert azure.get(path_of(stuck)).body["status"] == "Succeeded"
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "recover", "set": SET, "lasts": 5}, "lasts"),
        ({"kind": "zone-down"}, "zone"),
        ({"kind": "bad-image", "image": NEW, "share": 0}, "(at share)"),
        ({"kind": "bad-image", "image": NEW, "share": 1.5}, "(at share)"),
        ({"kind": "bad-image", "image": NEW, "set": "myrg/none"}, "there is no scale set"),
        ({"kind": "flaps", "set": SET, "up": 0}, "(at up)"),
        ({"kind": "storm", "statuses": []}, "(at statuses)"),
        ({"kind": "slow", "seconds": -1}, "(at seconds)"),
    ],
)
def test_what_cannot_be_is_refused(azure, fault, said):
    refused = azure.post("/emulator/faults", fault)
    assert refused.status == 400
    assert said in refused.body["error"]["message"]
    assert azure.get("/emulator/faults").body == {"value": []}


def extensions_of(azure, instance_id):
    """Each extension's state, by name, as the view of the instance has it."""
    view = azure.instance(instance_id)["properties"]["instanceView"]
    return {one["name"]: one["statuses"][0]["code"] for one in view.get("extensions", [])}


GOOD, BAD = "ProvisioningState/succeeded", "ProvisioningState/failed/1"


@pytest.fixture
def monitored(azure):
    """Every instance has two extensions, `monitor` and `script`."""
    for name in ("monitor", "script"):
        kind = {"publisher": "P", "type": name, "typeHandlerVersion": "1.0"}
        azure.put(f"{azure.set_path()}/extensions/{name}", {"properties": kind})
    azure.follow(azure.upgrade("*"), step=60)
    return azure


def test_an_extension_fails_where_the_image_is_and_the_instance_goes_on(monitored):
    azure = monitored
    azure.set_version(NEW)
    azure.follow(azure.upgrade("0"), step=60)
    fault = azure.fault(kind="extension-fails", set=SET, extension="Monitor", image=NEW).body
    azure.follow(azure.upgrade("1"), step=60)
    assert [extensions_of(azure, one) for one in (0, 1)] == [{"monitor": BAD, "script": GOOD}] * 2
    assert extensions_of(azure, 2) == {"monitor": GOOD, "script": GOOD}
    assert azure.instance(0)["properties"]["provisioningState"] == "Succeeded"
    assert out(azure) == set()
    summary = azure.get(f"{azure.set_path()}/instanceView").body["extensions"]
    assert {one["name"]: {each["code"]: each["count"] for each in one["statusesSummary"]} for one in summary} == {
        "monitor": {BAD: 2, GOOD: 18},
        "script": {GOOD: 20},
    }
    azure.set_version("4.0.20160126")
    azure.follow(azure.upgrade("0"), step=60)
    assert extensions_of(azure, 0)["monitor"] == GOOD, "back on the old image it works again"
    azure.delete(f"/emulator/faults/{fault['id']}")
    assert extensions_of(azure, 1)["monitor"] == GOOD


def test_an_extension_may_fail_on_a_share_of_the_instances_with_a_code_of_its_own(monitored):
    monitored.fault(
        kind="extension-fails", set=SET, extension="script", share=0.4, code="51", message="no such package"
    )
    failed = [one for one in range(20) if extensions_of(monitored, one)["script"] == "ProvisioningState/failed/51"]
    assert 3 <= len(failed) <= 13
    view = monitored.instance(failed[0])["properties"]["instanceView"]
    status = next(one for one in view["extensions"] if one["name"] == "script")["statuses"][0]
    assert (status["level"], status["message"]) == ("Error", "no such package")
    assert {extensions_of(monitored, one)["monitor"] for one in range(20)} == {GOOD}
