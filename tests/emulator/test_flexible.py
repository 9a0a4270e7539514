"""Flexible orchestration: members are virtual machines, known by name; what such a set refuses. Uniform is in the rest."""

import pytest

from tests.emulator.local import codes, image_change

EXTENSION = {
    "name": "health",
    "properties": {
        "publisher": "Microsoft.ManagedServices",
        "type": "ApplicationHealthLinux",
        "typeHandlerVersion": "1.0",
        "settings": {"protocol": "http", "port": 80, "requestPath": "/"},
    },
}


@pytest.fixture
def flexible(azure, set_document):
    """An emulator with myrg/flex: three members."""

    def make(capacity=3, name="flex", **properties):
        document = set_document(capacity, orchestrationMode="Flexible", **properties)
        made = azure.put(azure.set_path(name), document)
        assert made.status == 201, made.body
        azure.follow(made)
        return azure

    return make


def names(azure, name="flex"):
    return [one["instanceId"] for one in azure.instances(name)]


def machine_path(azure, name, group="myrg"):
    return f"{azure.group(group)}/providers/Microsoft.Compute/virtualMachines/{name}"


def test_the_set_reads_as_recorded(flexible):
    azure = flexible()
    properties = azure.get(azure.set_path("flex")).properties
    assert properties["orchestrationMode"] == "Flexible"
    assert (properties["singlePlacementGroup"], properties["platformFaultDomainCount"]) == (False, 1)
    assert properties["constrainedMaximumCapacity"] is False
    assert not {"overprovision", "doNotRunExtensionsOnOverprovisionedVMs"} & properties.keys()


def test_members_are_listed_bare_and_read_whole_as_virtual_machines(flexible):
    azure = flexible()
    listed = azure.instances("flex")
    assert [one.keys() for one in listed] == [{"name", "id", "type", "location", "instanceId", "properties"}] * 3
    name = listed[0]["instanceId"]
    assert name.startswith("flex_")
    assert len(name) == len("flex_") + 8
    machine = azure.get(machine_path(azure, name.upper()), __expand="instanceView").body
    assert machine["name"] == name
    assert machine["properties"]["virtualMachineScaleSet"] == {"id": azure.set_path("flex")}
    view = machine["properties"]["instanceView"]
    assert codes(view) == ["ProvisioningState/succeeded", "PowerState/running"]
    assert not {"platformUpdateDomain", "platformFaultDomain", "placementGroupId"} & view.keys()
    assert azure.get(f"{machine_path(azure, name)}/instanceView").body == view


def test_virtual_machines_are_listed_by_subscription_group_location_and_set(flexible):
    azure = flexible(2)
    flexible(1, name="other")
    listed = azure.get(f"{azure.compute}/virtualMachines").body["value"]
    assert len(listed) == 3
    assert azure.get(f"{azure.group()}/providers/Microsoft.Compute/virtualMachines").body["value"] == listed
    assert len(azure.get(f"{azure.compute}/locations/West US/virtualMachines".replace(" ", "%20")).body["value"]) == 3
    wanted = f"'virtualMachineScaleSet/id' eq '{azure.set_path('flex').upper()}'"
    found = azure.get(f"{azure.compute}/virtualMachines", __filter=wanted, __expand="instanceView").body["value"]
    assert [one["name"] for one in found] == sorted(names(azure))
    assert all(one["properties"]["instanceView"]["statuses"] for one in found)
    refused = azure.get(f"{azure.compute}/virtualMachines", __expand="instanceView")
    assert (refused.status, refused.code) == (400, "BadRequest")


def test_pages_of_virtual_machines_lead_through_all_of_them(flexible):
    azure = flexible(120)
    found, path = [], f"{azure.compute}/virtualMachines"
    while path:
        answer = azure.get(path).body
        found += [one["name"] for one in answer["value"]]
        path = answer.get("nextLink", "").removeprefix("http://127.0.0.1:8400")
    assert found == sorted(names(azure))
    assert len(set(found)) == 120


def test_views_of_the_set_are_refused_in_azures_words(flexible):
    azure = flexible()
    whole = azure.get(f"{azure.set_path('flex')}/instanceView")
    listed = azure.get(f"{azure.set_path('flex')}/virtualMachines", __expand="instanceView")
    assert whole.status == 409
    assert whole.body["error"]["message"].startswith("Operation 'VirtualMachineScaleSets.instanceView.GET' is not")
    assert (listed.status, listed.code) == (400, "BadRequest")
    assert listed.body["error"]["message"] == (
        "Operation 'VirtualMachineScaleSets.virtualMachines.GET' is not allowed on Virtual Machine Scale Set 'flex'."
    )
    assert azure.post(f"{azure.set_path('flex')}/reimageall").status == 409


