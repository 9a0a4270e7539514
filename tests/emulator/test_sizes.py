"""Sizes of virtual machines: which there are, who may have how many, and what a quota has room for."""

import pytest

from rollset.emulator.sizes import SIZES


def sized(document, name):
    return {**document, "sku": {**document["sku"], "name": name}}


def test_a_size_that_does_not_exist_is_refused_with_those_that_do(azure, set_document):
    refused = azure.put(azure.set_path("web"), sized(set_document(), "Standard_D3s_v9"))
    assert (refused.status, refused.code, refused.body["error"]["target"]) == (400, "InvalidParameter", "vmSize")
    message = refused.body["error"]["message"]
    assert message.startswith("The value Standard_D3s_v9 provided for the VM size is not valid. The valid sizes in ")
    skus = azure.get(f"{azure.compute}/skus", __filter="location eq 'westus'").body["value"]
    assert all(one["name"] in message for one in skus if one["resourceType"] == "virtualMachines")
    assert azure.get(azure.set_path("web")).status == 404
    assert azure.patch(azure.set_path(), {"sku": {"name": "Standard_D3s_v9"}}).code == "InvalidParameter"
    assert azure.get(azure.set_path()).body["sku"]["name"] == "Standard_D2s_v3"


@pytest.mark.parametrize("size", ["standard_d16S_V5", "Standard_E8-4ds_v5", "Basic_A1", "Standard_NC6s_v3"])
def test_sizes_that_exist(azure, set_document, size):
    assert azure.put(azure.set_path("web"), sized(set_document(), size)).status == 201


def test_what_a_fleet_brought_is_on_offer_where_it_stands(set_document, azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: new, size: Standard_Z2s_v9}]")
    document = sized(set_document(), "standard_z2s_v9")
    assert azure.put(azure.set_path("web"), document).status == 201
    assert azure.put(azure.set_path("far"), {**document, "location": "eastus"}).code == "InvalidParameter"


def test_no_size_is_listed_twice():
    assert len({one.name.lower() for one in SIZES}) == len(SIZES)


def test_starting_what_is_deallocated_takes_cores(azure):
    def allow(cores):
        azure.post("/emulator/quotas", {"name": "cores", "location": "westus", "limit": cores})

    azure.follow(azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["0", "1"]}))
    allow(39)
    refused = azure.post(f"{azure.set_path()}/start")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert "Current Limit: 39, Current Usage: 36, Additional Required: 4" in refused.body["error"]["message"]
    one = f"{azure.set_path()}/virtualMachines/0/start"
    assert azure.post(one).status == 202
    allow(38)
    assert azure.post(f"{azure.set_path()}/virtualMachines/1/start").status == 409
    assert azure.post(one).status == 202, "it runs already, and takes nothing more"


@pytest.mark.parametrize(
    ("size", "domains", "limit"),
    [("Standard_M64s", 2, 200), ("Standard_M64s", 1, 1000), ("Standard_D2s_v5", 2, 1000)],
)
def test_flexible_sets_with_fixed_spreading(azure, set_document, size, domains, limit):
    flexible = {"orchestrationMode": "Flexible", "platformFaultDomainCount": domains}
    refused = azure.put(azure.set_path("web"), sized(set_document(limit + 1, **flexible), size))
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert f"limit of {limit} instances" in refused.body["error"]["message"]
