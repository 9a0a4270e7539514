"""Unit: amounts, addresses, budgets."""

import pytest

from rollset.core.amount import Amount
from rollset.core.budget import Budget
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId, ScaleSetAddress, ScaleSetId, check_subscription, natural


@pytest.mark.parametrize(
    ("text", "capacity", "instances"),
    [("10%", 20, 2), ("10%", 19, 1), ("10%", 3, 1), ("100%", 7, 7), ("1%", 1000, 10), ("3", 20, 3), (" 5 ", 2, 5)],
)
def test_amounts(text, capacity, instances):
    assert Amount.parse(text).of(capacity) == instances


@pytest.mark.parametrize(
    "text", ["", "0", "0%", "-1", "101%", "10 %", "ten", "1.5", "10%%", "9999999999", "\u0661\u0660%", "\uff13"]
)
def test_what_is_no_amount(text):
    with pytest.raises(UsageError):
        Amount.parse(text)


FULL = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web"


@pytest.mark.parametrize(
    ("text", "subscription"),
    [("rg/web", None), ("s-1/rg/web", "s-1"), (FULL, "s-1"), (FULL.lower() + "/", "s-1"), (" rg/web ", None)],
)
def test_addresses(text, subscription):
    address = ScaleSetAddress.parse(text)
    assert (address.subscription, address.resource_group, address.name) == (subscription, "rg", "web")
    assert address.within("other").subscription == (subscription or "other")


@pytest.mark.parametrize(
    "text", ["", "web", "a/b/c/d", "rg/", "/web", "rg/we b", "rg/../x/y", FULL + "/virtualMachines/1", "rg/..", "./web"]
)
def test_what_is_no_address(text):
    with pytest.raises(UsageError):
        ScaleSetAddress.parse(text)


@pytest.mark.parametrize("subscription", ["", "a/b", "..", "x" * 65, "a b"])
def test_what_is_no_subscription(subscription):
    with pytest.raises(UsageError):
        check_subscription(subscription)


def test_ids_of_any_length_can_be_sorted():
    long = InstanceId("9" * 5000)
    assert sorted([long, InstanceId("7"), InstanceId("007")], key=natural) == ["007", "7", long]


def test_ids_are_compared_without_regard_to_case():
    left = ScaleSetId(subscription="S", resource_group="RG", name="Web")
    right = ScaleSetId(subscription="s", resource_group="rg", name="web")
    assert left == right
    assert len({left, right}) == 1


def test_numbers_come_before_names_and_in_their_order():
    ids = [InstanceId(text) for text in ("web_b", "10", "9", "web_a", "0")]
    assert sorted(ids, key=natural) == ["0", "9", "10", "web_a", "web_b"]


@pytest.mark.parametrize(
    ("fleet", "sums"),
    [
        ((20, 20, 2, 0), (2, 2)),
        ((20, 18, 2, 2), (0, 0)),
        ((20, 19, 2, 0), (1, 2)),
        ((20, 15, 2, 0), (0, 2)),
        ((3, 3, 1, 0), (1, 1)),
        ((20, 20, 5, 4), (1, 1)),
        ((0, 0, 1, 0), (0, 1)),
    ],
)
def test_the_budget(fleet, sums):
    """Total, in service, allowed, in flight; free, room."""
    total, in_service, allowed, in_flight = fleet
    budget = Budget(total=total, in_service=in_service, allowed=allowed, in_flight=in_flight)
    assert (budget.free, budget.room) == sums
