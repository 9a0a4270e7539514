"""Network interfaces of instances: addresses that differ, and are told of a set, an instance and an interface alike."""

from ipaddress import IPv4Address, IPv4Network

from rollset.emulator.fleetexport import fleet_of, fleet_text

API = "2018-10-01"


def addresses(azure, path):
    value = azure.get(f"{path}/networkInterfaces", api=API).body["value"]
    return [one["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] for one in value]


def test_every_instance_has_an_address_of_its_own_in_one_subnet(azure):
    found = addresses(azure, azure.set_path())
    assert len(set(found)) == 20
    assert len({IPv4Network(f"{one}/16", strict=False) for one in found}) == 1
    assert addresses(azure, f"{azure.set_path()}/virtualMachines/7") == [found[7]]


def test_an_interface_is_what_its_instance_says_it_has(azure):
    named = azure.instance(3)["properties"]["networkProfile"]["networkInterfaces"][0]["id"]
    interface = azure.get(named, api=API)
    assert interface.body["id"] == named
    assert interface.properties["primary"] is True
    assert interface.properties["virtualMachine"]["id"] == f"{azure.set_path()}/virtualMachines/3"
    assert "subnet" in interface.properties["ipConfigurations"][0]["properties"]
    assert azure.get(f"{named}x", api=API).status == 404


def test_a_fleet_file_may_place_them_on_this_machine(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, capacity: 3, subnet: 127.1.0.0/24}]")
    assert addresses(azure, azure.set_path()) == ["127.1.0.4", "127.1.0.5", "127.1.0.6"]
    assert all(IPv4Address(one).is_loopback for one in addresses(azure, azure.set_path()))
    assert "subnet: 127.1.0.0/24" in fleet_text(fleet_of(azure.world))


def test_two_interfaces_have_two_addresses_and_one_is_primary(azure):
    def configuration(name, **more):
        return {"name": name, "properties": {**more, "ipConfigurations": [{"name": f"{name}ip", "properties": {}}]}}

    document = azure.get(azure.set_path()).body
    network = document["properties"]["virtualMachineProfile"]["networkProfile"]
    network["networkInterfaceConfigurations"] = [
        configuration("back", primary=False),
        configuration("front", primary=True),
    ]
    azure.follow(azure.put(azure.set_path("two"), document))
    value = azure.get(f"{azure.set_path('two')}/virtualMachines/1/networkInterfaces", api=API).body["value"]
    assert [(one["name"], one["properties"]["primary"]) for one in value] == [("back", False), ("front", True)]
    assert len(set(addresses(azure, azure.set_path("two")))) == 40
