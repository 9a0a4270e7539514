"""Scale sets: made, read, changed, refused, deleted."""

from typing import Any

import pytest

from tests.emulator.local import START, image_change

NEW = "4.0.20160229"
WEB = "web"


@pytest.fixture
def web(azure, set_document):
    """The emulator, with a Linux set `web` of three made by PUT."""
    made = azure.put(azure.set_path(WEB), set_document())
    assert made.status == 201, made.body
    azure.follow(made)
    return azure


def test_a_new_set_comes_up_over_time(azure, set_document):
    made = azure.put(azure.set_path(WEB), set_document(capacity=3))
    assert made.status == 201
    assert made.properties["provisioningState"] == "Creating"
    assert made.headers["azure-asyncoperation"]
    assert "location" not in made.headers
    assert len(azure.instances(WEB)) == 3
    assert {one["properties"]["provisioningState"] for one in azure.instances(WEB)} == {"Creating"}
    assert azure.follow(made)["status"] == "Succeeded"
    assert 30 < azure.clock.time - START < 120
    assert azure.get(azure.set_path(WEB)).properties["provisioningState"] == "Succeeded"
    azure.later(10)
    assert set(azure.visit(6, WEB)) == {200}


def test_making_a_set_is_nobodys_outage(web):
    web.later(60)
    assert (web.account(WEB)["out_now"], web.account(WEB)["most_out_at_once"]) == (0, 0)


def test_defaults_appear_and_secrets_do_not(web):
    properties = web.get(web.set_path(WEB)).properties
    profile = properties["virtualMachineProfile"]
    assert properties["singlePlacementGroup"] is True
    assert properties["orchestrationMode"] == "Uniform"
    assert "platformFaultDomainCount" not in properties
    assert properties["upgradePolicy"] == {"mode": "Manual"}
    assert "adminPassword" not in profile["osProfile"]
    assert profile["storageProfile"]["osDisk"]["diskSizeGB"] == 30
    assert profile["storageProfile"]["imageReference"]["version"] == "latest"


def test_latest_is_resolved_on_the_instance(web):
    reference = web.instance(0, WEB)["properties"]["storageProfile"]["imageReference"]
    assert (reference["version"], reference["exactVersion"]) == ("latest", "22.04.202408080")


def test_rolling_defaults_appear_with_the_mode(web):
    web.patch(web.set_path(), {"properties": {"upgradePolicy": {"mode": "Rolling"}}})
    policy = web.get(web.set_path()).properties["upgradePolicy"]["rollingUpgradePolicy"]
    assert policy["maxBatchInstancePercent"] == 20
    assert policy["pauseTimeBetweenBatches"] == "PT0S"


def test_put_takes_back_what_get_gave(azure):
    before = azure.get(azure.set_path()).body
    answer = azure.put(azure.set_path(), before)
    assert answer.status == 200
    azure.follow(answer)
    after = azure.get(azure.set_path()).body
    assert after == {**before, "etag": '"2"'}
    assert azure.instance(0)["properties"]["latestModelApplied"] is True


