"""Large fleets: instances are made when they are asked for, rendered JSON is bounded, and nobody can tell."""

from rollset.emulator.fleet import parse_fleet
from rollset.emulator.rendered import Rendered
from tests.emulator.local import Client

NEW = "4.0.20160229"
SETS = "scale_sets:\n" + "\n".join(f"  - {{resource_group: myrg, name: set{n}, capacity: 30}}" for n in range(5))


def made(azure):
    return [name for name, one in azure.world.sets.items() if one.stand is None]


def test_instances_are_made_when_somebody_asks_for_them():
    azure = Client(parse_fleet(SETS))
    assert len(azure.get(f"{azure.compute}/virtualMachineScaleSets").body["value"]) == 5
    assert made(azure) == []
    assert len(azure.instances("set3")) == 30
    assert made(azure) == ["myrg/set3"]


def test_what_is_made_late_is_as_if_it_had_been_there():
    early, late = Client(parse_fleet(SETS), seed=4), Client(parse_fleet(SETS), seed=4)
    before = early.instances("set2", __expand="instanceView")
    for azure in (early, late):
        azure.later(5000)
        azure.get(f"{azure.set_path('set0')}/virtualMachines")
        azure.patch(azure.set_path("set2"), {"sku": {"capacity": 31}})
        azure.patch(azure.set_path("set1"), {"tags": {"a": "b"}})
        azure.later(300)
    assert early.instances("set2", __expand="instanceView") == late.instances("set2", __expand="instanceView")
    now = {one["instanceId"]: one for one in late.instances("set2", __expand="instanceView")}
    assert [now[one["instanceId"]]["properties"]["vmId"] for one in before] == [
        one["properties"]["vmId"] for one in before
    ]
    assert early.instances("set1") == late.instances("set1")


def test_json_that_is_kept_is_bounded_and_never_stale():
    azure = Client(parse_fleet(SETS))
    azure.world.rendered = Rendered(bytes_max=100_000)
    first = [azure.instances(f"set{n}", __expand="instanceView") for n in range(5)]
    kept = [name for name, one in azure.world.sets.items() if any(i.fragments for i in one.instances.values())]
    assert kept == ["myrg/set4"]
    assert [azure.instances(f"set{n}", __expand="instanceView") for n in range(5)] == first
    azure.patch(azure.set_path("set4"), {"tags": {"a": "b"}})
    assert {one["tags"]["a"] for one in azure.instances("set4", __expand="instanceView")} == {"b"}
