"""Fleet files: the documented example stands, and every mistake is named with its place."""

import re
from pathlib import Path

import pytest

from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import load_fleet, parse_fleet
from tests.emulator.local import Client

PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"


def test_the_example_of_the_page_stands():
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    azure = Client(parse_fleet(example))
    account = azure.account("web", "shop")
    assert account["capacity"] == 12
    states = {one["id"]: one for one in account["instances"]}
    assert states["3"]["power"] == "deallocated"
    assert states["6"]["image"] == "4.0.20160126"
    assert states["6"]["latest_model_applied"] is False
    assert account["out_now"] == 2
    assert azure.get(azure.set_path("workers", "shop")).body["zones"] == ["1", "2", "3"]
    assert len(azure.get("/emulator/faults").body["value"]) == 1


def test_an_empty_file_is_an_empty_fleet(tmp_path):
    path = tmp_path / "fleet.yaml"
    path.write_text("")
    assert load_fleet(path).scale_sets == []
    assert Client(load_fleet(path)).get("/emulator").body["sets"] == []


def test_a_fleet_may_be_json():
    fleet = parse_fleet('{"scale_sets": [{"resource_group": "g", "name": "n", "capacity": 2}]}')
    assert Client(fleet).account("n", "g")["capacity"] == 2


MISTAKES = [
    (
        "scale_sets: [{resource_group: g, name: n, capacity: x}]",
        "scale_sets[0].capacity: expected a whole number, got 'x'",
    ),
    ("scale_sets: [{resource_group: g, name: n, capactiy: 3}]", "scale_sets[0]: unknown member 'capactiy'"),
    ("scale_sets: [{name: n}]", "scale_sets[0]: missing member 'resource_group'"),
    ("scale_sets: {}", "scale_sets: expected a list, got {}"),
    ("[]", "expected a mapping, got []"),
    ("scale_sets: [{resource_group: g, name: n, os: Solaris}]", "scale_sets[0].os: invalid enum value 'Solaris'"),
    ("scale_sets: [", "line 1, column 14: not YAML: expected the node content, but found '<stream end>'"),
    ("images: [{urn: a:b, versions: ['1']}]", "images[0].urn: expected PUBLISHER:OFFER:SKU, got 'a:b'"),
    (
        "scale_sets: [{resource_group: g, name: n, image: 'a:b'}]",
        "scale_sets[0].image: expected PUBLISHER:OFFER:SKU:VERSION, got 'a:b'",
    ),
    (
        "scale_sets: [{resource_group: g, name: n}, {resource_group: G, name: N}]",
        "scale_sets[1].name: G/N is there twice",
    ),
    (
        "scale_sets: [{resource_group: g, name: n, instances: {9: {}}}]",
        "scale_sets[0].instances[9]: the set has no such instance",
    ),
    (
        "scale_sets: [{resource_group: g, name: n, capacity: 101}]",
        "scale_sets[0]: The capacity 101 is beyond the limit of 100 instances of this Virtual Machine Scale Set.",
    ),
    (
        "scale_sets: [{resource_group: g, name: n, instances: {1: {power: asleep}}}]",
        "scale_sets[0].instances[...].power: invalid enum value 'asleep'",
    ),
    ("faults: [{kind: earthquake}]", "faults[0].kind: invalid value 'earthquake'"),
    (
        "custom_images: [{id: golden}]",
        "custom_images[0].id: expected the id of a managed image or a gallery image version",
    ),
    ("scale_sets: [{resource_group: g, name: n, image: {id: /x, uri: /y}}]", "scale_sets[0].image: expected either"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_is_one_sentence_with_its_place(text, said):
    with pytest.raises(EmulatorError) as caught:
        Client(parse_fleet(text))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(EmulatorError, match=r"nope\.yaml: cannot be read: No such file or directory"):
        load_fleet(tmp_path / "nope.yaml")
    binary = tmp_path / "x.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EmulatorError, match="it is no text"):
        load_fleet(binary)


def test_upgrades_take_as_long_as_the_file_says(azure_with):
    azure = azure_with(
        "scale_sets: [{resource_group: myrg, name: myvmss, upgrade_seconds: {median: 60, spread: 0}}]",
    )
    azure.set_version("4.0.20160229")
    azure.upgrade("*")
    assert {one["upgrades"][0]["seconds"] for one in azure.account()["instances"]} == {60.0}
