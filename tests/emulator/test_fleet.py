"""Fleet files: the documented example stands, and every mistake is named with its place."""

import json
import re
import time
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


def one(**members):
    """A fleet of one set, with these members beside its name or instead of it; JSON, so YAML too."""
    return json.dumps({"scale_sets": [{"resource_group": "g", "name": "n", **members}]})


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
    (
        "scale_sets: [{resource_group: g, name: n, image: {id: /x, uri: 'https://x/y'}}]",
        "scale_sets[0].image: expected",
    ),
    *(
        (one(name=name), "scale_sets[0].name: expected up to 64 letters")
        for name in ("a/b", "", "..", "a\x07b", "a b", "a" * 65, "a" * 5000, "a-", "grün")
    ),
    *(
        (one(resource_group=group), "scale_sets[0].resource_group: expected up to 90 letters")
        for group in ("a/b", "", "..", "a.", "a\x07b", "a b", "a" * 91, "a" * 5000)
    ),
    (one(capacity=-1), "scale_sets[0].capacity: expected a whole number from 0 to 1000, got -1"),
    (one(capacity=10**4000), "scale_sets[0].capacity: expected a whole number from 0 to 1000, got 1000"),
    (
        f"scale_sets: [{{resource_group: g, name: n, capacity: {'9' * 5000}}}]",
        "scale_sets[0].capacity: integer value out of range",
    ),
    (one(fault_domains=6), "scale_sets[0].fault_domains: expected a whole number from 1 to 5, got 6"),
    *(
        (one(image={"uri": uri}), "scale_sets[0].image.uri: expected an http")
        for uri in ("notauri", "", "http://", "/x")
    ),
    *(
        (one(zones=zones), "scale_sets[0].zones: expected some of '1', '2' and '3', each once")
        for zones in (["9"], ["1", "1"], ["0"], [""])
    ),
    *(
        (one(upgrade_seconds={"median": median}), "scale_sets[0].upgrade_seconds.median: expected a number above 0")
        for median in (0, -1, float("1e999"), "nan")
    ),
    *(
        (
            one(upgrade_seconds={"median": 9, "spread": spread}),
            "scale_sets[0].upgrade_seconds.spread: expected a number",
        )
        for spread in (-0.1, 1.1, "nan", "inf")
    ),
    (one(instances={"3": {}}), "scale_sets[0].instances[3]: the set has no such instance; it has 0 to 2"),
    (one(capacity=0, instances={"0": {}}), "scale_sets[0].instances[0]: the set has no such instance; it has none"),
    (
        one(image={"uri": "https://x/y"}, instances={"0": {"image_version": "1"}}),
        "scale_sets[0].instances[0].image_version: expected a set of a platform image",
    ),
    ("faults: [{kind: hangs, set: g/n}]", "faults[0].set: there is no scale set 'g/n'"),
    ("faults: [{kind: forbid, times: 0}]", "faults[0].times: expected a whole number >= 1, got 0"),
    ("location: westus\nlocation: eastus", "line 2, column 1: the key 'location' is there twice"),
    (
        "scale_sets: [{resource_group: g, name: n, instances: {1: {}, '1': {}}}]",
        "line 1, column 62: the key '1' is there twice",
    ),
    *(
        (f"scale_sets: [{{resource_group: g, name: n, capacity: {odd}}}]", "scale_sets[0].capacity: ")
        for odd in ("2012-13-45", "!!int ''", "!!bool x", "!!timestamp x")
    ),
    ("a: !!python/object:os.system {}", "line 1, column 4: not YAML: could not determine a constructor"),
    ("a: &a [*a]", "line 1, column 8: the alias 'a' stands within itself"),
    ("? [a]\n: b", "line 1, column 3: not YAML: found unhashable key"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_is_one_sentence_with_its_place(text, said):
    with pytest.raises(EmulatorError) as caught:
        Client(parse_fleet(text))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


BOMB = "a0: &a0 {}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "line 1, column 21: nested deeper than 20 levels"),
        ("{a: " * 5000, "nested deeper than 20 levels"),
        ("[\n" * 5000, "line 21, column 1: nested deeper than 20 levels"),
        ("- " * 5000, "nested deeper than 20 levels"),
        ('{"a":' * 100_000, "nested deeper than 20 levels"),
        ("#" * 10_000_001, "longer than 10000000 characters"),
        (BOMB, "more than 400000 values, with aliases written out"),
        (MERGES, "more than 400000 values, with aliases written out"),
    ],
    ids=["lists", "mappings", "lines", "blocks", "json", "long", "aliases", "merges"],
)
def test_an_absurd_file_is_refused_at_once(tmp_path, text, said):
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    started = time.process_time()
    with pytest.raises(EmulatorError, match=f"^{re.escape(str(path))}: .*{said}$"):
        load_fleet(path)
    assert time.process_time() - started < 3


def test_aliases_may_save_some_typing(azure_with):
    azure = azure_with(
        "scale_sets:\n"
        "- &first {resource_group: g, name: a, capacity: 2, tags: &tags {team: x}}\n"
        "- {<<: *first, name: b, tags: *tags}\n"
    )
    assert azure.account("b", "g")["capacity"] == 2
    assert azure.get(azure.set_path("b", "g")).body["tags"] == {"team": "x"}


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
