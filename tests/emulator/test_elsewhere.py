"""Images of edge zones, galleries that are shared, members and cases that depend on the api-version."""

import pytest

UBUNTU = "publishers/Canonical/artifacttypes/vmimage/offers/0001-com-ubuntu-server-jammy/skus/22_04-lts-gen2/versions"
FRIEND = {"type": "Subscriptions", "ids": ["s1"]}


def test_an_edge_zone_offers_what_its_location_does(azure):
    zone = f"{azure.compute}/locations/westus/edgezones/losangeles"
    versions = azure.get(f"{zone}/{UBUNTU}", __top="1", __orderby="name desc").body
    assert [one["name"] for one in versions] == ["22.04.202408080"]
    assert "/EdgeZones/losangeles/Publishers/Canonical/" in versions[0]["id"]
    everything = azure.get(f"{zone}/vmimages").body["value"]
    assert "22.04.202408080" in [one["name"] for one in everything]
    assert azure.get(f"{zone}/{UBUNTU}/latest").body["name"] == "22.04.202408080"


def test_a_gallery_is_shared_with_others_and_listed_among_the_shared_ones(azure):
    gallery = f"{azure.group()}/providers/Microsoft.Compute/galleries/g"
    azure.put(gallery, {"location": "westus", "properties": {"sharingProfile": {"permissions": "Groups"}}})
    shared = azure.post(f"{gallery}/share", {"operationType": "Add", "groups": [FRIEND]})
    assert shared.body == {"operationType": "Add", "groups": [FRIEND]}
    assert azure.get(gallery).properties["sharingProfile"]["groups"] == [FRIEND]
    listed = azure.get(f"{azure.compute}/locations/westus/sharedGalleries", sharedTo="tenant").body["value"]
    assert [one["identifier"]["uniqueId"] for one in listed] == [f"/SharedGalleries/{listed[0]['name']}"]
    read = azure.get(f"{azure.compute}/locations/westus/sharedGalleries/{listed[0]['name']}")
    assert read.body["name"] == listed[0]["name"]
    assert azure.post(f"{gallery}/share", {"operationType": "Remove", "groups": [FRIEND]}).body["groups"] == []
    assert azure.post(f"{gallery}/share", {"operationType": "EnableCommunity"}).code == "OperationNotAllowed"
    assert azure.post(f"{gallery}/share", {"operationType": "Give"}).code == "InvalidParameter"
    assert azure.post(f"{gallery}/share", {"operationType": "Reset"}).status == 200
    assert azure.get(f"{azure.compute}/locations/westus/sharedGalleries").body == {"value": []}


@pytest.mark.parametrize(
    ("member", "value", "before", "since"),
    [
        ("scaleInPolicy", {"rules": ["Default"]}, "2018-10-01", "2019-03-01"),
        ("automaticRepairsPolicy", {"enabled": False}, "2018-06-01", "2018-10-01"),
    ],
)
def test_a_member_is_unknown_to_versions_before_it(azure, member, value, before, since):
    body = {"properties": {member: value}}
    refused = azure.patch(azure.set_path(), body, api=before)
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert refused.body["error"]["message"] == f"Could not find member '{member}' on object of type 'properties'"
    assert azure.patch(azure.set_path(), body, api=since).status == 200
    old = azure.get(azure.set_path(), api=before)
    assert member not in old.properties
    assert azure.put(azure.set_path(), old.body, api=before).status == 200
    assert member in azure.get(azure.set_path()).properties


def test_the_list_of_a_subscription_shouts_the_group_in_older_versions(azure):
    def listed(scope, api):
        found = azure.get(f"{scope}/virtualMachineScaleSets", api=api).body["value"][0]["id"]
        return found.split("/")[4]

    of_group = f"{azure.group()}/providers/Microsoft.Compute"
    assert listed(azure.compute, "2023-03-01") == "MYRG"
    assert listed(azure.compute, "2024-07-01") == listed(of_group, "2023-03-01") == "myrg"


def test_the_oldest_versions_know_operations_by_id_and_keep_the_last_instance(azure):
    answer = azure.post(f"{azure.set_path()}/restart", {"instanceIds": ["0"]}, api="2015-06-15")
    polled = azure.follow(answer)
    assert polled["operationId"] in answer.headers["azure-asyncoperation"]
    assert "name" not in polled
    azure.follow(azure.post(f"{azure.set_path()}/delete", {"instanceIds": [str(one) for one in range(1, 20)]}))
    kept = azure.delete(f"{azure.set_path()}/virtualMachines/0", api="2015-06-15")
    assert (kept.status, kept.code) == (400, "BadRequest")
    assert kept.body["error"]["message"].endswith("Delete VirtualMachineScaleSet 'myvmss' instead.")
    assert azure.delete(f"{azure.set_path()}/virtualMachines/0").status == 202


def test_protection_came_late_and_later_still_to_flexible_sets(azure, set_document):
    azure.follow(azure.put(azure.set_path("flex"), set_document(1, orchestrationMode="Flexible")))
    member = azure.instances("flex")[0]["instanceId"]
    policy = {"properties": {"protectionPolicy": {"protectFromScaleIn": True}}}
    for name, number, before, since in (
        ("myvmss", "0", "2018-10-01", "2019-03-01"),
        ("flex", member, "2022-11-01", "2023-09-01"),
    ):
        place = f"{azure.set_path(name)}/virtualMachines/{number}"
        assert azure.put(place, policy, api=before).code == "BadRequest"
        assert azure.put(place, policy, api=since).status == 200
        assert azure.get(place).properties["protectionPolicy"]["protectFromScaleIn"] is True
    assert "protectionPolicy" not in azure.get(f"{azure.set_path()}/virtualMachines/0", api="2018-10-01").properties
