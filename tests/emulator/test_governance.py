"""Quotas, locks, resource groups, providers, the list of resources, resource skus."""

import pytest

from tests.emulator.local import path_of

LOCKS = "/providers/Microsoft.Authorization/locks"


def quota(azure, name="cores", limit=0):
    body = {"name": name, "location": "West US", "limit": limit}
    assert azure.post("/emulator/quotas", body).status == 200


def usage(azure, name, location="westus"):
    rows = azure.get(f"{azure.compute}/locations/{location}/usages").body["value"]
    return next((one["currentValue"], one["limit"]) for one in rows if one["name"]["value"] == name)


def test_usages_count_what_exists_and_what_is_switched_on(azure):
    assert usage(azure, "cores") == (40, 100_000)
    assert usage(azure, "standardDSv3Family")[0] == 40
    assert usage(azure, "virtualMachines")[0] == 20
    assert usage(azure, "virtualMachineScaleSets")[0] == 1
    assert usage(azure, "cores", "eastus")[0] == 0
    azure.follow(azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["0", "1"]}))
    assert usage(azure, "cores")[0] == 36
    assert usage(azure, "virtualMachines")[0] == 20


def test_growth_beyond_the_quota_is_refused_and_changes_nothing(azure, set_document):
    quota(azure, limit=43)
    grown = azure.patch(azure.set_path(), {"sku": {"capacity": 22}})
    assert (grown.status, grown.code) == (409, "OperationNotAllowed")
    assert "exceeding approved Total Regional Cores quota" in grown.body["error"]["message"]
    assert "Current Limit: 43, Current Usage: 40, Additional Required: 4" in grown.body["error"]["message"]
    assert azure.get(azure.set_path()).body["sku"]["capacity"] == 20
    assert azure.put(azure.set_path("web"), set_document(4)).status == 409
    assert azure.get(azure.set_path("web")).status == 404
    assert azure.patch(azure.set_path(), {"sku": {"capacity": 21}}).status == 200


def test_there_may_be_so_many_sets_and_spot_cores(azure, set_document):
    quota(azure, "virtualMachineScaleSets", 1)
    assert azure.put(azure.set_path("web"), set_document(1)).status == 409
    quota(azure, "virtualMachineScaleSets", 2)
    quota(azure, "lowPriorityCores", 1)
    document = set_document(2)
    document["properties"]["virtualMachineProfile"]["priority"] = "Spot"
    assert "LowPriorityCores" in azure.put(azure.set_path("web"), document).body["error"]["message"]
    document["sku"]["capacity"] = 1
    assert azure.put(azure.set_path("web"), document).status == 201
    assert azure.get("/emulator/quotas").body["quotas"][0] == {
        "location": "westus",
        "name": "lowprioritycores",
        "limit": 1,
    }


@pytest.mark.parametrize("change", [{"name": "x"}, {"limit": -1}, {"limit": "many"}, {"location": 1}])
def test_a_quota_that_cannot_be(azure, change):
    body = {"name": "cores", "location": "westus", "limit": 1, **change}
    assert azure.post("/emulator/quotas", body).code == "InvalidParameter"


def lock(azure, scope, level="CanNotDelete", name="keep"):
    return azure.put(f"{scope}{LOCKS}/{name}", {"properties": {"level": level, "notes": "mine"}}, api="2016-09-01")


@pytest.mark.parametrize("place", ["subscription", "group", "set"])
def test_a_delete_lock_keeps_a_set_from_above_and_lets_it_change(azure, place):
    scope = {"subscription": azure.subscription, "group": azure.group(), "set": azure.set_path()}[place]
    made = lock(azure, scope)
    assert (made.status, made.body["id"]) == (201, f"{scope}{LOCKS}/keep")
    assert lock(azure, scope).status == 200
    refused = azure.delete(azure.set_path())
    assert (refused.status, refused.code) == (409, "ScopeLocked")
    assert refused.body["error"]["message"] == (
        f"The scope '{azure.set_path()}' cannot perform delete operation because following scope(s) are locked: "
        f"'{scope}'. Please remove the lock and try again."
    )
    assert azure.delete(f"{azure.set_path()}/virtualMachines/0").code == "ScopeLocked"
    assert azure.patch(azure.set_path(), {"tags": {"a": "b"}}).status == 200
    assert azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["0"]}).status == 202
    assert azure.delete(f"{scope}{LOCKS}/keep").status == 200
    assert azure.delete(azure.set_path()).status == 202


def test_a_read_only_lock_refuses_writes_and_actions(azure):
    lock(azure, azure.set_path(), "ReadOnly")
    for answer in (
        azure.patch(azure.set_path(), {"tags": {}}),
        azure.put(azure.set_path(), {"location": "westus"}),
        azure.post(f"{azure.set_path()}/manualupgrade", {"instanceIds": ["*"]}),
    ):
        assert (answer.status, answer.code) == (409, "ScopeLocked")
        assert "cannot perform write operation" in answer.body["error"]["message"]
    assert azure.get(azure.set_path()).status == 200


