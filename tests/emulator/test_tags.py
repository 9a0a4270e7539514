"""Tags: text by name, wherever a resource takes them."""

import pytest

from tests.emulator.local import Client

FLEET = """
scale_sets:
  - {resource_group: myrg, name: myvmss, capacity: 2}
  - {resource_group: myrg, name: loose, capacity: 1, orchestration: Flexible, os: Linux, health: none}
"""
TAGGED = [
    "{group}",
    "{compute}/virtualMachineScaleSets/myvmss",
    "{compute}/virtualMachineScaleSets/myvmss/virtualMachines/0",
    "{compute}/virtualMachines/{machine}",
    "{compute}/galleries/mine",
]
WRONG = [
    "x",
    ["a"],
    {"a": {"b": "1"}},
    {"a": 1},
    {"a": ["1"]},
    {"a": "1" * 257},
    {"a" * 513: "1"},
    {str(number): "1" for number in range(51)},
]


def place(azure: Client, path: str) -> str:
    machine = azure.instances("loose")[0]["name"]
    return path.format(group=azure.group(), compute=f"{azure.group()}/providers/Microsoft.Compute", machine=machine)


@pytest.fixture
def tagged(azure_with):
    azure = azure_with(FLEET)
    gallery = {"location": "westus", "tags": {"a": "1"}}
    assert azure.put(place(azure, "{compute}/galleries/mine"), gallery).status == 201
    return azure


@pytest.mark.parametrize("path", TAGGED)
def test_a_tag_is_a_text_and_null_an_empty_one(tagged, path):
    tags = {"a": "", "b": "2", "ü" * 512: "ß" * 256}
    written = tagged.put(place(tagged, path), {"location": "westus", "tags": {**tags, "a": None}})
    assert (written.status, written.body["tags"]) == (200, tags)
    assert tagged.get(place(tagged, path)).body["tags"] == tags


@pytest.mark.parametrize("tags", WRONG, ids=["text", "list", "object", "number", "lists", "long", "long name", "many"])
@pytest.mark.parametrize("path", TAGGED)
def test_what_is_no_tag_is_refused_and_nothing_changes(tagged, path, tags):
    before = tagged.get(place(tagged, path)).body
    answer = tagged.put(place(tagged, path), {"location": "westus", "tags": tags})
    assert (answer.status, answer.code) == (400, "InvalidParameter")
    assert answer.body["error"]["target"].startswith("tags")
    assert tagged.get(place(tagged, path)).body == before


def test_an_attached_machine_has_tags_that_are_text(tagged):
    loose = f"{place(tagged, '{compute}')}/virtualMachineScaleSets/loose"
    image = tagged.get(loose).properties["virtualMachineProfile"]["storageProfile"]["imageReference"]
    document = {
        "location": "westus",
        "tags": "x",
        "properties": {
            "virtualMachineScaleSet": {"id": loose},
            "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
            "storageProfile": {"imageReference": image},
        },
    }
    machine = f"{place(tagged, '{compute}')}/virtualMachines/joined"
    assert tagged.put(machine, document).status == 400
    assert tagged.get(machine).status == 404
    assert tagged.put(machine, {**document, "tags": {"a": "1"}}).body["tags"] == {"a": "1"}
