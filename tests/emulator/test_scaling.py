"""Scaling: instances to spare, which instances a scale-in takes, limits, forced deletion."""

import pytest

from tests.emulator.local import image_change


def made(azure, document, name="web"):
    answer = azure.put(azure.set_path(name), document)
    assert answer.status == 201, answer.body
    return answer


def ids(azure, name="web"):
    return [one["instanceId"] for one in azure.instances(name)]


def test_a_set_is_made_with_instances_to_spare_which_go_again(azure, set_document):
    answer = made(azure, set_document(5, overprovision=True))
    assert answer.headers["x-ms-request-charge"] == "6"
    assert len(ids(azure)) == 6
    assert azure.follow(answer)["status"] == "Succeeded"
    left = ids(azure)
    assert len(left) == azure.get(azure.set_path("web")).body["sku"]["capacity"] == 5
    assert set(left) < {"0", "1", "2", "3", "4", "5"}
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 7}}))
    assert len(ids(azure)) == 7
    assert int(ids(azure)[-1]) > 6
    assert azure.account("web")["out_now"] == 0


def test_an_instance_to_spare_stands_in_for_one_that_fails(azure, set_document):
    azure.follow(made(azure, {**set_document(1, overprovision=False), "zones": ["1", "2"]}))
    azure.patch(azure.set_path("web"), {"properties": {"overprovision": True}})
    assert azure.fault(kind="allocation-fails", set="myrg/web", zone="1").status == 201
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 3}}))
    assert [(one["instanceId"], one["zones"]) for one in azure.instances("web")] == [
        ("0", ["1"]),
        ("1", ["2"]),
        ("3", ["2"]),
    ]


def test_none_is_made_to_spare_where_the_set_says_so(azure, set_document):
    azure.follow(made(azure, set_document(5, overprovision=False)))
    assert ids(azure) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        pytest.param({}, ["0", "1", "2"], id="highest ids"),
        pytest.param({"rules": ["NewestVM"]}, ["0", "1", "2"], id="newest"),
        pytest.param({"rules": ["OldestVM"]}, ["2", "3", "4"], id="oldest"),
    ],
)
def test_the_scale_in_policy_chooses(azure, set_document, policy, left):
    document = set_document(1, scaleInPolicy=policy, platformFaultDomainCount=1, singlePlacementGroup=False)
    azure.follow(made(azure, document))
    for capacity in range(2, 6):
        azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": capacity}}))
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 3}}))
    assert ids(azure) == left


def test_unhealthy_instances_go_first_where_the_policy_wants_it(azure):
    azure.patch(azure.set_path(), {"properties": {"scaleInPolicy": {"prioritizeUnhealthyVMs": True}}})
    azure.fault(kind="unhealthy-now", set="myrg/myvmss", instances=["2", "7"])
    azure.later(30)
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 17}}))
    left = ids(azure, "myvmss")
    assert len(left) == 17
    assert not {"2", "7"} & set(left)


def test_zones_stay_balanced_when_a_set_shrinks(azure, set_document):
    azure.follow(made(azure, {**set_document(7), "zones": ["1", "2", "3"]}))
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 3}}))
    assert sorted(one["zones"][0] for one in azure.instances("web")) == ["1", "2", "3"]


def test_fault_domains_stay_balanced_when_a_set_shrinks(azure):
    azure.follow(azure.patch(azure.set_path(), {"sku": {"capacity": 10}}))
    views = azure.instances(__expand="instanceView")
    domains = [one["properties"]["instanceView"]["platformFaultDomain"] for one in views]
    assert sorted(domains) == sorted([*range(5), *range(5)])


def test_zones_are_added_with_a_new_version_and_instances_outside_them_go_first(azure, set_document):
    azure.follow(made(azure, set_document(2)))
    zones = {"zones": ["1", "2"]}
    old = azure.patch(azure.set_path("web"), zones, api="2022-11-01")
    assert (old.status, old.code) == (409, "PropertyChangeNotAllowed")
    assert azure.patch(azure.set_path("web"), {**zones, "sku": {"capacity": 4}}).status == 200
    azure.later(300)
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 2}}))
    assert [one["zones"] for one in azure.instances("web")] == [["1"], ["2"]]
    assert azure.patch(azure.set_path("web"), {"zones": ["1"]}).status == 409


def test_a_forced_deletion_is_faster(azure):
    def seconds(number, **query):
        answer = azure.delete(f"{azure.set_path()}/virtualMachines/{number}", **query)
        began = azure.clock.time
        azure.follow(answer, step=1)
        return azure.clock.time - began

    assert seconds(3, forceDeletion="true") < seconds(4)


def test_user_data_shows_only_where_it_is_asked_for(azure):
    azure.patch(azure.set_path(), {"properties": {"virtualMachineProfile": {"userData": "aGk="}}})
    azure.follow(azure.upgrade("0"))

    def profile(**query):
        return azure.get(azure.set_path(), **query).properties["virtualMachineProfile"]

    assert "userData" not in profile()
    assert profile(__expand="userData")["userData"] == "aGk="
    instance = azure.get(f"{azure.set_path()}/virtualMachines/0", __expand="userData")
    assert instance.properties["userData"] == "aGk="
    assert azure.get(azure.set_path(), __expand="instanceView").code == "InvalidParameter"


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"virtualMachineProfile": {"priority": "Spot"}}, "priority"),
        (
            {
                "virtualMachineProfile": {
                    "networkProfile": {
                        "networkInterfaceConfigurations": [
                            {
                                "name": "n",
                                "properties": {
                                    "ipConfigurations": [
                                        {"name": "i", "properties": {"subnet": {"id": "/other/net/subnets/s"}}}
                                    ]
                                },
                            }
                        ]
                    }
                }
            },
            "subnet",
        ),
    ],
)
def test_what_is_fixed_at_creation(azure, change, target):
    refused = azure.patch(azure.set_path(), {"properties": change})
    assert (refused.status, refused.code) == (409, "PropertyChangeNotAllowed")
    assert refused.body["error"]["target"] == target
    assert azure.patch(azure.set_path(), image_change(version="4.0.20160229")).status == 200


@pytest.mark.parametrize(
    ("more", "limit"), [({}, 20), ({"overprovision": False}, 40)], ids=["with some to spare", "exact"]
)
def test_an_image_in_a_storage_account_allows_small_sets_only(azure, set_document, more, limit):
    def document(capacity):
        document = set_document(capacity, overprovision=True)
        document["properties"] |= more
        storage = document["properties"]["virtualMachineProfile"]["storageProfile"]
        del storage["imageReference"]
        storage["osDisk"] = {"osType": "Linux", "image": {"uri": "https://shop.example/web.vhd"}}
        return document

    assert azure.put(azure.set_path("web"), document(limit + 1)).status == 400
    azure.follow(made(azure, document(limit)))
    skus = azure.get(f"{azure.set_path('web')}/skus").body["value"]
    assert {one["capacity"]["maximum"] for one in skus} == {limit}
    shown = azure.instances("web")[0]["properties"]["storageProfile"]
    assert shown["osDisk"]["image"] == {"uri": "https://shop.example/web.vhd"}


def test_balance_needs_zones(azure, set_document):
    assert azure.put(azure.set_path("web"), set_document(1, zoneBalance=True)).status == 400
    assert azure.put(azure.set_path("web"), set_document(1, scaleInPolicy={"rules": ["Tallest"]})).status == 400


def test_statuses_alone_can_be_selected(azure):
    listed = azure.instances(__expand="instanceView", __select="instanceView/statuses")
    assert {tuple(one["properties"]["instanceView"]) for one in listed} == {("statuses",)}