def test_put_keeps_what_it_leaves_out(azure):
    sku = {"name": "Standard_D2s_v3", "tier": "Standard", "capacity": 21}
    answer = azure.put(azure.set_path(), {"location": "westus", "sku": sku})
    assert answer.status == 200
    reference = answer.properties["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert reference["version"] == "4.0.20160126"
    assert answer.body["sku"]["capacity"] == 21


def test_patch_changes_one_leaf(azure):
    before = azure.get(azure.set_path()).body
    azure.set_version(NEW)
    after = azure.get(azure.set_path()).body
    reference = after["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert reference.pop("version") == NEW
    before_reference = before["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert before_reference.pop("version") == "4.0.20160126"
    before["etag"], before["properties"]["provisioningState"] = '"2"', "Updating"
    assert after == before


def test_names_of_members_are_kept_in_their_proper_case(azure):
    answer = azure.patch(azure.set_path(), {"properties": {"UpgradePolicy": {"MODE": "Automatic"}}})
    assert answer.properties["upgradePolicy"] == {"mode": "Automatic"}


def test_tags_are_replaced_as_a_whole(azure):
    azure.patch(azure.set_path(), {"tags": {"a": "1", "b": "2"}})
    assert azure.patch(azure.set_path(), {"tags": {"b": "3"}}).body["tags"] == {"b": "3"}


def test_the_etag_rises_with_every_write_and_with_upgrades(azure):
    assert azure.get(azure.set_path()).headers["etag"] == '"1"'
    assert azure.set_version(NEW).headers["etag"] == '"2"'
    azure.follow(azure.upgrade("0"))
    assert azure.get(azure.set_path()).body["etag"] == '"4"'
    azure.follow(azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["1"]}))
    assert azure.get(azure.set_path()).body["etag"] == '"4"'


@pytest.mark.parametrize(("api", "shown"), [("2019-03-01", False), ("2023-09-01", False), ("2024-03-01", True)])
def test_the_etag_is_there_from_2024_on(azure, api, shown):
    answer = azure.get(azure.set_path(), api=api)
    assert ("etag" in answer.body, "etag" in answer.headers) == (shown, shown)


@pytest.mark.parametrize("verb", ["patch", "put"])
def test_a_stale_etag_is_refused_and_changes_nothing(azure, verb):
    azure.set_version(NEW)
    document = {"location": "westus", **image_change(version="4.0.20151214")}
    refused = getattr(azure, verb)(azure.set_path(), document, headers={"If-Match": '"1"'})
    assert (refused.status, refused.code) == (412, "PreconditionFailed")
    expected = 'Etag provided in if-match header "1" does not match etag "2" of resource.'
    assert refused.body["error"]["message"] == expected
    assert azure.get(azure.set_path()).body["etag"] == '"2"'


def test_a_fresh_etag_and_a_star_are_accepted(azure):
    assert azure.set_version(NEW, headers={"If-Match": '"1"'}).status == 200
    assert azure.set_version(NEW, headers={"If-Match": "*"}).status == 200


def test_preconditions_of_creation(azure, set_document):
    path = azure.set_path(WEB)
    assert azure.put(path, set_document(), headers={"If-Match": "*"}).status == 412
    assert azure.put(path, set_document(), headers={"If-None-Match": "x"}).status == 400
    assert azure.put(path, set_document(), headers={"If-None-Match": "*"}).status == 201
    assert azure.put(path, set_document(), headers={"If-None-Match": "*"}).status == 412


REFUSED_CHANGES = [
    pytest.param(image_change(publisher="Canonical"), 409, "imageReference.publisher", id="publisher"),
    pytest.param(image_change(offer="Other"), 409, "imageReference.offer", id="offer"),
    pytest.param({"location": "eastus"}, 409, "location", id="location"),
    pytest.param({"properties": {"platformFaultDomainCount": 3}}, 409, "platformFaultDomainCount", id="fault domains"),
    pytest.param({"properties": {"orchestrationMode": "Flexible"}}, 409, "orchestrationMode", id="orchestration"),
    pytest.param(
        {
            "properties": {
                "virtualMachineProfile": {
                    "storageProfile": {"osDisk": {"managedDisk": {"storageAccountType": "Standard_LRS"}}}
                }
            }
        },
        409,
        "osDisk.managedDisk.storageAccountType",
        id="disk type",
    ),
    pytest.param(image_change(version="9.9.9"), 404, "imageReference", id="unknown version"),
    pytest.param(image_change(sku="2099-Datacenter"), 404, "imageReference", id="unknown sku"),
    pytest.param({"sku": {"capacity": "many"}}, 400, "sku.capacity", id="capacity"),
    pytest.param({"properties": {"upgradePolicy": {"mode": "Sometimes"}}}, 400, "upgradePolicy.mode", id="mode"),
    pytest.param({"tags": []}, 400, "tags", id="tags"),
]


@pytest.mark.parametrize(("change", "status", "target"), REFUSED_CHANGES)
def test_what_may_not_change_is_refused_and_changes_nothing(azure, change, status, target):
    before = azure.get(azure.set_path()).body
    refused = azure.patch(azure.set_path(), change)
    assert (refused.status, refused.body["error"].get("target")) == (status, target)
    assert azure.get(azure.set_path()).body == before


def test_a_platform_set_never_becomes_a_custom_one(azure_with):
    azure = azure_with(f"custom_images: [{{id: '{MANAGED}'}}]\nscale_sets: [{{resource_group: myrg, name: myvmss}}]")
    image_id = MANAGED.replace("{subscription}", azure.world.subscription_id)
    refused = azure.patch(azure.set_path(), image_change(id=image_id))
    assert (refused.status, refused.code) == (409, "PropertyChangeNotAllowed")
    assert refused.body["error"]["target"] == "imageReference"


MANAGED = "/subscriptions/{subscription}/resourceGroups/myrg/providers/Microsoft.Compute/images/golden"


def test_the_sku_of_an_image_may_change_unless_the_set_has_a_plan(azure, set_document):
    assert azure.patch(azure.set_path(), image_change(sku="2016-Datacenter", version="latest")).status == 200
    planned = {**set_document(), "plan": {"name": "p", "publisher": "q", "product": "r"}}
    azure.put(azure.set_path(WEB), planned)
    refused = azure.patch(azure.set_path(WEB), image_change(sku="other"))
    assert (refused.status, refused.body["error"]["target"]) == (409, "imageReference.sku")


def test_a_member_that_is_not_known_is_refused_by_name(azure):
    refused = azure.patch(azure.set_path(), {"properties": {"upgradePolicy": {"moed": "Manual"}}})
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert refused.body["error"]["message"] == "Could not find member 'moed' on object of type 'upgradePolicy'"


def test_rolling_mode_needs_a_health_source(azure, set_document):
    refused = azure.put(azure.set_path(WEB), set_document(mode="Rolling"))
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert "because a health probe" in refused.body["error"]["message"]


@pytest.mark.parametrize(
    ("more", "limit"),
    [({}, 100), ({"singlePlacementGroup": False}, 1000)],
)
def test_capacity_has_its_limits(azure, set_document, more, limit):
    assert azure.put(azure.set_path(WEB), set_document(capacity=limit + 1, **more)).status == 400
    assert azure.put(azure.set_path(WEB), set_document(capacity=limit, **more)).status == 201


def test_capacity_as_text_is_kept_as_a_number(azure):
    answer = azure.patch(azure.set_path(), {"sku": {"capacity": "22"}})
    assert answer.body["sku"]["capacity"] == 22
    azure.follow(answer)
    assert len(azure.instances()) == 22


def test_scaling_out_adds_instances_on_the_latest_model_with_new_ids(azure):
    azure.set_version(NEW)
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 22}}))
    added = azure.instance(21)["properties"]
    assert added["latestModelApplied"] is True
    assert added["storageProfile"]["imageReference"]["exactVersion"] == NEW
    assert azure.account()["most_out_at_once"] == 0


