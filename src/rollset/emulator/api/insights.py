"""`.../providers/Microsoft.Insights/metrics` of a set and of an instance, and the emulator's own way to set them."""

import math
from collections.abc import Sequence
from datetime import datetime

from rollset.emulator.api.autoscale import METRIC_NAME_CHARACTERS_MAX, METRICS_MAX
from rollset.emulator.api.call import Call
from rollset.emulator.api.instances import find_instance
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.isodurations import seconds_of
from rollset.emulator.measured import AGGREGATIONS, PLATFORM_METRICS, known, series, shown_until
from rollset.emulator.metrics import Metrics
from rollset.emulator.refusal import bad_request
from rollset.emulator.timestamps import azure_time

HOUR = 3600.0
SPAN_MAX = 24 * HOUR
"""A day of minutes; Azure keeps them for 93 days."""

OF_SET = "Microsoft.Compute/virtualMachineScaleSets"
OF_INSTANCE = f"{OF_SET}/virtualMachines"


def of_set(call: Call) -> Reply:
    return _answer(call, call.scale_set.id, OF_SET, [call.scale_set.metrics])


def of_instance(call: Call) -> Reply:
    instance = find_instance(call)
    own = [] if instance.metrics is None else [instance.metrics]
    return _answer(call, instance.resource_id, OF_INSTANCE, [*own, call.scale_set.metrics])


def get_instance_metrics(call: Call) -> Reply:
    instances = call.scale_set.instances.values()
    return Reply.json({one.id: one.metrics.now() for one in instances if one.metrics is not None})


def set_instance_metrics(call: Call) -> Reply:
    """By instance and name, from now on: `{"3": {"Percentage CPU": 40}}`; null where there is none any more."""
    asked = call.request.document()
    wanted = [(_instance(call, key), _values(values)) for key, values in asked.items()]
    for instance, values in wanted:
        before = {} if instance.metrics is None else instance.metrics.now()
        if len({*before, *(name.lower() for name in values)}) > METRICS_MAX:
            raise bad_request(f"an instance has at most {METRICS_MAX} metrics")
    for instance, values in wanted:
        instance.metrics = instance.metrics or Metrics()
        for name, value in values.items():
            instance.metrics.set(name, value, call.world.now)
    return get_instance_metrics(call)


def _instance(call: Call, instance_id: str) -> Instance:
    found = call.scale_set.find(instance_id)
    if found is None:
        raise bad_request(f"there is no instance '{instance_id[:80]}'")
    return found


def _values(values: object) -> dict[str, float | None]:
    if not isinstance(values, dict):
        raise bad_request("expected values of metrics by name")
    for name, value in values.items():
        number = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        if not number or (value is not None and not math.isfinite(value)):
            raise bad_request(f"{name[:80]}: expected a number or null")
        if not 0 < len(name) <= METRIC_NAME_CHARACTERS_MAX:
            raise bad_request("expected names of metrics of up to 200 characters")
    return values


def _answer(call: Call, place: str, kind: str, sources: Sequence[Metrics]) -> Reply:
    query, now = call.request.query, call.world.now
    start, end = _timespan(query.get("timespan", ""), now)
    aggregations = _aggregations(query.get("aggregation", ""))
    names = [_known(name, kind, sources) for name in query.get("metricnames", "").split(",") if name.strip()]
    return Reply.json(
        {
            "cost": 0,
            "timespan": f"{azure_time(start)}/{azure_time(end)}",
            "interval": "PT1M",
            "value": [
                _metric(name, place, series(name, sources, aggregations, start, min(end, shown_until(now))))
                for name in names
            ],
            "namespace": kind,
            "resourceregion": call.scale_set.location,
        }
    )


def _metric(name: str, place: str, points: list[Json]) -> Json:
    return {
        "id": f"{place}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": PLATFORM_METRICS.get(name, "Unspecified"),
        "timeseries": [{"metadatavalues": [], "data": points}],
        "errorCode": "Success",
    }


def _known(name: str, kind: str, sources: Sequence[Metrics]) -> str:
    found = known(name.strip(), sources)
    if found is None:
        provider, _, resource = kind.partition("/")
        raise bad_request(
            f"Failed to find metric configuration for provider: {provider}, resource Type: {resource}, metric: "
            f"{name.strip()[:80]}, Valid metrics: {','.join(PLATFORM_METRICS)}"
        )
    return found


def _aggregations(text: str) -> list[str]:
    wanted = [one.strip().lower() for one in text.split(",") if one.strip()] or ["average"]
    by_name = {one.lower(): one for one in AGGREGATIONS}
    if unknown := next((one for one in wanted if one not in by_name), None):
        raise bad_request(f"Invalid aggregation: {unknown[:40]}")
    return [by_name[one] for one in wanted]


def _timespan(text: str, now: float) -> tuple[float, float]:
    """`START/END`, or so long until now; the last hour where nothing is said."""
    if not text:
        return now - HOUR, now
    if (seconds := seconds_of(text)) is not None:
        return now - min(seconds, SPAN_MAX), now
    try:
        start, end = (datetime.fromisoformat(one).timestamp() for one in text.split("/"))
    except ValueError:
        raise bad_request(f"Invalid timespan: {text[:80]}") from None
    if not start < end:
        raise bad_request(f"Invalid timespan: {text[:80]} ends before it begins")
    return max(start, end - SPAN_MAX), end