def test_a_group_stays_while_something_in_it_is_locked(azure):
    lock(azure, azure.set_path())
    assert azure.delete(azure.group()).code == "ScopeLocked"
    assert azure.get(azure.group()).properties["provisioningState"] == "Succeeded"


def test_locks_are_listed_by_scope(azure):
    lock(azure, azure.group(), name="above")
    lock(azure, azure.set_path(), "ReadOnly", name="own")
    lock(azure, azure.set_path("other"), name="beside")

    def names(scope, **query):
        return [one["name"] for one in azure.get(f"{scope}{LOCKS}", **query).body["value"]]

    assert names(azure.set_path()) == ["above", "own"]
    assert names(azure.group()) == ["above", "own", "beside"]
    assert names(azure.group(), __filter="atScope()") == ["above"]
    assert azure.get(f"{azure.set_path()}{LOCKS}/own").properties == {"level": "ReadOnly", "notes": "mine"}
    assert azure.get(f"{azure.set_path()}{LOCKS}/nope").status == 404
    assert lock(azure, azure.set_path(), "Sometimes").code == "InvalidParameter"


def test_a_group_goes_in_its_time_and_takes_everything_along(azure):
    gone = azure.delete(azure.group())
    assert gone.status == 202
    assert azure.get(azure.group()).properties["provisioningState"] == "Deleting"
    assert azure.put(azure.set_path("late"), {"location": "westus"}).code == "ResourceGroupBeingDeleted"
    place = path_of(gone, "location")
    assert azure.get(place).status == 202
    azure.later(60)
    assert azure.get(place).status == 200
    assert azure.get(azure.group()).code == "ResourceGroupNotFound"
    assert azure.get(f"{azure.compute}/virtualMachineScaleSets").body["value"] == []


def test_groups_are_found_by_tag(azure):
    azure.put(azure.group("a"), {"location": "westus", "tags": {"team": "x"}})
    azure.put(azure.group("b"), {"location": "westus"})
    assert azure.patch(azure.group("b"), {"tags": {"team": "y"}}).body["tags"] == {"team": "y"}

    def names(**query):
        return [one["name"] for one in azure.get(f"{azure.subscription}/resourcegroups", **query).body["value"]]

    assert names(__filter="tagName eq 'team'") == ["a", "b"]
    assert names(__filter="tagName eq 'team' and tagValue eq 'y'") == ["b"]
    assert names(__top="1") == ["myrg"]


def test_resources_are_listed_and_filtered(azure, set_document):
    azure.follow(azure.put(azure.set_path("flex"), set_document(1, orchestrationMode="Flexible")))
    azure.put(f"{azure.group()}/providers/Microsoft.Compute/galleries/g", {"location": "westus"})

    def names(scope="", **query):
        return [one["name"] for one in azure.get(f"{azure.subscription}{scope}/resources", **query).body["value"]]

    assert names()[:2] == ["myvmss", "flex"]
    assert len(names()) == 4
    assert names(__filter="resourceType eq 'Microsoft.Compute/virtualMachineScaleSets'") == ["myvmss", "flex"]
    assert names(__filter="resourceGroup eq 'MYRG' and name eq 'g'") == ["g"]
    assert names("/resourceGroups/myrg", __top="1") == ["myvmss"]
    assert azure.get(f"{azure.subscription}/resources", __filter="colour eq 'red'").code == "InvalidParameter"


def test_providers_say_what_they_have(azure):
    listed = azure.get(f"{azure.subscription}/providers").body["value"]
    compute = next(one for one in listed if one["namespace"] == "Microsoft.Compute")
    assert "virtualMachineScaleSets" in [one["resourceType"] for one in compute["resourceTypes"]]
    assert azure.get(f"{azure.subscription}/providers/microsoft.compute").body == compute
    unknown = azure.get(f"{azure.subscription}/providers/Microsoft.Nothing")
    assert (unknown.status, unknown.code) == (404, "InvalidResourceNamespace")


def test_resource_skus_by_location(azure):
    found = azure.get(f"{azure.compute}/skus", __filter="location eq 'westus'", api="2021-07-01").body["value"]
    assert {one["resourceType"] for one in found} == {"virtualMachines", "availabilitySets", "disks"}
    assert {tuple(one["locations"]) for one in found} == {("westus",)}
    everywhere = azure.get(f"{azure.compute}/skus", api="2021-07-01").body["value"]
    assert len(everywhere) == 8 * len(found)
    assert azure.get(f"{azure.compute}/skus", __filter="tier eq 'x'").code == "InvalidParameter"
