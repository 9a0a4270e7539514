"""Lists of instances: pages, their order, what is selected and filtered."""

import base64

import pytest

NEW = "4.0.20160229"
MANY = "scale_sets: [{resource_group: myrg, name: myvmss, capacity: 180, single_placement_group: false}]"


def ids(answer):
    return [int(one["instanceId"]) for one in answer.body["value"]]


def test_180_instances_come_as_120_and_60_in_the_recorded_order(azure_with):
    azure = azure_with(MANY)
    first = azure.get(f"{azure.set_path()}/virtualMachines")
    second = azure.get(first.body["nextLink"].partition("8400")[2])
    assert ids(first) == [*range(5), *range(10, 45), *range(100, 180)]
    assert ids(second) == [*range(5, 10), *range(45, 100)]
    assert "nextLink" not in second.body


def test_the_link_keeps_what_was_asked_and_names_the_host_that_was_asked(azure_with):
    azure = azure_with(MANY)
    answer = azure.get(
        f"{azure.set_path()}/virtualMachines", host="localhost:1234", __expand="instanceView", __select="instanceView"
    )
    link = answer.body["nextLink"]
    assert link.startswith(f"http://localhost:1234{azure.set_path()}/virtualMachines?api-version=2024-07-01&")
    second = azure.get(link.partition("1234")[2])
    assert set(second.body["value"][0]) == {"id", "instanceId", "properties"}
    token = base64.b64decode(link.partition("$skiptoken=")[2].replace("%3D", "=")).decode()
    assert token.endswith("/VMs/45")


def test_an_instance_that_is_deleted_between_two_pages_does_not_disturb_the_second(azure_with):
    azure = azure_with(MANY)
    first = azure.get(f"{azure.set_path()}/virtualMachines")
    azure.follow(azure.delete(f"{azure.set_path()}/virtualMachines/45"))
    second = azure.get(first.body["nextLink"].partition("8400")[2])
    assert ids(second) == [*range(5, 10), *range(46, 100)]


@pytest.mark.parametrize("token", ["x", "%%%", base64.b64encode(b"elsewhere").decode(), ""])
def test_a_bad_token_is_refused_as_azure_does(azure, token):
    refused = azure.get(f"{azure.set_path()}/virtualMachines", __skiptoken=token)
    assert (refused.status, refused.code) == (400, "InvalidParameter")
    assert refused.body["error"] == {
        "code": "InvalidParameter",
        "target": "$skiptoken",
        "message": "The request URL is not valid.",
    }


def test_without_expand_there_is_no_view(azure):
    assert "instanceView" not in azure.get(f"{azure.set_path()}/virtualMachines").body["value"][0]["properties"]


def test_a_selected_view_has_defaults_for_the_rest(azure):
    [first, *_] = azure.instances(__expand="instanceView", __select="instanceView")
    assert set(first) == {"id", "instanceId", "properties"}
    assert set(first["properties"]) == {"latestModelApplied", "instanceView", "provisioningState", "hardwareProfile"}
    assert first["properties"]["latestModelApplied"] is False
    assert first["properties"]["hardwareProfile"] == {}


def test_filters(azure):
    azure.set_version(NEW)
    azure.follow(azure.upgrade("0", "1"))
    azure.follow(azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["7"]}))
    current = azure.instances(__filter="properties/latestModelApplied eq true")
    behind = azure.instances(__filter="properties/latestModelApplied eq false")
    off = azure.instances(__filter="startswith(instanceView/statuses/code, 'PowerState/dealloc') eq true")
    assert [one["instanceId"] for one in current] == ["0", "1"]
    assert len(behind) == 18
    assert [one["instanceId"] for one in off] == ["7"]


@pytest.mark.parametrize("query", [{"__filter": "name eq 'x'"}, {"__expand": "everything"}])
def test_what_compute_does_not_know_is_refused(azure, query):
    refused = azure.get(f"{azure.set_path()}/virtualMachines", **query)
    assert (refused.status, refused.code) == (400, "InvalidParameter")


def test_twenty_instances_fill_twenty_cells_of_the_grid(azure):
    views = [one["properties"]["instanceView"] for one in azure.instances(__expand="instanceView")]
    cells = {(view["platformUpdateDomain"], view["platformFaultDomain"]) for view in views}
    assert len(cells) == 20
    assert {domain for domain, _ in cells} == set(range(5))
    assert len({view["placementGroupId"] for view in views}) == 1


def test_placement_groups_hold_a_hundred(azure_with):
    azure = azure_with(MANY)
    groups = [one["properties"]["instanceView"]["placementGroupId"] for one in azure.instances(__expand="instanceView")]
    assert sorted(groups.count(group) for group in set(groups)) == [80, 100]


def test_zones_are_filled_evenly_and_have_groups_of_their_own(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, capacity: 7, zones: ['1', '2', '3']}]")
    instances = azure.instances(__expand="instanceView")
    zones = [one["zones"][0] for one in instances]
    groups = {(one["zones"][0], one["properties"]["instanceView"]["placementGroupId"]) for one in instances}
    assert sorted(zones.count(zone) for zone in "123") == [2, 2, 3]
    assert len(groups) == 3
    assert {one["properties"]["instanceView"]["platformFaultDomain"] for one in instances} == {0}


def test_an_instance_is_rendered_once_until_it_changes(azure):
    azure.instances(__expand="instanceView")
    [kept] = azure.world.sets["myrg/myvmss"].instances["3"].fragments.values()
    azure.set_version(NEW)
    azure.upgrade("0")
    azure.instances(__expand="instanceView")
    [after_model] = azure.world.sets["myrg/myvmss"].instances["3"].fragments.values()
    azure.later(100)
    azure.instances(__expand="instanceView")
    [again] = azure.world.sets["myrg/myvmss"].instances["3"].fragments.values()
    assert kept is not after_model
    assert again is after_model


def test_unknown_instances(azure):
    for path in ("99", "99/instanceView", "x", "00"):
        answer = azure.get(f"{azure.set_path()}/virtualMachines/{path}")
        assert (answer.status, answer.code) == (404, "NotFound")


@pytest.mark.parametrize(
    ("api", "group"),
    [("2017-03-30", "MYRG"), ("2017-12-01", "MYRG"), ("2019-07-01", "myrg"), ("2024-07-01", "myrg")],
)
def test_the_group_in_ids_of_a_list_is_in_upper_case_in_versions_of_2017(azure, api, group):
    one = azure.get(f"{azure.set_path()}/virtualMachines", api=api).body["value"][0]
    assert one["id"].split("/")[4] == group
    assert one["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"].split("/")[4] == "myrg"
    assert azure.get(f"{azure.set_path()}/virtualMachines/0", api=api).body["id"].split("/")[4] == "myrg"
