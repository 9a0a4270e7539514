"""One value of a file is changed, and nothing else of it; whatever was written there, it says then what was wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.faces.rolloutfile.editing import edited, value_at
from rollset.faces.rolloutfile.tree import read_tree

FILE = """\
# Ours.
scale_set: myrg/web
image: {version: latest}
policy:
  max_unavailable: 10%   # as agreed with Ann
  batch_size:
    - 1
    - 5%
  bake: 5m

  # Nothing below.
"""


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        pytest.param(
            "policy.max_unavailable",
            "2",
            "  max_unavailable: 10%   # as agreed with Ann",
            "  max_unavailable: 2   # as agreed with Ann",
            id="a value keeps its comment",
        ),
        pytest.param("policy.bake", None, "  bake: 5m\n", "", id="a key goes with its line"),
        pytest.param(
            "policy.batch_size",
            ["2", "20%"],
            "  batch_size:\n    - 1\n    - 5%\n",
            "  batch_size: [2, 20%]\n",
            id="a list over several lines becomes one line",
        ),
        pytest.param("policy.pause", "1m", "  bake: 5m\n", "  bake: 5m\n  pause: 1m\n", id="a new key, at the end"),
        pytest.param(
            "policy.surge.add",
            "1",
            "  bake: 5m\n",
            "  bake: 5m\n  surge:\n    add: 1\n",
            id="a new key in a mapping that is not there",
        ),
    ],
)
def test_only_what_was_meant_is_changed(path, value, before, after):
    assert edited("f", FILE, {tuple(path.split(".")): value}) == FILE.replace(before, after)


def test_the_last_key_takes_the_mapping_with_it():
    assert edited("f", "a: 1\npolicy:\n  bake: 5m\n", {("policy", "bake"): None}) == "a: 1\n"


def test_a_file_of_nothing_gets_its_first_key():
    assert edited("f", "", {("policy", "bake"): "5m"}) == "policy:\n  bake: 5m\n"


def test_keys_stand_in_their_usual_order():
    text = "scale_set: myrg/web\npolicy:\n  bake: 5m\n"
    assert edited("f", text, {("select", "zones"): ["1"]}) == (
        "scale_set: myrg/web\nselect:\n  zones: [1]\npolicy:\n  bake: 5m\n"
    )


def test_braces_are_written_anew():
    assert read_tree("f", edited("f", FILE, {("image", "version"): "4.0.1"})).content["image"] == {"version": "4.0.1"}


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
SCALARS = st.one_of(
    WORDS, st.sampled_from(["10%", "010", "1:30", "no", "true", "null", "~", "# x", "a: b", "2", "- x"])
)
KEYS = st.sampled_from(["max_unavailable", "batch_size", "bake", "pause", "gates", "surge"])
VALUES = st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3))
STYLES = st.sampled_from([False, True, None])


@given(st.dictionaries(KEYS, VALUES, max_size=4), STYLES, st.lists(st.tuples(KEYS, st.none() | VALUES), max_size=4))
def test_whatever_was_written_it_says_then_what_was_wanted(policy, style, changes):
    import yaml

    text = yaml.safe_dump({"scale_set": "g/n", "policy": policy}, default_flow_style=style, allow_unicode=True)
    wanted = dict(changes)

    after = read_tree("f", edited("f", text, {("policy", key): value for key, value in changes})).content

    for key in {*policy, *wanted}:
        expected = wanted[key] if key in wanted else policy[key]
        found = value_at(after, ("policy", key))
        assert found == expected, (text, key)


@pytest.mark.parametrize(
    "value", [f"b{' ' * 200_000}c", "9" * 5000], ids=["a gap in a line", "a number of thousands of digits"]
)
def test_a_value_without_end_is_changed_at_once(value: str):
    """What looks at each character as often as there are characters would take an hour for the first."""
    text = f"image:\n  version: {value} # Why.\n"
    assert edited("f", text, {("image", "version"): "4.0.1"}) == "image:\n  version: 4.0.1 # Why.\n"
    assert value_at(read_tree("f", edited("f", text, {("image", "sku"): value})).content, ("image", "sku")) == value