def test_scaling_in_takes_the_highest_ids_and_skips_protected_ones(azure):
    azure.protect(19, protectFromScaleIn=True)
    answer = azure.patch(azure.set_path(), {"sku": {"capacity": 18}})
    assert azure.follow(answer)["status"] == "Succeeded"
    assert sorted(int(one["instanceId"]) for one in azure.instances()) == [*range(17), 19]
    assert azure.account()["out_now"] == 0


def test_ids_are_not_used_again(azure):
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 19}}))
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 20}}))
    assert max(int(one["instanceId"]) for one in azure.instances()) == 20


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("POST", "/restart", None),
        ("POST", "/manualupgrade", {"instanceIds": ["*"]}),
        ("POST", "/scaleOut", {"capacity": 2}),
        ("POST", "/delete", {"instanceIds": ["*"]}),
        ("POST", "/virtualMachines/1/reimage", None),
        ("PUT", "/virtualMachines/1", {"location": "westus", "tags": {"a": "1"}}),
        ("DELETE", "/virtualMachines/1", None),
        ("PATCH", "", {"tags": {"a": "1"}}),
    ],
)
def test_nothing_is_written_to_a_set_that_is_being_deleted(azure, method, action, body):
    deleted = azure.delete(azure.set_path())
    azure.later(1)
    refused = azure.ask(method, f"{azure.set_path()}{action}", body, api="2026-04-01")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert "marked for deletion" in refused.body["error"]["message"]
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Deleting"
    assert azure.follow(deleted)["status"] == "Succeeded"
    assert azure.get(azure.set_path()).status == 404


def test_a_deletion_that_is_asked_for_twice_ends_once_and_well(azure):
    first = azure.delete(azure.set_path())
    azure.later(1)
    second = azure.delete(azure.set_path())
    assert (first.status, second.status) == (202, 202)
    ends = [azure.follow(one) for one in (first, second)]
    assert [one["status"] for one in ends] == ["Succeeded", "Succeeded"]
    assert ends[0]["endTime"] == ends[1]["endTime"]


