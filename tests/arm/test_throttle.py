"""Budgets, as tables: what an answer says is left, and how long the next request then waits."""

import pytest

from rollset.arm.throttle import LANES_MAX, RESERVE, WAIT_SECONDS_MAX, Budgets, parse_remaining
from tests.support.recordings import exchanges, needs_recordings

LIST = "GET /subscriptions/s/.../virtualmachinescalesets/web/virtualmachines"
OTHER = "GET /subscriptions/s/.../virtualmachinescalesets/api/virtualmachines"


def left(resource=None, subscription=None):
    named = {"HighCostGetVMScaleSetResource": resource, "HighCostGetVMScaleSetSubscriptionMaximum": subscription}
    return ",".join(f"Microsoft.Compute/{name};{number}" for name, number in named.items() if number is not None)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("Microsoft.Compute/A;3", {"A": 3}),
        ("Microsoft.Compute/A;3,Microsoft.Compute/B;0", {"A": 3, "B": 0}),
        ("Microsoft.Compute/A;3, Microsoft.Compute/B; 7 ", {"A": 3, "B": 7}),
        ("A;3", {"A": 3}),
        ("nonsense", {}),
        ("Microsoft.Compute/A;", {}),
        ("Microsoft.Compute/A;-1", {}),
        (";;,,", {}),
        (f"Microsoft.Compute/A;{'9' * 5000},Microsoft.Compute/B;1", {"B": 1}),
    ],
)
def test_the_header_is_read_on_one_line_or_joined_from_several(header, found):
    assert parse_remaining(header) == found


@needs_recordings
def test_every_recorded_header_is_read():
    for exchange in exchanges():
        header = exchange.headers.get("x-ms-ratelimit-remaining-resource", "")
        assert len(parse_remaining(header)) == (header.count(",") + 1 if header else 0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("", 0, id="nothing known"),
        pytest.param(left(29, 1079), 0, id="plenty"),
        pytest.param(left(RESERVE + 1), 0, id="just enough"),
        pytest.param(left(RESERVE), 6, id="ten a minute, so one each six seconds"),
        pytest.param(left(0), 6, id="empty"),
        pytest.param(left(29, 0), 60 / 360, id="the subscription's bucket is empty"),
        pytest.param("Microsoft.Compute/VmssQueuedVMOperations;0", 0, id="its zero means nothing"),
        pytest.param("Microsoft.Compute/HighCostGetVMScaleSet3Min;0", 0, id="an old policy, of unknown refill"),
    ],
)
def test_a_bucket_near_its_end_is_used_no_faster_than_it_refills(header, seconds):
    budgets = Budgets()
    assert budgets.reserve(LIST, 100.0) == 0
    budgets.learn(LIST, header, 100.0)
    assert budgets.reserve(LIST, 100.0) == pytest.approx(seconds)


def test_requests_at_the_same_time_queue_up_but_never_beyond_the_bound():
    budgets = Budgets()
    budgets.learn(LIST, left(0), 0.0)
    waits = [budgets.reserve(LIST, 0.0) for _ in range(20)]
    assert waits[:4] == pytest.approx([6, 12, 18, 24])
    assert max(waits) <= WAIT_SECONDS_MAX


def test_requests_in_flight_count_before_their_answers_come():
    budgets = Budgets()
    budgets.learn(LIST, left(RESERVE + 2), 0.0)
    assert [budgets.reserve(LIST, 0.0) > 0 for _ in range(4)] == [False, False, True, True]


def test_time_that_has_passed_anyway_is_not_waited_again():
    budgets = Budgets()
    budgets.learn(LIST, left(0), 0.0)
    assert budgets.reserve(LIST, 4.0) == pytest.approx(2)
    budgets.learn(LIST, left(0), 6.0)
    assert budgets.reserve(LIST, 30.0) == 0


def test_what_azure_says_last_counts():
    budgets = Budgets()
    budgets.learn(LIST, left(0), 0.0)
    budgets.learn(LIST, left(20), 1.0)
    assert budgets.reserve(LIST, 1.0) == 0


def test_a_resources_bucket_is_its_own_and_a_subscriptions_is_shared():
    budgets = Budgets()
    budgets.learn(LIST, left(0, 1000), 0.0)
    budgets.learn(OTHER, left(20, 1000), 0.0)
    assert budgets.reserve(OTHER, 0.0) == 0
    budgets.learn(LIST, left(20, 0), 0.0)
    assert budgets.reserve(OTHER, 0.0) > 0


def test_what_is_remembered_is_bounded():
    budgets = Budgets()
    for number in range(LANES_MAX + 50):
        budgets.learn(f"GET /operations/{number}", "Microsoft.Compute/GetOperationResource;0", 0.0)
    assert len(budgets._lanes) == len(budgets._buckets) == LANES_MAX
    assert budgets.reserve("GET /operations/0", 0.0) == 0


def machines(subscription, name):
    group = f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute"
    return f"GET {group}/virtualmachinescalesets/{name}/virtualmachines"


def test_an_address_that_was_not_asked_yet_draws_on_its_subscriptions_bucket():
    budgets = Budgets()
    budgets.learn(machines("s", "web"), left(0, 0), 0.0)
    assert budgets.reserve(machines("s", "api"), 0.0) == pytest.approx(60 / 360)
    assert budgets.reserve(f"{machines('s', 'api')}/7", 0.0) == 0  # One instance is another kind of question.


def test_subscriptions_have_buckets_of_their_own():
    budgets = Budgets()
    budgets.learn(machines("s", "web"), left(20, 0), 0.0)
    budgets.learn(machines("t", "web"), left(20, 1000), 0.0)
    assert budgets.reserve(machines("s", "web"), 0.0) > 0
    assert budgets.reserve(machines("t", "api"), 0.0) == 0


@pytest.mark.parametrize(
    ("told", "keep", "seconds"),
    [
        pytest.param(1080, 0.5, 0, id="full"),
        pytest.param(600, 0.5, 0, id="above the half"),
        pytest.param(539, 0.5, 2 / 6, id="one short of the half, and one to take"),
        pytest.param(240, 0.5, 301 / 6, id="deep below"),
        pytest.param(240, 0.25, 31 / 6, id="a smaller share"),
        pytest.param(240, 0.0, 0, id="no share"),
    ],
)
def test_a_share_of_a_bucket_can_be_left_to_others(told, keep, seconds):
    """Its size is the most that was ever seen in it."""
    budgets = Budgets()
    budgets.learn(machines("s", "web"), left(subscription=1080), 0.0)
    budgets.learn(machines("s", "web"), left(subscription=told), 10.0)
    assert budgets.seconds_until(machines("s", "api"), 1, 10.0, keep) == pytest.approx(seconds)


def test_an_emulator_whose_time_runs_faster_refills_faster():
    budgets = Budgets()
    budgets.scale = 60.0
    budgets.learn(LIST, left(0), 0.0)
    assert budgets.reserve(LIST, 0.0) == pytest.approx(0.1)
    assert budgets.seconds_until(LIST, 9, 0.0) == pytest.approx((9 + RESERVE + 1) * 0.1)
