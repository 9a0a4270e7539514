"""Unit: which instances are meant, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.errors import UsageError
from rollset.core.fleet import Fleet, Place
from rollset.core.ids import InstanceId
from rollset.core.selection import Selection, parse_domains, parse_instances, parse_names, spoken_ids
from tests.core.draw import a_fleet, a_scale_set, an_instance


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1", "1"),
        ("1,4,7-9", "1 4 7 8 9"),
        (" 3 , 5-5", "3 5"),
        ("007", "7"),
        ("web_1a2b3c4d", "web_1a2b3c4d"),
        ("web-a", "web-a"),
    ],
)
def test_lists_of_instances(text, ids):
    assert parse_instances(text) == set(ids.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "1,",
        "1,,2",
        "9-7",
        "-3",
        "1-",
        "0-99999999",
        "a b",
        "*",
        "1;2",
        "%",
        "9" * 5000,
        "1-" + "9" * 5000,
        "x" * 91,
    ],
)
def test_what_is_no_list_of_instances(text):
    with pytest.raises(UsageError) as refused:
        parse_instances(text)
    assert "cannot read" in str(refused.value)


@pytest.mark.parametrize("text", ["", "a", "0,", "-1", "1.5", "0-2", "9" * 5000])
def test_what_is_no_list_of_domains(text):
    with pytest.raises(UsageError):
        parse_domains(text, "update domain")


def test_names_are_compared_without_regard_to_case():
    assert parse_names("AbC, d", "placement group") == {"abc", "d"}


def placed():
    places = [Place(zone=str(n % 2 + 1), placement_group="G" + str(n // 4), update_domain=n % 4) for n in range(8)]
    return Fleet(
        scale_set=a_scale_set(8), instances=tuple(an_instance(n, place=place) for n, place in enumerate(places))
    )


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(), "0 1 2 3 4 5 6 7"),
        (Selection(update_domains=frozenset({0, 1})), "0 1 4 5"),
        (Selection(zones=frozenset({"2"})), "1 3 5 7"),
        (Selection(placement_groups=frozenset({"g1"})), "4 5 6 7"),
        (Selection(update_domains=frozenset({1}), placement_groups=frozenset({"g1"})), "5"),
        (Selection(instances=frozenset({InstanceId("2")}), zones=frozenset({"1"})), "2"),
    ],
)
def test_facets_combine_with_and(selection, chosen):
    fleet = placed()
    selection.check(fleet)
    assert [one.id for one in fleet.instances if selection.matches(one)] == chosen.split()


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(update_domains=frozenset({7})), "there is no update domain 7: rg/web has 0-3"),
        (Selection(fault_domains=frozenset({0})), "there is no fault domain 0: rg/web has none"),
        (Selection(zones=frozenset({"9"})), "there is no zone 9: rg/web has 1, 2"),
        (Selection(instances=frozenset({InstanceId("8"), InstanceId("9")})), "there is no instances 8, 9"),
        (
            Selection(instances=frozenset({InstanceId("0")}), zones=frozenset({"2"})),
            "no instance of rg/web matches instance 0 and zone 2",
        ),
    ],
)
def test_what_does_not_exist_or_matches_nothing_is_an_error(selection, words):
    with pytest.raises(UsageError) as refused:
        selection.check(placed())
    assert words in str(refused.value)


def test_an_empty_set_matches_nothing():
    with pytest.raises(UsageError, match="rg/web has no instances"):
        Selection().check(a_fleet(""))


@given(st.sets(st.integers(0, 400), min_size=1))
def test_spoken_ids_can_be_read_back(numbers):
    ids = [InstanceId(str(number)) for number in numbers]
    assert parse_instances(spoken_ids(ids, most=10_000)) == set(ids)
