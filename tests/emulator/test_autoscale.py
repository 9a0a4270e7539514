"""Autoscale settings, over the wire: limits, times, rules on metrics, and what moves the capacity of a set."""

from datetime import UTC, datetime, timedelta

import pytest

MINUTES, HOURS = 60.0, 3600.0
API = "2022-10-01"
CPU = "Percentage CPU"


def path(azure, name="scale"):
    return f"{azure.group()}/providers/Microsoft.Insights/autoscaleSettings/{name}"


def profile(name="usual", least=2, most=10, *, usual=None, rules=(), **times):
    capacity = {"minimum": str(least), "maximum": str(most), "default": str(usual or least)}
    return {"name": name, "capacity": capacity, "rules": list(rules), **times}


def rule(operator, threshold, direction, value="2", *, change="ChangeCount", cooldown="PT5M", **trigger):
    when = {
        "metricName": CPU,
        "metricResourceUri": "any",
        "timeGrain": "PT1M",
        "statistic": "Average",
        "timeWindow": "PT10M",
        "timeAggregation": "Average",
        "operator": operator,
        "threshold": threshold,
        **trigger,
    }
    then = {"direction": direction, "type": change, "value": value, "cooldown": cooldown}
    return {"metricTrigger": when, "scaleAction": then}


OUT, IN = rule("GreaterThan", 70, "Increase"), rule("LessThan", 30, "Decrease", "1")


def put(azure, *profiles, name="scale", **members):
    properties = {"targetResourceUri": azure.set_path("web"), "enabled": True, "profiles": list(profiles), **members}
    return azure.put(path(azure, name), {"location": "West US", "properties": properties}, api=API)


def measure(azure, **values):
    answer = azure.put("/emulator/sets/myrg/web/metrics", {CPU: values["cpu"]} if "cpu" in values else values)
    assert answer.status == 200
    return answer


def capacity(azure):
    return azure.get(azure.set_path("web")).body["sku"]["capacity"]