def test_deleting_a_set(azure):
    gone = azure.delete(azure.set_path())
    assert (gone.status, gone.body) == (202, None)
    assert gone.headers["azure-asyncoperation"]
    assert "monitor=true" in gone.headers["location"]
    assert azure.get(azure.set_path()).properties["provisioningState"] == "Deleting"
    assert azure.patch(azure.set_path(), {"tags": {}}).status == 409
    assert azure.follow(gone)["status"] == "Succeeded"
    assert azure.get(azure.set_path()).status == 404
    assert azure.delete(azure.set_path()).status == 204


def test_lists_of_sets(azure, set_document):
    azure.put(azure.group("other"), {"location": "eastus"})
    for name in ("a", "b"):
        azure.put(azure.set_path(name, "other"), {**set_document(capacity=0), "location": "East US"})
    everywhere = azure.get(f"{azure.compute}/virtualMachineScaleSets").body["value"]
    of_group = azure.get(azure.set_path("x", "other").rpartition("/")[0]).body["value"]
    of_place = azure.get(f"{azure.compute}/locations/westus/virtualMachineScaleSets").body["value"]
    assert [one["name"] for one in everywhere] == ["myvmss", "a", "b"]
    assert [one["name"] for one in of_group] == ["a", "b"]
    assert [one["name"] for one in of_place] == ["myvmss"]


def test_fifty_sets_fill_a_page(azure, set_document):
    for number in range(60):
        azure.put(azure.set_path(f"set{number:02}"), set_document(capacity=0))
    first = azure.get(f"{azure.compute}/virtualMachineScaleSets").body
    link = first["nextLink"].partition("8400")[2]
    second = azure.get(link).body
    assert (len(first["value"]), len(second["value"]), "nextLink" in second) == (50, 11, False)


def test_an_unmanaged_image_is_an_address_and_no_reference(azure_with):
    azure = azure_with(
        "scale_sets: [{resource_group: myrg, name: myvmss, image: {uri: 'https://a.invalid/vhds/one.vhd'}}]"
    )
    change: dict[str, Any] = {"osDisk": {"image": {"uri": "https://a.invalid/vhds/two.vhd"}}}
    azure.patch(azure.set_path(), {"properties": {"virtualMachineProfile": {"storageProfile": change}}})
    azure.follow(azure.upgrade("0"))
    storage = [azure.instance(number)["properties"]["storageProfile"] for number in (0, 1)]
    assert ["imageReference" in one for one in storage] == [False, False]
    assert [one["osDisk"]["image"]["uri"][-7:] for one in storage] == ["two.vhd", "one.vhd"]


@pytest.mark.parametrize("zones", [["9"], ["0"], [""], ["1", "1"], ["1", "4"], ["x" * 5000]])
def test_zones_that_no_region_has_are_refused(azure, set_document, zones):
    refused = azure.put(azure.set_path("zonal"), {**set_document(), "zones": zones})
    assert (refused.status, refused.code, refused.body["error"]["target"]) == (400, "InvalidParameter", "zones")
    assert azure.put(azure.set_path("zonal"), {**set_document(), "zones": ["2"]}).status == 201
    refused = azure.patch(azure.set_path("zonal"), {"zones": ["2", *zones]})
    assert (refused.status, refused.code, refused.body["error"]["target"]) == (400, "InvalidParameter", "zones")


@pytest.mark.parametrize(
    ("name", "allowed", "outside"),
    [
        ("maxBatchInstancePercent", (5, 100), (4, 101, -1, 10**18)),
        ("maxUnhealthyInstancePercent", (5, 100), (4, 101, -1, 10**18)),
        ("maxUnhealthyUpgradedInstancePercent", (0, 100), (-1, 101, 10**18)),
    ],
)
def test_percentages_of_the_rolling_policy_have_their_ranges(azure, set_document, name, allowed, outside):
    def policy(percent):
        return {"properties": {"upgradePolicy": {"rollingUpgradePolicy": {name: percent}}}}

    for percent in allowed:
        assert azure.patch(azure.set_path(), policy(percent)).status == 200
    for percent in outside:
        document = set_document(**policy(percent)["properties"])
        for refused in (azure.patch(azure.set_path(), policy(percent)), azure.put(azure.set_path("new"), document)):
            assert (refused.status, refused.code) == (400, "InvalidParameter")
            assert refused.body["error"]["target"] == f"upgradePolicy.rollingUpgradePolicy.{name}"
