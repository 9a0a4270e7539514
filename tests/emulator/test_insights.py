"""Metrics of an instance as Azure Monitor shows them: by the minute, late, and only those that there are."""

from datetime import UTC, datetime

import pytest

from tests.emulator.local import START

CPU = "Percentage CPU"


def points(azure, instance=3, *, name=CPU, aggregation="Average", minutes=10.0):
    now = azure.clock.now()
    span = "/".join(
        datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") for at in (now - 60 * minutes, now)
    )
    answer = azure.get(
        f"{azure.set_path()}/virtualMachines/{instance}/providers/Microsoft.Insights/metrics",
        api="2018-01-01",
        metricnames=name,
        aggregation=aggregation,
        interval="PT1M",
        timespan=span,
    )
    (metric,) = answer.body["value"]
    return [one.get(aggregation.lower()) for one in metric["timeseries"][0]["data"]]


def test_a_value_shows_for_each_whole_minute_some_time_after_it_was_measured(azure):
    azure.put("/emulator/sets/myrg/myvmss/instance-metrics", {"3": {CPU: 40}})
    assert set(points(azure)) == {None}
    azure.clock.time += 300.0
    seen = [one for one in points(azure) if one is not None]
    assert set(seen) == {40.0}
    assert len(seen) == 4, "the minute it began in, and none of the last"
    assert points(azure, 4).count(None) == len(points(azure, 4))


def test_what_the_set_has_is_what_its_instances_have_unless_they_have_their_own(azure):
    azure.put("/emulator/sets/myrg/myvmss/metrics", {CPU: 70})
    azure.put("/emulator/sets/myrg/myvmss/instance-metrics", {"3": {CPU: 40}})
    azure.clock.time += 600.0
    assert points(azure, 3)[-1] == 40.0
    assert points(azure, 4)[-1] == 70.0
    assert points(azure, 4, aggregation="Maximum")[-1] == 70.0


def test_a_metric_that_nobody_knows_is_refused(azure):
    path = f"{azure.set_path()}/virtualMachines/3/providers/Microsoft.Insights/metrics"
    assert "Failed to find metric configuration" in azure.get(path, metricnames="Karma").body["error"]["message"]
    assert azure.get(path, metricnames=CPU, timespan="yesterday").status == 400
    assert azure.get(path, metricnames=CPU, aggregation="Median").status == 400
    assert azure.get(path, metricnames=CPU, timespan="PT5M").status == 200
    assert azure.clock.now() == START


@pytest.mark.parametrize("body", [{"3": {CPU: "hot"}}, {"3": 1}, {"99": {CPU: 1}}, {"3": {"": 1}}])
def test_what_cannot_be_measured(azure, body):
    assert azure.put("/emulator/sets/myrg/myvmss/instance-metrics", body).code == "BadRequest"
    assert azure.get("/emulator/sets/myrg/myvmss/instance-metrics").body == {}


def test_a_guest_says_how_its_application_is(azure):
    assert azure.get("/emulator/guests/myrg/myvmss/3").body == {"id": "3", "status": "Healthy"}
    azure.ask("POST", "/emulator/faults", {"kind": "unhealthy-now", "set": "myrg/myvmss", "instances": ["3"]})
    assert azure.get("/emulator/guests/myrg/myvmss/3").status == 503
    assert azure.get("/emulator/guests/myrg/myvmss/99").status == 404