def passes(azure, seconds):
    """Time passes minute by minute, as it would while somebody looks."""
    for _ in range(int(seconds // MINUTES)):
        azure.later(MINUTES)
        azure.get("/emulator/health")
    return capacity(azure)


@pytest.fixture
def web(azure, set_document):
    azure.follow(azure.put(azure.set_path("web"), set_document(4, overprovision=False)))
    return azure


def test_a_setting_as_a_resource(web):
    made = put(web, profile(rules=[OUT, IN]))
    assert (made.status, made.body["name"], made.body["location"]) == (201, "scale", "westus")
    assert made.properties["profiles"][0]["capacity"] == {"minimum": "2", "maximum": "10", "default": "2"}
    assert put(web, profile()).status == 200
    assert web.patch(path(web), {"tags": {"a": "b"}}, api=API).body["tags"] == {"a": "b"}
    assert web.get(path(web).upper().replace("/SUBSCRIPTIONS", "/subscriptions"), api=API).status == 200
    for place in (web.group(), web.subscription):
        listed = web.get(f"{place}/providers/microsoft.insights/autoscalesettings", api=API).body["value"]
        assert [one["name"] for one in listed] == ["scale"]
    assert put(web, profile(), name="other").code == "OperationNotAllowed"
    assert web.delete(path(web), api=API).status == 200
    assert web.delete(path(web), api=API).status == 204
    assert web.get(path(web), api=API).code == "ResourceNotFound"


def test_limits_come_first(web):
    put(web, profile(least=6))
    assert passes(web, 2 * MINUTES) == 6
    put(web, profile(least=1, most=3))
    assert passes(web, 2 * MINUTES) == 3
    passes(web, 5 * MINUTES)
    assert len(web.account("web")["instances"]) == 3


def test_more_load_scales_out_with_pauses_up_to_the_limit(web):
    put(web, profile(rules=[OUT, IN]))
    measure(web, cpu=90)
    assert passes(web, 2 * MINUTES) == 6
    assert passes(web, 3 * MINUTES) == 6
    assert passes(web, 3 * MINUTES) == 8
    assert passes(web, 30 * MINUTES) == 10


def test_the_window_is_averaged(web):
    put(web, profile(rules=[OUT, IN]))
    measure(web, cpu=50)
    passes(web, 15 * MINUTES)
    measure(web, cpu=90)
    assert passes(web, 4 * MINUTES) == 4  # 66 on average.
    assert passes(web, 3 * MINUTES) == 6


def test_less_load_scales_in_unless_that_would_ask_for_more_again(web):
    put(web, profile(rules=[OUT, rule("LessThan", 60, "Decrease", "1")]))
    measure(web, cpu=55)
    assert passes(web, 60 * MINUTES) == 4  # Three would have 73.
    measure(web, cpu=10)
    assert passes(web, 60 * MINUTES) == 2


def test_all_rules_must_agree_on_less_and_one_is_enough_for_more(web):
    other = {"metricName": "Queue", "timeWindow": "PT5M"}
    more = rule("GreaterThan", 100, "Increase", "100", change="PercentChangeCount", **other)
    less = rule("LessThan", 5, "Decrease", "1", **other)
    put(web, profile(rules=[OUT, IN, more, less]))
    measure(web, **{CPU: 10, "Queue": 50})
    assert passes(web, 20 * MINUTES) == 4
    measure(web, Queue=300)
    assert passes(web, 6 * MINUTES) == 8


@pytest.mark.parametrize(
    ("aggregation", "more", "asks"),
    [
        ("Maximum", {}, True),
        ("Minimum", {}, False),
        ("Last", {}, False),
        ("Average", {"dividePerInstance": True}, False),
    ],
)
def test_ways_to_aggregate(web, aggregation, more, asks):
    put(web, profile(rules=[rule("GreaterThanOrEqual", 80, "Increase", timeAggregation=aggregation, **more)]))
    measure(web, cpu=80)
    web.later(30)
    measure(web, cpu=10)
    assert passes(web, 2 * MINUTES) == (6 if asks else 4)


def test_without_a_metric_there_are_at_least_as_many_as_by_default(web):
    put(web, profile(usual=7, rules=[OUT, IN]))
    assert passes(web, 2 * MINUTES) == 7
    measure(web, cpu=20)
    assert passes(web, 60 * MINUTES) == 2
    measure(web, cpu=None)
    assert passes(web, 20 * MINUTES) == 7


def test_a_profile_for_some_days(web):
    start = datetime.fromtimestamp(web.clock.time, UTC).replace(tzinfo=None) + timedelta(hours=1)
    dates = {"timeZone": "UTC", "start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    put(web, profile("sale", 9, 9, fixedDate=dates), profile(least=2, most=4))
    assert passes(web, 30 * MINUTES) == 4
    assert passes(web, 45 * MINUTES) == 9
    assert passes(web, 2 * HOURS) == 4


def test_profiles_that_recur(web):
    every_day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    def daily(name, count, hour):
        schedule = {"timeZone": "W. Europe Standard Time", "days": every_day, "hours": [hour], "minutes": [0]}
        return profile(name, count, count, recurrence={"frequency": "Week", "schedule": schedule})

    put(web, profile(), daily("day", 8, 7), daily("night", 2, 20))
    by_hour = {}
    for _ in range(48):
        passes(web, 30 * MINUTES)
        local = datetime.fromtimestamp(web.clock.time, UTC) + timedelta(hours=2)  # Summer time in Berlin.
        by_hour[local.hour] = capacity(web)
    assert {hour for hour, count in by_hour.items() if count == 8} == set(range(7, 20))


def test_switched_off_and_without_a_set_it_does_nothing(web):
    put(web, profile(least=8), enabled=False)
    assert passes(web, 5 * MINUTES) == 4
    put(web, profile(least=8), targetResourceUri=web.set_path("nope"))
    assert passes(web, 5 * MINUTES) == 4


def test_the_quota_holds_it_back(web):
    put(web, profile(least=8))
    web.fault(kind="quota-exceeded", times=3)
    assert passes(web, 3 * MINUTES) == 4
    assert passes(web, 2 * MINUTES) == 8


@pytest.mark.parametrize(
    ("wrong", "target"),
    [
        ([], "profiles"),
        ([profile(least=5, most=4)], "profiles[0].capacity"),
        ([profile(least="x")], "profiles[0].capacity.minimum"),
        ([profile(name=None)], "profiles[0].name"),
        ([profile(rules=[rule("Above", 1, "Increase")])], "profiles[0].rules[0].metricTrigger.operator"),
        ([profile(rules=[rule("Equals", "1", "Increase")])], "profiles[0].rules[0].metricTrigger.threshold"),
        ([profile(rules=[rule("Equals", 1, "Up")])], "profiles[0].rules[0].scaleAction.direction"),
        (
            [profile(rules=[rule("Equals", 1, "Increase", cooldown="PT5S")])],
            "profiles[0].rules[0].scaleAction.cooldown",
        ),
        ([profile(fixedDate={"start": "soon", "end": "later"})], "profiles[0].fixedDate.start"),
        ([profile(recurrence={"frequency": "Day"})], "profiles[0].recurrence.frequency"),
        (
            [profile(recurrence={"frequency": "Week", "schedule": {"days": ["Caturday"]}})],
            "profiles[0].recurrence.schedule.days",
        ),
        (
            [profile(recurrence={"frequency": "Week", "schedule": {"days": ["Monday"], "timeZone": "../x"}})],
            "profiles[0].recurrence.schedule.timeZone",
        ),
        (
            [profile(recurrence={"frequency": "Week", "schedule": {"days": ["Monday"], "hours": [24]}})],
            "profiles[0].recurrence.schedule.hours",
        ),
    ],
)
def test_settings_that_cannot_be(web, wrong, target):
    refused = put(web, *wrong)
    assert (refused.status, refused.body["error"]["target"]) == (400, target)


@pytest.mark.parametrize("body", [{CPU: "much"}, {CPU: True}, {"": 1}, {"x" * 201: 1}, {str(n): n for n in range(51)}])
def test_metrics_that_cannot_be(web, body):
    assert web.put("/emulator/sets/myrg/web/metrics", body).code == "BadRequest"
    assert web.get("/emulator/sets/myrg/web/metrics").body == {}