def test_members_are_upgraded_by_name_and_show_what_they_run(flexible):
    azure = flexible()
    first, second, _ = names(azure)
    assert azure.patch(azure.set_path("flex"), image_change(version="22.04.202407220")).status == 200
    ended = azure.follow(azure.post(f"{azure.set_path('flex')}/manualupgrade", {"instanceIds": [first.upper()]}))
    assert ended["status"] == "Succeeded"
    images = [
        azure.get(machine_path(azure, one)).properties["storageProfile"]["imageReference"]["exactVersion"]
        for one in (first, second)
    ]
    assert images == ["22.04.202407220", "22.04.202408080"]
    unknown = azure.post(f"{azure.set_path('flex')}/manualupgrade", {"instanceIds": ["0"]})
    assert (unknown.status, unknown.code) == (400, "InvalidParameter")


def test_power_actions_of_one_virtual_machine_and_its_end(flexible):
    azure = flexible()
    first, *rest = names(azure)
    path = machine_path(azure, first)
    azure.follow(azure.post(f"{path}/deallocate"))
    assert codes(azure.get(f"{path}/instanceView").body)[1] == "PowerState/deallocated"
    azure.follow(azure.post(f"{path}/start"))
    assert codes(azure.get(f"{path}/instanceView").body)[1] == "PowerState/running"
    azure.follow(azure.delete(path))
    assert (azure.get(path).status, azure.get(path).code) == (404, "ResourceNotFound")
    assert names(azure) == rest
    assert azure.get(azure.set_path("flex")).body["sku"]["capacity"] == 2


def test_a_virtual_machine_is_attached_and_keeps_its_own_model(flexible):
    azure = flexible(1)
    document = {
        "location": "westus",
        "tags": {"kind": "own"},
        "properties": {
            "virtualMachineScaleSet": {"id": azure.set_path("flex")},
            "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
            "osProfile": {"computerName": "own1", "adminUsername": "me", "adminPassword": "secret-1"},
            "storageProfile": {
                "imageReference": {
                    "publisher": "Canonical",
                    "offer": "0001-com-ubuntu-server-jammy",
                    "sku": "22_04-lts-gen2",
                    "version": "22.04.202405150",
                }
            },
            "networkProfile": {"networkInterfaces": [{"id": "/subscriptions/s/networkInterfaces/n"}]},
        },
    }
    made = azure.put(machine_path(azure, "own1"), document)
    assert (made.status, made.properties["provisioningState"]) == (201, "Creating")
    azure.follow(made)
    assert names(azure)[-1] == "own1"
    assert azure.get(azure.set_path("flex")).body["sku"]["capacity"] == 2
    azure.follow(azure.post(f"{azure.set_path('flex')}/manualupgrade", {"instanceIds": ["*"]}))
    own = azure.get(machine_path(azure, "own1"), __expand="instanceView").body
    assert own["properties"]["storageProfile"]["imageReference"]["exactVersion"] == "22.04.202405150"
    assert own["properties"]["instanceView"]["computerName"] == "own1"
    assert "secret-1" not in str(own)
    document["properties"].pop("virtualMachineScaleSet")
    alone = azure.put(machine_path(azure, "alone"), document)
    assert (alone.status, alone.code) == (400, "BadRequest")


def test_a_set_without_a_profile_takes_only_what_is_attached(azure):
    made = azure.put(azure.set_path("empty"), {"location": "westus", "properties": {"orchestrationMode": "Flexible"}})
    assert made.status == 201
    azure.follow(made)
    assert names(azure, "empty") == []
    assert azure.patch(azure.set_path("empty"), {"tags": {"a": "b"}}).status == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"singlePlacementGroup": True}, 400),
        ({"overprovision": True}, 400),
        ({"platformFaultDomainCount": 3}, 201),
        ({"platformFaultDomainCount": 5}, 400),
        ({"orchestrationMode": "Both"}, 400),
    ],
)
def test_what_a_flexible_set_may_have(azure, set_document, change, status):
    document = set_document(1, **{"orchestrationMode": "Flexible", **change})
    assert azure.put(azure.set_path("flex"), document).status == status


def test_rolling_needs_the_extension(azure, set_document):
    document = set_document(1, "Rolling", orchestrationMode="Flexible")
    profile = document["properties"]["virtualMachineProfile"]
    profile["networkProfile"] = {"healthProbe": {"id": "/subscriptions/s/loadBalancers/l/probes/p"}}
    refused = azure.put(azure.set_path("flex"), document)
    assert refused.body["error"]["message"].startswith("Rolling Upgrade mode is not supported")
    profile["extensionProfile"] = {"extensions": [EXTENSION]}
    del profile["networkProfile"]
    assert azure.put(azure.set_path("flex"), document).status == 201


def test_zones_are_filled_evenly(azure, set_document):
    made = azure.put(
        azure.set_path("flex"), {**set_document(6, orchestrationMode="Flexible"), "zones": ["1", "2", "3"]}
    )
    azure.follow(made)
    listed = azure.get(f"{azure.compute}/virtualMachines").body["value"]
    assert sorted(one["zones"] for one in listed) == [["1"], ["1"], ["2"], ["2"], ["3"], ["3"]]
